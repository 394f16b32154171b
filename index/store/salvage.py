"""What can still be read of a library whose file is damaged: whole articles, each as its hash says that it was."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from index.errors import DamagedLibrary, StoreError
from index.models import Article
from index.store.sqlite import rows
from index.store.sqlite.connection import read_only
from index.store.sqlite.schema import FILE, SCHEMA

MOST = 1_000_000  # numbers that are tried though they are not listed


@dataclass(frozen=True, slots=True)
class Salvage:
    """``stories`` are the articles, the oldest first, each in its versions, the current one last; ``lost`` counts the
    versions that the file still names and of which cannot be read what they say or whose they are."""

    stories: tuple[tuple[Article, ...], ...]
    lost: int


@dataclass(frozen=True, slots=True)
class _Version:
    """``replaced`` orders the older versions of a story; it is None for the current one."""

    story: int
    replaced: str | None
    number: int
    article: Article


def salvage(folder: Path) -> Salvage:
    """Read row by row and step over what cannot be read. ``folder`` is only read, see ``read_only``.

    Raises:
        StoreError: there is no library, or one of another version.
        DamagedLibrary: SQLite cannot read anything of it.
    """
    path = folder / FILE
    if not path.exists():
        raise StoreError(f"There is no library in {folder}. Name the folder of the damaged one.")
    # Not to be written: to put the WAL into a damaged file may damage more of it.
    with closing(read_only(path)) as db:
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
        tried = sorted(numbers.union(range(1, _highest(db, numbers) + 1)))
        versions = [version for number in tried if (version := _version(db, number))]
    return _told(versions, len(numbers.difference(version.number for version in versions)))


def _told(versions: Iterable[_Version], unread: int) -> Salvage:
    """The versions by their stories. No hash covers which story one belongs to, nor whether it is the current one."""
    stories, without, apart = list[tuple[Article, ...]](), 0, 0
    ordered = sorted(versions, key=lambda one: (one.story, one.replaced is None, one.replaced or "", one.number))
    for _, same in groupby(ordered, key=lambda one: one.story):
        story = list(same)
        current = [one.article for one in story if one.replaced is None]
        older = [one.article for one in story if one.replaced is not None]
        if len(current) == 1:
            stories.append((*older, *current))
        else:
            # Of none the older ones would be quoted as if they were current, of several nobody knows of which they are.
            stories += [(article,) for article in current]
            without += not current
            apart += len(older) if current else 0
    # A current version that is missing may be one of the unread.
    return Salvage(tuple(stories), max(unread, without) + apart)


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


def _highest(db: sqlite3.Connection, numbers: Iterable[int]) -> int:
    """Up to which number to try those that are not listed: they may have been in a part of the list that cannot be
    read. A damaged number may be so high that it would take years, and is passed over."""
    given = list[object](numbers)
    with suppress(sqlite3.Error):
        given += [row[0] for row in db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'articles'")]
    return max((number for number in given if isinstance(number, int) and 0 < number <= MOST), default=0)


def _version(db: sqlite3.Connection, number: int) -> _Version | None:
    """None when its text cannot be read. What else is known of it may be left out; without its story it is one of its
    own."""
    for columns in (rows.WHOLE, rows.KNOWN, rows.BARE):
        with suppress(sqlite3.Error, ValueError, TypeError, AttributeError):
            row = db.execute("SELECT story, replaced FROM articles WHERE number = ?", (number,)).fetchone()
            if row is None:
                return None
            story, replaced = row
            article = rows.numbered(db, number, columns)
            if article and columns == rows.BARE:
                article = Article(article.text, _text(article.title) or "", _text(article.url))
            if article and _is_sound(article):
                return _Version(
                    story if isinstance(story, int) else number,
                    None if replaced is None else str(replaced),
                    number,
                    article,
                )
    return None


def _is_sound(article: Article) -> bool:
    """Whether what is known of it is of the kinds that it has to be: no hash covers it."""
    known = (article.url, article.site, article.author, article.published)
    paragraphs = len(article.paragraphs)
    return (
        all(isinstance(one, str) for one in (article.title, article.language))
        and all(one is None or isinstance(one, str) for one in known)
        and all(isinstance(one, int) and 0 < one <= paragraphs for one in article.headings)
        and all(isinstance(one, int) and 0 <= one <= len(article.text) for one in article.pages)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
