"""Everything that can go wrong, as one tree.

A message says what happened. What to do next depends on who reads it, and is worded by ``bot.wording.advice`` from what
the error carries: which article, which folder, which remedy. No message names a setting or a command.

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

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# What helps against a fault of the store: to make "room" or allow writing, to "rebuild" passages and vectors, to
# "replace" an article, to "restore" a backup, to do that or "salvage" what can be read.
Remedy = Literal["", "room", "rebuild", "replace", "restore", "salvage"]
ModelFault = Literal["", "not_installed", "broken", "no_room", "no_preparer", "not_loadable", "runs_code"]


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
    """The embedding model cannot be used. ``kind`` says why: the package of a bundled ``model`` is "not_installed" or
    "broken"; it cannot be prepared, because there is "no_room" (it takes ``megabytes``) or "no_preparer", which is
    sentence-transformers; it is "not_loadable", or its file is of a format that "runs_code"."""

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
    """The library cannot be read or written. ``remedy`` names what helps; ``folder`` is the library's, ``article_id``
    the article's that it is about, each None where that is not known."""

    def __init__(
        self, message: str, remedy: Remedy = "", *, folder: Path | None = None, article_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.folder = folder
        self.article_id = article_id


class NewerLibrary(StoreError):
    """``what`` was written by a newer version, in the format ``found``, and this version knows those up to ``known``.
    ``folder`` is where it lies, if another one can be used instead."""

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
    """The library's vectors come from the model ``stored``, and those of ``asked`` are wanted: names of embedders."""

    def __init__(self, stored: str, asked: str) -> None:
        super().__init__(f"This library was indexed with the model {stored}, not {asked}.")
        self.stored = stored
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a stored library, as its check finds it, and what helps."""

    what: str
    remedy: Remedy = ""

    def __str__(self) -> str:
        return self.what
