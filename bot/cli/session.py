"""Opens what the commands need: the settings, the library, a screen."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.progress import preparing

if TYPE_CHECKING:
    from rich.console import Console

    from bot.cli.screen import Screen
    from bot.cli.targets import Places
    from bot.settings import Settings
    from index.embed.model_loader import LazyEmbedder
    from index.library import Library
    from index.links.article_links import Links

Data = Annotated[Path | None, typer.Option("--data", help="The library's folder (default: QUOTH_DATA_DIR, or data).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    settings: "Settings"
    library: "Library"
    places: "Places"
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
        from bot.cli.targets import Places
        from bot.wording.texts import texts_for
        from index.library import Library

        console = Console(soft_wrap=False)
        opened = partial(Library.open, embedder=embedder, one_wrong_in=settings.one_wrong_in)
        with opened((data or settings.data_dir) if keep else None) as library:
            places = Places(library, lambda: opened(None), allow_private=settings.allow_private_addresses)
            screen = Screen(console, texts_for(_language()))
            yield Session(settings, library, places, screen, console)


def _language() -> str | None:
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return locale.partition("_")[0] or None


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201
