"""A source that a person names -> an article; an article that a person names -> where to ask it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.errors import UnknownArticle
from index.library import Library
from index.models import Article

ID = re.compile(r"[0-9a-f]{12}")


def read_article(source: str, *, allow_private: bool = False) -> Article:
    """The article in a file, at an address or on standard input (``-``). Raises SourceError, FetchError."""
    from index.extract import extract
    from index.fetch import read

    raw = read(source, allow_private=allow_private)
    return extract(raw.data, name=raw.name, content_type=raw.content_type, url=raw.url)


@dataclass(frozen=True, slots=True)
class Place:
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
        self._read: dict[str, Place] = {}

    def find(self, name: str) -> Place:
        """Raises UnknownArticle, SourceError and what reading and indexing raise."""
        if ID.fullmatch(name) and not Path(name).exists():
            self._library.article(name)
            return Place(self._library, name)
        from index.fetch import is_url

        if name not in self._read:
            if name != "-" and not is_url(name) and not Path(name).exists():
                raise UnknownArticle(f"There is no article {name!r} in this library and no such file. See: quoth list.")
            library = self._temporary()
            article = read_article(name, allow_private=self._allow_private)
            self._read[name] = Place(library, library.add(article).article.id)
        return self._read[name]
