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

MOST = 1_000_000  # primary keys that are tried though they are not listed
# The formats that can be read beside this version's, each by a view that gives its table this version's names.
EARLIER = {
    5: "CREATE TEMP VIEW articles AS SELECT number AS pk, id, digest, text, title, url, site, author, published,"
    " language, headings, pages, story AS lineage, replaced AS superseded_at, rendered AS visible_text"
    " FROM main.articles"
}


@dataclass(frozen=True, slots=True)
class Salvage:
    """``lineages`` are the articles, the oldest first, each in its versions, the current one last; ``lost`` counts the
    versions that the file still names and of which cannot be read what they say or whose they are."""

    lineages: tuple[tuple[Article, ...], ...]
    lost: int


@dataclass(frozen=True, slots=True)
class _Version:
    """``superseded_at`` orders the older versions of a lineage; it is None for the current one."""

    lineage: int
    superseded_at: str | None
    pk: int
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
            if version in EARLIER:
                db.execute(EARLIER[version])
            elif version != SCHEMA:
                raise StoreError(
                    f"The library in {folder} has format {version}, and this version of Quoth can salvage "
                    f"{', '.join(map(str, EARLIER))} and {SCHEMA} only. Use the one that wrote it."
                )
            keys = _keys(db)
        except sqlite3.Error as error:
            what = f"Nothing can be read of the library in {folder} ({error})."
            raise DamagedLibrary(what, "restore", folder=folder) from error
        tried = sorted(keys.union(range(1, _highest(db, keys) + 1)))
        versions = [version for pk in tried if (version := _version(db, pk))]
    return _told(versions, len(keys.difference(version.pk for version in versions)))


def _told(versions: Iterable[_Version], unread: int) -> Salvage:
    """The versions by lineage. No hash covers to which lineage one belongs, nor whether it is the current one."""
    lineages, without, apart = list[tuple[Article, ...]](), 0, 0
    ordered = sorted(
        versions, key=lambda one: (one.lineage, one.superseded_at is None, one.superseded_at or "", one.pk)
    )
    for _, same in groupby(ordered, key=lambda one: one.lineage):
        lineage = list(same)
        current = [one.article for one in lineage if one.superseded_at is None]
        older = [one.article for one in lineage if one.superseded_at is not None]
        if len(current) == 1:
            lineages.append((*older, *current))
        else:
            # Of none the older ones would be quoted as if they were current, of several nobody knows of which they are.
            lineages += [(article,) for article in current]
            without += not current
            apart += len(older) if current else 0
    # A current version that is missing may be one of the unread.
    return Salvage(tuple(lineages), max(unread, without) + apart)


def _keys(db: sqlite3.Connection) -> set[int]:
    """Of the articles' versions, as far as they are listed: in the table, from either end, or in an index."""
    found, failures = set[int](), list[sqlite3.Error]()
    for order in ("pk ASC", "pk DESC", "lineage ASC", "lineage DESC"):
        try:
            found.update(row[0] for row in db.execute(f"SELECT pk FROM articles ORDER BY {order}"))  # noqa: S608
        except sqlite3.Error as error:
            failures.append(error)
    if not found and failures:
        raise failures[0]
    return found


def _highest(db: sqlite3.Connection, keys: Iterable[int]) -> int:
    """Up to which number to try those that are not listed: they may have been in a part of the list that cannot be
    read. A damaged number may be so high that it would take years, and is passed over."""
    given = list[object](keys)
    with suppress(sqlite3.Error):
        given += [row[0] for row in db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'articles'")]
    return max((pk for pk in given if isinstance(pk, int) and 0 < pk <= MOST), default=0)


def _version(db: sqlite3.Connection, pk: int) -> _Version | None:
    """None when its text cannot be read. What else is known of it may be left out; without its lineage it is one of its
    own."""
    for columns in (rows.WHOLE, rows.KNOWN, rows.BARE):
        with suppress(sqlite3.Error, ValueError, TypeError, AttributeError):
            row = db.execute("SELECT lineage, superseded_at FROM articles WHERE pk = ?", (pk,)).fetchone()
            if row is None:
                return None
            lineage, superseded_at = row
            article = rows.by_pk(db, pk, columns)
            if article and columns == rows.BARE:
                article = Article(article.text, _text(article.title) or "", _text(article.url))
            if article and _is_sound(article):
                return _Version(
                    lineage if isinstance(lineage, int) else pk,
                    None if superseded_at is None else str(superseded_at),
                    pk,
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
