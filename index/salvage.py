"""What can still be read of a library whose file is damaged: whole articles, each as its hash says that it was."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from index import writing
from index.database import FILE, SCHEMA
from index.errors import DamagedLibrary, StoreError
from index.models import Article
from index.sqlite import LOCKED


@dataclass(frozen=True, slots=True)
class Salvage:
    """``stories`` are the articles, the oldest first, each in its versions, the current one last; ``lost`` counts the
    versions that the file still names and that cannot be read."""

    stories: tuple[tuple[Article, ...], ...]
    lost: int


def salvage(folder: Path) -> Salvage:
    """Read row by row and step over what cannot be read. Nothing in ``folder`` is changed.

    Raises:
        StoreError: there is no library, or one of another version.
        DamagedLibrary: SQLite cannot read anything of it.
    """
    path = folder / FILE
    if not path.exists():
        raise StoreError(f"There is no library in {folder}. Name the folder of the damaged one.")
    # Not to be written: to put the WAL into a damaged file may damage more of it.
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=LOCKED)
    with closing(db):
        db.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            numbers = _numbers(db)
        except sqlite3.Error as error:
            raise DamagedLibrary(
                f"Nothing can be read of the library in {folder} ({error}). Restore a backup into another folder "
                "(quoth restore FILE --data DIR), or add the articles again."
            ) from error
        if version != SCHEMA:
            raise StoreError(
                f"The library in {folder} has format {version}, and this version of Quoth can salvage {SCHEMA} only. "
                "Use the one that wrote it."
            )
        # Those between them too: they may have been in a part of the list that cannot be read.
        rows = [row for number in range(1, max(numbers, default=0) + 1) for row in _row(db, number)]
    stories, lost = list[tuple[Article, ...]](), len(numbers - {row[2] for row in rows})
    # The current version comes last; without it, what is older would be quoted as if it were current.
    rows.sort(key=lambda row: (row[0], row[1] is None, row[1] or "", row[2]))
    for _, versions in groupby(rows, key=lambda row: row[0]):
        read = list(versions)
        if read[-1][1] is None:
            stories.append(tuple(article for *_, article in read))
    return Salvage(tuple(stories), lost)


def _numbers(db: sqlite3.Connection) -> set[int]:
    """Of the articles' versions, as far as they are listed: in the table, from either end, or in an index."""
    found, failures = set[int](), list[sqlite3.Error]()
    for order in ("number ASC", "number DESC", "story ASC", "story DESC"):
        try:
            found.update(row[0] for row in db.execute(f"SELECT number FROM articles ORDER BY {order}"))  # noqa: S608
        except sqlite3.Error as error:
            failures.append(error)
    if not found and failures:
        raise failures[0]
    return found


def _row(db: sqlite3.Connection, number: int) -> Iterator[tuple[int, str | None, int, Article]]:
    """Its story, when it was replaced, its number and itself; nothing when any of it cannot be read, but for what its
    page showed, which only its links would need."""
    for with_page in (True, False):
        with suppress(sqlite3.Error, ValueError, TypeError):
            row = db.execute("SELECT story, replaced FROM articles WHERE number = ?", (number,)).fetchone()
            article = writing.numbered(db, number, with_page=with_page)
            if row is not None and article is not None:
                yield int(row[0]), row[1], number, article
                return
