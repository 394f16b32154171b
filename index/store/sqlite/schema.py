"""Opens the library's SQLite file, brings its schema up to date, and translates SQLite's errors.

The file uses WAL, and every commit is synced. ``user_version`` holds the version of the schema, which only grows.
Before a file with an earlier schema is changed, it is copied to ``library.sqlite3.before-N``, and that copy is kept.
"""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DamagedLibrary, NewerLibrary, StoreError
from index.store.sqlite.connection import LOCKED, read_only, snapshot, sync, use_wal

FILE = "library.sqlite3"
SCHEMA = 6
CREATE = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, added TEXT NOT NULL,
    text TEXT NOT NULL, title TEXT NOT NULL, url TEXT, site TEXT, author TEXT, published TEXT,
    language TEXT NOT NULL, headings TEXT NOT NULL, pages TEXT NOT NULL DEFAULT '[]',
    lineage INTEGER, superseded_at TEXT, visible_text BLOB
);
CREATE INDEX versions ON articles (lineage, superseded_at);
CREATE TABLE aliases (page TEXT PRIMARY KEY, lineage INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, paragraph INTEGER NOT NULL,
    sentence_vec BLOB NOT NULL, context_vec BLOB NOT NULL, tokens BLOB
);
CREATE TABLE tombstones (generation INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE doc_freq (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX passages_of_article ON passages (article);
CREATE VIRTUAL TABLE passages_fts USING fts5 (
    terms, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
);
"""

# The statements from each earlier schema to the next.
MIGRATIONS = {
    # Articles without tokens are ranked without the late-interaction score until ``rebuild`` makes the tokens.
    1: "ALTER TABLE passages ADD COLUMN tokens BLOB",
    2: """
CREATE TABLE removed (generation INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE frequencies (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE temp.counted USING fts5vocab(main, lexical, row);
INSERT INTO frequencies SELECT term, doc FROM temp.counted;
DROP TABLE temp.counted
""",
    3: """
ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE articles ADD COLUMN story INTEGER;
ALTER TABLE articles ADD COLUMN replaced TEXT;
UPDATE articles SET story = number;
CREATE INDEX versions ON articles (story, replaced)
""",
    # For an article without visible text, links are made from its own text until it is refreshed.
    4: """
ALTER TABLE articles ADD COLUMN rendered BLOB;
CREATE TABLE aliases (page TEXT PRIMARY KEY, story INTEGER NOT NULL) WITHOUT ROWID
""",
    # Only names change, not the stored data.
    5: """
ALTER TABLE articles RENAME COLUMN number TO pk;
ALTER TABLE articles RENAME COLUMN story TO lineage;
ALTER TABLE articles RENAME COLUMN replaced TO superseded_at;
ALTER TABLE articles RENAME COLUMN rendered TO visible_text;
ALTER TABLE aliases RENAME COLUMN story TO lineage;
ALTER TABLE passages RENAME COLUMN sentence TO sentence_vec;
ALTER TABLE passages RENAME COLUMN context TO context_vec;
ALTER TABLE removed RENAME TO tombstones;
ALTER TABLE frequencies RENAME TO doc_freq;
ALTER TABLE lexical RENAME TO passages_fts
""",
}


def connect(folder: Path | None) -> sqlite3.Connection:
    """Open or make ``library.sqlite3`` in ``folder``, which is made if missing; without a folder, a database in memory.

    Raises:
        StoreError: the folder cannot be used.
        NewerLibrary: a newer version of Quoth wrote it.
        DamagedLibrary: its file is not a database.
    """
    with errors(folder):
        db, writable = _open(folder)
        try:
            # Damaged bytes become U+FFFD, so that the hash does not match. Else SQLite would report a failed operation.
            db.text_factory = lambda data: data.decode("utf-8", "replace")
            if writable:
                use_wal(db)
                db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            _migrate(db, folder)
            db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, passages_fts, row)")
        except BaseException:
            db.close()
            raise
        return db


def _open(folder: Path | None) -> tuple[sqlite3.Connection, bool]:
    """The connection, and whether it can write."""
    if folder is None:
        return sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None), True
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if path.exists() and not os.access(folder, os.W_OK):
        return read_only(path), False
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=LOCKED), True


def _migrate(db: sqlite3.Connection, folder: Path | None) -> None:
    if _version(db) < SCHEMA:
        db.execute("BEGIN IMMEDIATE")  # from here on no other process can migrate it
        before = _version(db)
        if before == 0:
            _execute(db, CREATE)
            db.execute("INSERT INTO meta VALUES ('generation', '0'), ('library', ?)", (uuid.uuid4().hex,))
        elif before < SCHEMA and folder is not None:
            _keep(folder, before)
        for version in range(before or SCHEMA, SCHEMA):
            _execute(db, MIGRATIONS[version])
        if before < SCHEMA:
            db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")
    if _version(db) > SCHEMA:
        raise NewerLibrary(f"The library in {folder}", _version(db), SCHEMA, folder)


def _execute(db: sqlite3.Connection, script: str) -> None:
    for statement in script.split(";\n"):
        db.execute(statement)


def _keep(folder: Path, version: int) -> None:
    """Copy the library before it is changed. The copy gets its name only when it is complete."""
    kept = folder / f"{FILE}.before-{version}"
    part = folder / f"{kept.name}.part"
    part.unlink(missing_ok=True)  # left by an attempt that was interrupted
    try:
        snapshot(folder / FILE, part)
        part.replace(kept)
        sync(folder)
    except (sqlite3.OperationalError, OSError) as error:
        size = (folder / FILE).stat().st_size >> 20
        raise StoreError(
            f"The library in {folder} was written by an earlier version of Quoth. It is copied before it is brought up "
            f"to date, and this copy cannot be written ({error}). Nothing was changed. Make room for {size + 1} MB "
            "there and try again."
        ) from error


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def errors(folder: Path | None) -> Iterator[None]:
    """Turns errors of SQLite and the file system into StoreError and DamagedLibrary."""
    where = folder or "memory"
    try:
        yield
    except OSError as error:
        what = f"The library's folder {where} cannot be used ({error.strerror})."
        raise StoreError(what, "room", folder=folder) from error
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite's message may quote damaged bytes
        # SQLITE_ERROR, an invalid statement, means damage too: our statements are invalid only if a table is damaged.
        if isinstance(error, sqlite3.OperationalError | sqlite3.ProgrammingError) and not _says_error(error):
            raise StoreError(f"The library in {where} cannot be used ({error}).", "room", folder=folder) from error
        what = f"The library file in {where} is damaged ({error})."
        raise DamagedLibrary(what, "salvage", folder=folder) from error


def _says_error(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
