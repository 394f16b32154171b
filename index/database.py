"""The library's SQLite file: opening it, its schema, its errors as ours. Used by ``store`` alone.

WAL, every commit synced; the schema's number is in ``user_version`` and only ever grows.
"""

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DamagedLibrary, NewerLibrary, StoreError

SCHEMA = 5
LOCKED = 30.0  # seconds to wait for another process that is writing
CREATE = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, added TEXT NOT NULL,
    text TEXT NOT NULL, title TEXT NOT NULL, url TEXT, site TEXT, author TEXT, published TEXT,
    language TEXT NOT NULL, headings TEXT NOT NULL, pages TEXT NOT NULL DEFAULT '[]',
    story INTEGER, replaced TEXT, rendered BLOB
);
CREATE INDEX versions ON articles (story, replaced);
CREATE TABLE aliases (page TEXT PRIMARY KEY, story INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, paragraph INTEGER NOT NULL,
    sentence BLOB NOT NULL, context BLOB NOT NULL, tokens BLOB
);
CREATE TABLE removed (generation INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE frequencies (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX passages_of_article ON passages (article);
CREATE VIRTUAL TABLE lexical USING fts5 (terms, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'");
"""

# From each earlier schema to the next.
MIGRATIONS = {
    # Without tokens an article is ranked without the reader, until ``rebuild`` makes them.
    1: "ALTER TABLE passages ADD COLUMN tokens BLOB",
    2: """
CREATE TABLE removed (generation INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE frequencies (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO frequencies SELECT term, doc FROM temp.vocabulary
""",
    3: """
ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE articles ADD COLUMN story INTEGER;
ALTER TABLE articles ADD COLUMN replaced TEXT;
UPDATE articles SET story = number;
CREATE INDEX versions ON articles (story, replaced)
""",
    # Without it links are made from the article alone, until it is refreshed.
    4: """
ALTER TABLE articles ADD COLUMN rendered BLOB;
CREATE TABLE aliases (page TEXT PRIMARY KEY, story INTEGER NOT NULL) WITHOUT ROWID
""",
}


def connect(folder: Path | None) -> sqlite3.Connection:
    """Open or make ``library.sqlite3`` in ``folder``, which is made too; without a folder, a database in memory.

    Raises:
        StoreError: the folder cannot be used.
        NewerLibrary: a newer version wrote it.
        DamagedLibrary: its file is no database.
    """
    with errors(folder):
        db, writable = _open(folder)
        try:
            # Damaged bytes become U+FFFD, which no hash accepts, where SQLite would report a failed operation.
            db.text_factory = lambda data: data.decode("utf-8", "replace")
            if writable:
                _use_wal(db)
                db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, lexical, row)")
            _migrate(db, folder)
        except BaseException:
            db.close()
            raise
        return db


def _open(folder: Path | None) -> tuple[sqlite3.Connection, bool]:
    """The connection, and whether it can write."""
    if folder is None:
        return sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None), True
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "library.sqlite3"
    if path.exists() and not os.access(folder, os.W_OK):
        # SQLite's WAL needs a writable folder even to read, unless it is told that nobody writes.
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None), False
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=LOCKED), True


def _use_wal(db: sqlite3.Connection) -> None:
    # To change the journal mode SQLite does not wait for another process's lock, whatever its timeout: two that make
    # the same library at once would stop one of them.
    deadline = time.monotonic() + LOCKED
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(db: sqlite3.Connection, folder: Path | None) -> None:
    if _version(db) == 0:
        db.execute("BEGIN IMMEDIATE")
        if _version(db) == 0:  # another process may have been first
            for statement in CREATE.split(";\n"):
                db.execute(statement)
            db.execute("INSERT INTO meta VALUES ('generation', '0'), ('library', ?)", (uuid.uuid4().hex,))
            db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")
    for version, script in MIGRATIONS.items():
        if _version(db) == version:
            db.execute("BEGIN IMMEDIATE")
            if _version(db) == version:
                for statement in script.split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {version + 1}")
            db.execute("COMMIT")
    if _version(db) > SCHEMA:
        raise NewerLibrary(
            f"The library in {folder} was written by a newer version of Quoth (format {_version(db)}, "
            f"this version knows {SCHEMA}). Update Quoth, or use another folder (--data)."
        )


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def errors(folder: Path | None) -> Iterator[None]:
    """SQLite's and the file system's errors as ours."""
    where = folder or "memory"
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
        raise StoreError(
            f"The library in {where} cannot be used ({error}). Check that the folder can be written and that the "
            "disk has room, or choose another with --data."
        ) from error
    except sqlite3.DatabaseError as error:
        raise DamagedLibrary(
            f"The library file in {where} is damaged ({error}). Restore library.sqlite3 from a backup, or move it "
            "away and add the articles again."
        ) from error
    except OSError as error:
        raise StoreError(
            f"The library's folder {where} cannot be used ({error.strerror}). Choose another with --data."
        ) from error
