"""Reads and writes the rows of an article, inside the caller's transaction.

All versions of an article have the same lineage: the primary key of the first version. The version whose
``superseded_at`` is null is the current one, and only that has passages. The text of the others is kept, because quotes
were made from it.
"""

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from typing import Any

from index.errors import DamagedLibrary
from index.models import Article
from index.retrieve.indexed_article import IndexedArticle
from index.text.urls import page_of

Row = tuple[Any, ...]
_ARTICLE = "id, digest, text, title, url, site, author, published, language, headings, pages"
WHOLE, KNOWN = f"{_ARTICLE}, visible_text", f"{_ARTICLE}, NULL"
# c is the current version of each version a.
CURRENT = "articles a JOIN articles c ON c.lineage = a.lineage AND c.superseded_at IS NULL"
BARE = "id, digest, text, title, url, NULL, NULL, NULL, 'und', '[]', '[]', NULL"


def put(db: sqlite3.Connection, document: IndexedArticle, replaces: str | None, now: str) -> None:
    """Write an article and its passages, and remove the passages that it had before.

    If ``replaces`` is the id of another article, this one becomes its current version. ``now`` is ISO 8601 in UTC.
    """
    pk = _put_article(db, document, now)
    drop_passages(db, pk)
    lineage = _lineage(db, "pk", pk) or pk
    if replaces is not None:
        other = _lineage(db, "id", replaces)
        # Two articles have become one: the lineage of the older one continues.
        lineage, gone = sorted((lineage, other))
        for table in ("articles", "aliases"):
            db.execute(f"UPDATE {table} SET lineage = ? WHERE lineage = ?", (lineage, gone))  # noqa: S608 - one of these two
    db.execute("UPDATE articles SET lineage = ? WHERE pk = ?", (lineage, pk))
    outdated = "SELECT pk FROM articles WHERE lineage = ? AND superseded_at IS NULL AND pk != ?"
    for (one,) in db.execute(outdated, (lineage, pk)).fetchall():
        drop_passages(db, one)
        db.execute("UPDATE articles SET superseded_at = ? WHERE pk = ?", (now, one))
    db.execute("UPDATE articles SET superseded_at = NULL WHERE pk = ?", (pk,))
    put_rows(db, pk, rows(document))
    note(db, document.article)


def _lineage(db: sqlite3.Connection, column: str, value: object) -> int:
    """The lineage of an article that exists. Raises DamagedLibrary: the table and its index contradict each other."""
    row = db.execute(f"SELECT lineage FROM articles WHERE {column} = ?", (value,)).fetchone()  # noqa: S608 - ours
    if row is None:
        raise DamagedLibrary("The table of articles and its index contradict each other.", "restore")
    return int(row[0] or 0)


def article(db: sqlite3.Connection, article_id: str) -> Article | None:
    """Exactly this version of an article; None if there is none.

    Raises:
        ValueError: its text or its visible text is not what was stored.
    """
    row = db.execute(f"SELECT {WHOLE} FROM articles WHERE id = ?", (article_id,)).fetchone()  # noqa: S608
    return None if row is None else _article(row)


def by_pk(db: sqlite3.Connection, pk: int, columns: str) -> Article | None:
    """A version of an article by its primary key, as ``article``.

    ``columns`` is ``WHOLE``, ``KNOWN`` (without the visible text) or ``BARE`` (only text, title and address).
    """
    row = db.execute(f"SELECT {columns} FROM articles WHERE pk = ?", (pk,)).fetchone()  # noqa: S608
    return None if row is None else _article(row)


def _article(row: Row) -> Article:
    article_id, digest, text, title, url, site, author, published, language, headings, pages, visible_text = row
    try:
        page = zlib.decompress(visible_text).decode() if visible_text else None
        numbers = tuple(json.loads(headings)), tuple(json.loads(pages))
        found = Article(text, title, url, site, author, published, language, *numbers, page)
        is_another = found.digest != digest or found.id != article_id
    except (zlib.error, TypeError, AttributeError) as error:
        # If a value continues on a page that SQLite cannot read, Python's module returns None and raises no error.
        raise ValueError(str(error)) from error
    if is_another:
        raise ValueError("another text")
    return found


def note(db: sqlite3.Connection, article: Article) -> None:
    """Store the visible text of an article, if it is known, and the other addresses that lead to it."""
    if article.visible_text:
        db.execute("UPDATE articles SET visible_text = ? WHERE id = ?", (_packed(article.visible_text), article.id))
    for page in filter(None, map(page_of, article.aliases)):
        db.execute(
            "INSERT OR REPLACE INTO aliases SELECT ?, lineage FROM articles WHERE id = ?",
            (page, article.id),
        )


def pages(db: sqlite3.Connection) -> dict[str, str]:
    """For each page (the ``page_of`` an article's address) the id of its newest article."""
    rows = db.execute(
        f"SELECT a.url, c.id FROM {CURRENT}"  # noqa: S608
        " WHERE a.url IS NOT NULL ORDER BY a.pk"
    )
    return {page: row[1] for row in rows if (page := page_of(row[0]))}


def other_pages(db: sqlite3.Connection) -> dict[str, str]:
    """For each alias of an article (as a ``page_of`` key) the id of its current version."""
    rows = db.execute(
        "SELECT o.page, c.id FROM aliases o JOIN articles c ON c.lineage = o.lineage AND c.superseded_at IS NULL"
    )
    return dict(rows.fetchall())


def drop(db: sqlite3.Connection, article_id: str) -> bool:
    """Remove an article with all its versions. Returns whether there was one."""
    row = db.execute("SELECT lineage FROM articles WHERE id = ?", (article_id,)).fetchone()
    if row is None:
        return False
    for (pk,) in db.execute("SELECT pk FROM articles WHERE lineage = ?", row).fetchall():
        drop_passages(db, pk)
    db.execute("DELETE FROM articles WHERE lineage = ?", row)
    db.execute("DELETE FROM aliases WHERE lineage = ?", row)
    return True


def drop_passages(db: sqlite3.Connection, pk: int) -> None:
    """Remove the passages of the article with this primary key, with their terms and counts."""
    # The passages of an article were added together, so their ids are consecutive.
    first, last = db.execute("SELECT min(id), max(id) FROM passages WHERE article = ?", (pk,)).fetchone()
    if first is not None:
        rows = db.execute("SELECT terms FROM passages_fts WHERE rowid BETWEEN ? AND ?", (first, last))
        _count_terms(db, [row[0].split() for row in rows], -1)
        db.execute("DELETE FROM passages_fts WHERE rowid BETWEEN ? AND ?", (first, last))
        db.execute("DELETE FROM passages WHERE article = ?", (pk,))
        _note_removed(db, first, last)


def drop_all_passages(db: sqlite3.Connection) -> None:
    newest = db.execute("SELECT max(id) FROM passages").fetchone()[0]
    for table in ("passages", "passages_fts", "doc_freq", "tombstones"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - one of these four
    _note_removed(db, 1, newest or 1)


def _put_article(db: sqlite3.Connection, document: IndexedArticle, now: str) -> int:
    article = document.article
    *known, headings, pages, visible_text, _ = astuple(article)[1:]
    row = db.execute(
        "INSERT INTO articles (id, digest, added, text, title, url, site, author, published, language, headings, pages,"
        " visible_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " title = excluded.title, url = excluded.url, site = excluded.site, author = excluded.author,"
        " published = excluded.published, language = excluded.language, headings = excluded.headings,"
        " pages = excluded.pages, visible_text = excluded.visible_text RETURNING pk",
        (
            *(article.id, article.digest, now, article.text, *known),
            *(json.dumps(headings), json.dumps(pages), _packed(visible_text)),
        ),
    ).fetchone()
    return int(row[0])


def _packed(page: str | None) -> bytes | None:
    return zlib.compress(page.encode()) if page else None


def rows(document: IndexedArticle) -> Iterator[Row]:
    """One row for each passage: its position, its vectors and tokens, and its terms separated by spaces."""
    tokens = document.tokens
    for i, passage in enumerate(document.passages):
        yield (
            *astuple(passage),
            document.sentences[i].tobytes(),
            document.contexts[i].tobytes(),
            tokens[i].tobytes() if tokens else None,
            " ".join(document.terms[i]),
        )


def put_rows(db: sqlite3.Connection, pk: int, passages: Iterable[Row]) -> None:
    """Write passages of the article with this primary key, which must have none."""
    words = []
    for *passage, terms in passages:
        cursor = db.execute(
            'INSERT INTO passages (article, start, "end", paragraph, sentence_vec, context_vec, tokens)'
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (pk, *passage),
        )
        db.execute("INSERT INTO passages_fts (rowid, terms) VALUES (?, ?)", (cursor.lastrowid, terms))
        words.append(str(terms).split())
    _count_terms(db, words, 1)


def _count_terms(db: sqlite3.Connection, passages: Sequence[Sequence[str]], sign: int) -> None:
    """Change the number of passages of each term. FTS5 has these numbers too, but has to count them at each query."""
    counts = Counter(term for terms in passages for term in set(terms))
    db.executemany(
        "INSERT INTO doc_freq VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET passages = passages + excluded.passages",
        [(term, sign * count) for term, count in counts.items()],
    )


def _note_removed(db: sqlite3.Connection, first: int, last: int) -> None:
    """Record a range of removed passages, for the indexes in memory and on disk that still hold them."""
    db.execute(
        "INSERT INTO tombstones VALUES ((SELECT value + 1 FROM meta WHERE key = 'generation'), ?, ?)", (first, last)
    )
