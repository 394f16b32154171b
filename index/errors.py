"""Everything that can go wrong, as one tree. Each message says what happened and what to do next.

QuothError
├── SourceError            a file, page or text that no article can be made of
│   └── FetchError         the network's share of that
├── ModelError             the embedding model is missing, altered or cannot be loaded
├── UnknownArticle         no article with that id
└── StoreError             the library's folder cannot be used
    ├── NewerLibrary       written by a newer version of Quoth
    ├── DamagedLibrary     what is stored does not match its own hashes
    └── ModelMismatch      indexed with another embedding model
"""


class QuothError(Exception):
    """Base of all errors that Quoth raises on purpose; its text is fit for a reader."""


class SourceError(QuothError):
    """No article can be made of this source. ``kind`` says why, for who tells it in other words.

    It is "unreadable", "no_article", "empty" or "too_large"; of a page also "login", "consent" (a cookie notice),
    "script" (shown only by JavaScript), "links" (a front page) or "video"; of a document also "scanned" or "locked"
    with a password; of an address also "unreachable", "private", "gone", "busy" or "refused".
    """

    def __init__(self, message: str, kind: str = "unreadable", status: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status


class FetchError(SourceError):
    """The source could not be fetched. ``status`` is what its server answered, ``retry_after`` how many seconds it asks
    to be left alone, each None when it did not say."""

    def __init__(
        self, message: str, kind: str = "unreachable", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, kind, status)
        self.retry_after = retry_after


class ModelError(QuothError):
    """The embedding model cannot be used."""


class UnknownArticle(QuothError):
    """The library has no such article."""


class StoreError(QuothError):
    """The library cannot be read or written."""


class NewerLibrary(StoreError):
    """The library was written by a newer version."""


class DamagedLibrary(StoreError):
    """The library's content contradicts its own hashes."""


class ModelMismatch(StoreError):
    """The library's vectors come from another model."""
