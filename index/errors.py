"""All errors of the engine, as one tree.

A message says what happened. What to do next depends on the reader; ``bot.wording.advice`` says it, from the article,
the folder and the remedy that the error carries. No message names a setting or a command.

QuothError
├── SourceError            no article can be made from a file, page or text
│   └── FetchError         the source could not be fetched
├── ModelError             the embedding model is missing, altered or cannot be loaded
├── UnknownArticle         there is no article with this id
└── StoreError             the library cannot be read or written
    ├── NewerLibrary       a newer version of Quoth wrote it
    ├── DamagedLibrary     its content does not match its own hashes
    └── ModelMismatch      it was indexed with another embedding model
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# The remedy for a fault of the store: make "room" or allow writing, "rebuild" passages and vectors, "replace" an
# article, "restore" a backup, or ("salvage") restore a backup or save what can still be read.
Remedy = Literal["", "room", "rebuild", "replace", "restore", "salvage"]
ModelFault = Literal["", "not_installed", "broken", "no_room", "no_preparer", "not_loadable", "runs_code"]


class QuothError(Exception):
    """Base of all errors that Quoth raises on purpose. Its text may be shown to readers."""


class SourceError(QuothError):
    """No article can be made from this source. ``kind`` says why, for callers that word the error themselves.

    It is "unreadable", "no_article", "empty" or "too_large"; for a page also "login", "consent" (a cookie notice),
    "script" (its text appears only with JavaScript), "links" (a front page) or "video"; for a document also "scanned"
    or "locked" (with a password); for an address also "unreachable", "private", "gone", "busy" or "refused". ``status``
    is the HTTP status, if there was one.
    """

    def __init__(self, message: str, kind: str = "unreadable", status: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status


class FetchError(SourceError):
    """The source could not be fetched.

    ``status`` is the HTTP status, ``retry_after`` the number of seconds that the server asks to wait; None if unknown.
    """

    def __init__(
        self, message: str, kind: str = "unreachable", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, kind, status)
        self.retry_after = retry_after


class ModelError(QuothError):
    """The embedding model cannot be used. ``kind`` says why.

    The package of a bundled ``model`` is "not_installed" or "broken". The model cannot be prepared because there is
    "no_room" (it takes ``megabytes``) or "no_preparer" (sentence-transformers is not installed). It is "not_loadable",
    or its file has a format that "runs_code".
    """

    def __init__(self, message: str, kind: ModelFault = "", *, model: str = "", megabytes: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.model = model
        self.megabytes = megabytes


class UnknownArticle(QuothError):
    """The library has no such article."""

    def __init__(self, article_id: str, message: str = "") -> None:
        super().__init__(message or f"There is no article {article_id!r} in this library.")
        self.article_id = article_id


class StoreError(QuothError):
    """The library cannot be read or written.

    ``remedy`` is what helps. ``folder`` is the library's folder, ``article_id`` the article concerned; None if unknown.
    """

    def __init__(
        self, message: str, remedy: Remedy = "", *, folder: Path | None = None, article_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.folder = folder
        self.article_id = article_id


class NewerLibrary(StoreError):
    """A newer version of Quoth wrote ``what``, in format ``found``; this version knows the formats up to ``known``.

    ``folder`` is its folder, if another folder can be used instead.
    """

    def __init__(self, what: str, found: int, known: int, folder: Path | None = None) -> None:
        super().__init__(
            f"{what} was written by a newer version of Quoth (format {found}, this version knows {known}).",
            folder=folder,
        )
        self.found = found
        self.known = known


class DamagedLibrary(StoreError):
    """The library's content contradicts its own hashes."""


class ModelMismatch(StoreError):
    """The library's vectors come from the embedder named ``stored``, but the present embedder is ``asked``."""

    def __init__(self, stored: str, asked: str) -> None:
        super().__init__(f"This library was indexed with the model {stored}, not {asked}.")
        self.stored = stored
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a stored library, as its check finds it, and the remedy."""

    what: str
    remedy: Remedy = ""

    def __str__(self) -> str:
        return self.what
