"""Opens what the commands need: the settings, the library, the named articles, a screen."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.progress import preparing
from index.errors import UnknownArticle
from index.models import ARTICLE_ID

if TYPE_CHECKING:
    from rich.console import Console

    from bot.cli.screen import Screen
    from bot.settings import Settings
    from index.embed.model_loader import LazyEmbedder
    from index.library import Library
    from index.links.article_links import Links

Data = Annotated[Path | None, typer.Option("--data", help="The library's folder (default: QUOTH_DATA_DIR, or data).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class Target:
    """A library and an article in it."""

    library: "Library"
    article_id: str


class Places:
    """Finds the article that ``--article`` or a line of ``--questions`` names.

    The name is an id or a source. A source is read once, into a library in memory that is not stored.
    """

    def __init__(self, library: "Library", temporary: Callable[[], "Library"], *, allow_private: bool) -> None:
        self._library = library
        self._temporary = temporary
        self._allow_private = allow_private
        self._read: dict[str, Target] = {}

    def find(self, name: str) -> Target:
        """Raises UnknownArticle, SourceError, and the errors of indexing."""
        if ARTICLE_ID.fullmatch(name) and not Path(name).exists():
            self._library.article(name)
            return Target(self._library, name)
        from index.ingest.fetch import is_url
        from index.ingest.source import read_article

        if name not in self._read:
            if name != "-" and not is_url(name) and not Path(name).exists():
                raise UnknownArticle(name, f"There is no article {name!r} in this library and no such file.")
            library = self._temporary()
            article = read_article(name, allow_private=self._allow_private)
            self._read[name] = Target(library, library.add(article).article.id)
        return self._read[name]


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    settings: "Settings"
    library: "Library"
    places: Places
    screen: "Screen"
    console: "Console"

    def links(self, library: "Library") -> "Links":
        """Links for articles of this library. The reader page has only stored articles, not those in memory."""
        from index.links.article_links import Links

        return Links(self.settings.reader_url if library is self.library else None)

    def showing(self, library: "Library") -> "Screen":
        """The screen with the links for this library."""
        return self.screen.linking(self.links(library))


@contextmanager
def session(
    data: Path | None, *, keep: bool = True, model: bool = False, preloaded: "LazyEmbedder | None" = None
) -> Iterator[Session]:
    """Open the library in ``data``, or without ``keep`` one in memory. ``model``: the model will be needed."""
    from bot.settings import read_settings
    from index.embed.bundled_models import full_name
    from index.embed.model_loader import LazyEmbedder

    settings = read_settings()
    with preparing() as progress:
        if preloaded is None or preloaded.name != full_name(settings.model):
            preloaded = LazyEmbedder(settings.model, progress=progress)
        embedder = preloaded
        if model:
            embedder.begin()  # loading takes as long as everything below, so it runs at the same time
        from rich.console import Console

        from bot.cli.screen import Screen
        from bot.wording.texts import texts_for
        from index.library import Library

        console = Console(soft_wrap=False)
        opened = partial(
            Library.open, embedder=embedder, one_wrong_in=settings.one_wrong_in, show_closest=settings.show_closest
        )
        with opened((data or settings.data_dir) if keep else None) as library:
            places = Places(library, lambda: opened(None), allow_private=settings.allow_private_addresses)
            screen = Screen(console, texts_for(_language()))
            yield Session(settings, library, places, screen, console)


def _language() -> str | None:
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return locale.partition("_")[0] or None


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201
