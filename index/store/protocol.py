"""What the library needs of the place where its articles are kept, whichever database that is."""

from contextlib import AbstractContextManager
from typing import Protocol

from index.errors import Fault
from index.models import Article, Listing
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.search import PassageSearch


class LibraryStore(PassageSearch, Protocol):
    """Articles in their versions, with passages and vectors of one embedding model. Safe to use from several threads.

    Every method may raise StoreError: it cannot be read or written. What asks for an article by its id raises
    UnknownArticle where there is none.
    """

    # Articles

    def add(self, document: IndexedArticle, replaces: str | None = None) -> None:
        """Add an article, or replace its passages, in one transaction; it becomes the current version of the article
        ``replaces``. Raises UnknownArticle, ModelMismatch."""
        ...

    def note(self, article: Article) -> None:
        """Keep what the page of an article shows now and where else it is, which makes no other version of it."""
        ...

    def remove(self, article_id: str) -> None:
        """Remove an article with all its versions."""
        ...

    def article(self, article_id: str) -> Article:
        """This very version of an article. Raises DamagedLibrary: its text does not match its hash."""
        ...

    def document(self, article_id: str) -> IndexedArticle:
        """The current version of an article as it is searched. Raises DamagedLibrary, ModelMismatch."""
        ...

    # Versions and pages

    def current(self, article_id: str) -> str:
        """The id of an article's current version, whichever version is named."""
        ...

    def versions(self) -> dict[str, str]:
        """The id of each article's current version, by the ids of all its versions, itself among them."""
        ...

    def listing(self, article_id: str) -> Listing:
        """That of an article's current version, whichever version is named."""
        ...

    def listings(self) -> list[Listing]:
        """All articles in their current version, the newest first."""
        ...

    def newest(self) -> str | None:
        """The id of the article added last, if there is any."""
        ...

    def size(self) -> int:
        """How many articles there are."""
        ...

    def passage_count(self) -> int:
        """How many passages all articles have together."""
        ...

    def at(self, address: str) -> str | None:
        """The id of the newest article that comes from this page, or came from it in an earlier version."""
        ...

    def behind(self, address: str) -> str | None:
        """The id of the article that this address led to."""
        ...

    # Care

    def load_index(self) -> None:
        """Have ready what the first question to the whole library would else wait for. Raises DamagedLibrary."""
        ...

    def save_index(self) -> None:
        """Write what the next start would else have to make again."""
        ...

    def verify(self) -> list[Fault]:
        """What is wrong with the library; an empty list when all is well."""
        ...

    def rebuilding(self) -> AbstractContextManager[None]:
        """For as long as articles are staged; until they are moved nothing changes."""
        ...

    def stage(self, document: IndexedArticle) -> None:
        """Keep an article's passages, made again, for ``move_staged``."""
        ...

    def move_staged(self) -> list[str]:
        """Put what is staged in the place of all passages, or say which articles are missing there."""
        ...

    def close(self) -> None: ...
