"""Replaces the passages of all articles: first in a second database, then in the library, in one transaction.

Until that is committed the library stays as it was, for readers, for other processes and after a power cut.
"""

import sqlite3
from pathlib import Path

from index.retrieve.indexed_article import IndexedArticle
from index.store.sqlite import rows

_PASSAGE = 'start, "end", paragraph, sentence_vec, context_vec, tokens, terms'


def begin(db: sqlite3.Connection, folder: Path | None) -> None:
    """Attach a database ``staged`` in a file that need not survive a power cut."""
    path = _path(folder)
    if path:
        path.unlink(missing_ok=True)  # left by a rebuild that was interrupted
    db.execute("ATTACH ? AS staged", (str(path or ":memory:"),))
    db.execute("PRAGMA staged.journal_mode = OFF")
    db.execute("PRAGMA staged.synchronous = OFF")
    db.execute("CREATE TABLE staged.articles (id TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute(f"CREATE TABLE staged.passages (article, {_PASSAGE})")
    db.execute("CREATE INDEX staged.by_article ON passages (article)")


def end(db: sqlite3.Connection, folder: Path | None) -> None:
    if any(row[1] == "staged" for row in db.execute("PRAGMA database_list").fetchall()):
        db.execute("DETACH staged")
    if path := _path(folder):
        path.unlink(missing_ok=True)


def stage(db: sqlite3.Connection, document: IndexedArticle) -> None:
    """Store an article's new passages until ``move``."""
    one = document.article.id
    db.executemany(
        "INSERT INTO staged.passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ((one, *row) for row in rows.rows(document))
    )
    db.execute("INSERT INTO staged.articles VALUES (?)", (one,))


def missing(db: sqlite3.Connection) -> list[str]:
    """The ids of the current versions that are not staged yet."""
    rows = db.execute(
        "SELECT id FROM articles WHERE superseded_at IS NULL AND id NOT IN (SELECT id FROM staged.articles) ORDER BY pk"
    )
    return [row[0] for row in rows]


def move(db: sqlite3.Connection) -> None:
    """Replace all passages by the staged ones."""
    rows.drop_all_passages(db)
    for pk, article_id in db.execute("SELECT pk, id FROM articles WHERE superseded_at IS NULL ORDER BY pk"):
        staged = db.execute(
            f"SELECT {_PASSAGE} FROM staged.passages WHERE article = ? ORDER BY rowid",  # noqa: S608
            (article_id,),
        )
        rows.put_rows(db, pk, staged)


def _path(folder: Path | None) -> Path | None:
    return folder / "library.rebuilding" if folder else None
