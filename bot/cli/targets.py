"""Finds the article that ``--article`` names, and its library."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.errors import UnknownArticle
from index.library import Library
from index.models import ARTICLE_ID


@dataclass(frozen=True, slots=True)
class Target:
    """A library and an article in it."""

    library: Library
    article_id: str


class Places:
    """Finds the article that ``--article`` or a line of ``--questions`` names.

    The name is an id or a source. A source is read once, into a library in memory that is not stored.
    """

    def __init__(self, library: Library, temporary: Callable[[], Library], *, allow_private: bool) -> None:
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
