"""The interface of a store of articles, whichever database it uses."""

from contextlib import AbstractContextManager
from typing import Protocol

from index.errors import Fault
from index.models import Article, Listing
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.search import PassageSearch


class LibraryStore(PassageSearch, Protocol):
    """Stores articles and their versions, with the passages and vectors of one embedding model. Thread-safe.

    Every method may raise StoreError if the store cannot be read or written. Methods that take the id of an article
    raise UnknownArticle if there is no such article.
    """

    # Articles

    def add(self, document: IndexedArticle, replaces: str | None = None) -> None:
        """Add an article, or replace its passages, in one transaction.

        If ``replaces`` is the id of another article, this one becomes that article's current version. Raises
        UnknownArticle, ModelMismatch.
        """
        ...

    def note(self, article: Article) -> None:
        """Store the visible text and the aliases of an article, without making a new version of it."""
        ...

    def remove(self, article_id: str) -> None:
        """Remove an article with all its versions."""
        ...

    def article(self, article_id: str) -> Article:
        """Exactly this version of an article. Raises DamagedLibrary: its text does not match its hash."""
        ...

    def document(self, article_id: str) -> IndexedArticle:
        """The current version of an article, ready to be searched. Raises DamagedLibrary, ModelMismatch."""
        ...

    # Versions and pages

    def current(self, article_id: str) -> str:
        """The id of an article's current version; ``article_id`` may be that of any version."""
        ...

    def versions(self) -> dict[str, str]:
        """For the id of every version of every article the id of its current version."""
        ...

    def listing(self, article_id: str) -> Listing:
        """The listing of an article's current version; ``article_id`` may be that of any version."""
        ...

    def listings(self) -> list[Listing]:
        """The listings of all articles in their current version, the newest first."""
        ...

    def newest(self) -> str | None:
        """The id of the article added last; None if there are no articles."""
        ...

    def size(self) -> int:
        """The number of articles."""
        ...

    def passage_count(self) -> int:
        """The number of passages of all articles."""
        ...

    def at(self, address: str) -> str | None:
        """The id of the newest article that has, or had in an earlier version, this address."""
        ...

    def behind(self, address: str) -> str | None:
        """The id of the article that has this address as an alias."""
        ...

    # Maintenance

    def load_index(self) -> None:
        """Load the index before the first question to the whole library needs it. Raises DamagedLibrary."""
        ...

    def save_index(self) -> None:
        """Write the index, so that the next start need not build it again."""
        ...

    def verify(self) -> list[Fault]:
        """The faults of the library; an empty list if there are none."""
        ...

    def rebuilding(self) -> AbstractContextManager[None]:
        """A context in which articles can be staged; nothing changes until ``move_staged``."""
        ...

    def stage(self, document: IndexedArticle) -> None:
        """Store an article's new passages separately, until ``move_staged``."""
        ...

    def move_staged(self) -> list[str]:
        """Replace all passages by the staged ones; or, if articles are not staged yet, return their ids and change
        nothing."""
        ...

    def close(self) -> None: ...
