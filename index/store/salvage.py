"""Reads what is still intact in a damaged library: whole articles whose text matches their hash."""

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

MOST = 1_000_000  # the highest primary key that is tried without being listed
# Earlier formats that can be read too, each through a view that gives its columns their present names.
EARLIER = {
    5: "CREATE TEMP VIEW articles AS SELECT number AS pk, id, digest, text, title, url, site, author, published,"
    " language, headings, pages, story AS lineage, replaced AS superseded_at, rendered AS visible_text"
    " FROM main.articles"
}


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was read of a damaged library.

    ``lineages`` are the articles, the oldest first. Each is a tuple of its versions, the current one last. ``lost`` is
    the number of versions that the file still lists, but whose text or lineage cannot be read.
    """

    lineages: tuple[tuple[Article, ...], ...]
    lost: int


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of an article. ``superseded_at`` orders the versions of a lineage; it is None for the current one."""

    lineage: int
    superseded_at: str | None
    pk: int
    article: Article


def salvage(folder: Path) -> Salvage:
    """Read the library in ``folder`` row by row and skip what cannot be read. Nothing is written (see ``read_only``).

    Raises:
        StoreError: there is no library, or its format is not known.
        DamagedLibrary: SQLite cannot read anything.
    """
    path = folder / FILE
    if not path.exists():
        raise StoreError(f"There is no library in {folder}. Name the folder of the damaged one.")
    # Read-only, because moving the WAL into a damaged file may damage it further.
    with closing(read_only(path)) as db:
        db.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version in EARLIER:
                db.execute(EARLIER[version])
            elif version != SCHEMA:
                raise StoreError(
                    f"The library in {folder} has format {version}, and this version of Quoth can salvage "
                    f"{', '.join(map(str, EARLIER))} and {SCHEMA} only. Use the version that wrote it."
                )
            keys = _keys(db)
        except sqlite3.Error as error:
            what = f"Nothing can be read of the library in {folder} ({error})."
            raise DamagedLibrary(what, "restore", folder=folder) from error
        tried = sorted(keys.union(range(1, _highest(db, keys) + 1)))
        versions = [version for pk in tried if (version := _version(db, pk))]
    return _by_lineage(versions, len(keys.difference(version.pk for version in versions)))


def _by_lineage(versions: Iterable[_Version], unread: int) -> Salvage:
    """The versions grouped by lineage.

    No hash protects the lineage of a version, nor the mark of the current one, so both may be wrong.
    """
    lineages, without_current, detached = list[tuple[Article, ...]](), 0, 0
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
            # Without a current version, an older one would be quoted as if it were current. With several, nobody knows
            # to which of them the older ones belong. In both cases the older ones are left out.
            lineages += [(article,) for article in current]
            without_current += not current
            detached += len(older) if current else 0
    # A missing current version may be one of those that could not be read.
    return Salvage(tuple(lineages), max(unread, without_current) + detached)


def _keys(db: sqlite3.Connection) -> set[int]:
    """The primary keys of the versions that can be listed: from the table, from either end, or from an index."""
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
    """The highest primary key to try: some may be missing from the list because a part of it cannot be read.

    Keys above ``MOST`` are ignored: a damaged number may be so high that trying all keys would take years.
    """
    given = list[object](keys)
    with suppress(sqlite3.Error):
        given += [row[0] for row in db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'articles'")]
    return max((pk for pk in given if isinstance(pk, int) and 0 < pk <= MOST), default=0)


def _version(db: sqlite3.Connection, pk: int) -> _Version | None:
    """One version of an article; None if its text cannot be read.

    Other facts about it may be left out. If its lineage cannot be read, it gets one of its own.
    """
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
    """Whether the facts about an article have the right types. No hash protects them."""
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
