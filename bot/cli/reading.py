"""A source that a person names -> an article; an article that a person names -> where to ask it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SourceError, UnknownArticle
from index.library import Added, Library
from index.models import Article

if TYPE_CHECKING:
    from index.ingest.fetch import Raw, Validators

ID = re.compile(r"[0-9a-f]{12}")
LEAST_LEFT = 0.5  # of the length of an article's text in a correction of it


def read_article(source: str, *, allow_private: bool = False, apart: bool = False) -> Article:
    """The article in a file, at an address or on standard input (``-``); of an AMP or mobile form of a page the page
    itself, where quotes are linked to. ``apart`` reads its bytes in another process, as a bot has to that runs
    for long.

    Raises:
        SourceError, FetchError
    """
    from index.ingest.fetch import read
    from index.text.urls import canonical_url

    raw = read(source, allow_private=allow_private)
    article = _extracted(raw, source, apart=apart)
    if raw.url and article.url and article.url != canonical_url(raw.url, None):
        try:
            itself = _extracted(read(article.url, allow_private=allow_private), source, raw.url, apart=apart)
        except SourceError:
            return article
        return itself if itself.url == article.url else article
    return article


def read_if_changed(
    url: str, validators: "Validators", *, allow_private: bool = False
) -> "tuple[Article, Validators] | None":
    """The article of a page and what its server calls this version; None when it is still that of ``validators``. It is
    read in another process.

    Raises:
        SourceError, FetchError
    """
    from index.ingest.fetch import fetch_if_changed

    raw = fetch_if_changed(url, validators, allow_private=allow_private)
    if raw is None:
        return None
    return _extracted(raw, url, apart=True), raw.validators


def _extracted(raw: "Raw", *addresses: str, apart: bool) -> Article:
    """``addresses`` are those that led to it."""
    from index.ingest.extract import extract
    from index.ingest.sandbox import extract_sandboxed

    read = extract_sandboxed if apart else extract
    article = read(raw.data, name=raw.name, content_type=raw.content_type, url=raw.url)
    return replace(article, aliases=(*addresses, raw.url)) if raw.url else article


def revise(library: Library, article_id: str, article: Article) -> Added:
    """Make what stands on an article's page now its current version.

    Raises:
        SourceError: so little stands there that it is hardly a correction.
        UnknownArticle, StoreError
    """
    before = library.current(article_id)
    if len(article.text) < LEAST_LEFT * len(before.text):
        raise SourceError(
            f"{before.url or article_id}: the page holds less than half of the article now, as behind a login wall. "
            "The article stays as it was; to take the page as it is, remove the article and add it again.",
            "no_article",
        )
    return library.add(article, corrects=article_id)


@dataclass(frozen=True, slots=True)
class Target:
    """A library and an article in it."""

    library: Library
    article_id: str


class Places:
    """Finds the article that ``--article`` or a line of ``--questions`` names: by its id, or a source that is then
    read into a library in memory, once, and never kept.
    """

    def __init__(self, library: Library, temporary: Callable[[], Library], *, allow_private: bool) -> None:
        self._library = library
        self._temporary = temporary
        self._allow_private = allow_private
        self._read: dict[str, Target] = {}

    def find(self, name: str) -> Target:
        """Raises UnknownArticle, SourceError and what reading and indexing raise."""
        if ID.fullmatch(name) and not Path(name).exists():
            self._library.article(name)
            return Target(self._library, name)
        from index.ingest.fetch import is_url

        if name not in self._read:
            if name != "-" and not is_url(name) and not Path(name).exists():
                raise UnknownArticle(name, f"There is no article {name!r} in this library and no such file.")
            library = self._temporary()
            article = read_article(name, allow_private=self._allow_private)
            self._read[name] = Target(library, library.add(article).article.id)
        return self._read[name]
