"""The bot's own small database beside the library. It holds only what must survive a restart."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DamagedLibrary, NewerLibrary, StoreError
from index.store.sqlite.connection import LOCKED, use_wal

Statement = tuple[object, ...]  # of SQL, with its values behind it
FILE = "bot.sqlite3"
SCHEMA = 2  # in ``user_version``; files without a number (0) have the schema of number 1
CREATE = """
CREATE TABLE IF NOT EXISTS chats (
    chat INTEGER NOT NULL, thread INTEGER NOT NULL, article TEXT, quotes TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (chat, thread)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    chat INTEGER NOT NULL, asked INTEGER NOT NULL, thread INTEGER NOT NULL, replied TEXT NOT NULL,
    article TEXT, told TEXT, quotes TEXT NOT NULL, more TEXT NOT NULL, vote INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL, hedged INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat, asked)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_place ON answers (chat, thread, at);
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (at);
CREATE TABLE IF NOT EXISTS days (
    day TEXT NOT NULL, article TEXT NOT NULL, asked INTEGER NOT NULL, answered INTEGER NOT NULL,
    PRIMARY KEY (day, article)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unanswered (
    article TEXT NOT NULL, folded TEXT NOT NULL, question TEXT NOT NULL, times INTEGER NOT NULL, day TEXT NOT NULL,
    PRIMARY KEY (article, folded)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS votes (
    article TEXT PRIMARY KEY, up INTEGER NOT NULL DEFAULT 0, down INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS feeds (
    url TEXT PRIMARY KEY, title TEXT NOT NULL, every INTEGER NOT NULL, announce TEXT, due INTEGER NOT NULL,
    visits INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, etag TEXT, modified TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
    url TEXT PRIMARY KEY, feed TEXT NOT NULL, stated TEXT NOT NULL, article TEXT,
    since INTEGER NOT NULL, due INTEGER, failures INTEGER NOT NULL DEFAULT 0, etag TEXT, modified TEXT
);
CREATE TABLE IF NOT EXISTS announcements (article TEXT PRIMARY KEY, feed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS updates (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL, body TEXT, tries INTEGER NOT NULL DEFAULT 0
);
"""


class Database:
    """One connection, one statement at a time. For worker threads, never for the event loop.

    Raises:
        StoreError: the folder cannot be written.
        NewerLibrary: a newer version wrote the file.
        DamagedLibrary: the file is not a database.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._path = folder / FILE
        with self._errors():
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=LOCKED)
            try:
                self._begin()
            except BaseException:
                self._db.close()
                raise

    def _begin(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise NewerLibrary(str(self._path), int(version), SCHEMA, self._path.parent)
        use_wal(self._db)
        self._db.execute("PRAGMA synchronous = FULL")
        # Once a question is answered, its text is overwritten on the disk, not only unlinked.
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.executescript(CREATE)
        if version < SCHEMA:
            self._migrate()

    def _migrate(self) -> None:
        """From version 1 on. Only a column is added, so nothing can be lost and no copy is needed."""
        self._db.execute("BEGIN IMMEDIATE")
        columns = {str(row[1]) for row in self._db.execute("PRAGMA table_info(answers)")}
        if "hedged" not in columns:  # another process may have been faster
            self._db.execute("ALTER TABLE answers ADD COLUMN hedged INTEGER NOT NULL DEFAULT 0")
        self._db.execute(f"PRAGMA user_version = {SCHEMA}")
        self._db.execute("COMMIT")

    def run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock, self._errors():
            return self._db.execute(statement, values).fetchall()

    def run_all(self, *statements: Statement) -> None:
        """Run several statements in one transaction: all of them, or none."""
        with self._lock, self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for statement, *values in statements:
                    self._db.execute(str(statement), values)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.ProgrammingError, OSError) as error:
            raise StoreError(
                f"{self._path} cannot be used ({error}). Check that its folder can be written and the disk has room."
            ) from error
        except (sqlite3.Error, UnicodeDecodeError) as error:  # what SQLite says may quote the damaged bytes
            raise DamagedLibrary(
                f"{self._path} is damaged ({error}). Restore a backup into another folder (quoth restore FILE --data "
                "DIR), or move it away. Then the chats' articles, feeds and statistics are lost, but not the articles."
            ) from error
