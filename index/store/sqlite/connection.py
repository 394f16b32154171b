"""What every SQLite file of ours needs, the library's and the bot's: to be opened and to be copied while in use.

https://sqlite.org/wal.html, https://sqlite.org/backup.html
"""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

LOCKED = 30.0  # seconds to wait for another process that is writing
PARTS = ("", "-wal", "-shm", "-journal")  # the files that one database may consist of


def use_wal(db: sqlite3.Connection) -> None:
    # To change the journal mode SQLite does not wait for another process's lock, whatever its timeout: two that make
    # the same file at once would stop one of them.
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


def read_only(path: Path) -> sqlite3.Connection:
    """A connection to a file in a folder that cannot be written, or shall not be.

    SQLite's WAL needs a writable folder even to read, unless it is told that nobody writes. Where there is a WAL,
    somebody does, or did when the power went: then the file alone is not the whole database. Nothing in the folder is
    changed but, beside such a WAL, the ``-shm`` that SQLite makes of it.
    """
    wal = path.with_name(path.name + "-wal")
    how = "mode=ro" if wal.exists() and wal.stat().st_size else "mode=ro&immutable=1"
    uri = f"{path.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=LOCKED)


def snapshot(source: Path, target: Path) -> None:
    """Copy a database as it is at this moment to a new file, while others read and write it, and sync it to the disk.

    Raises:
        sqlite3.Error, OSError: then there is no ``target``.
    """
    if os.access(source.parent, os.W_OK):
        # Opened to be written, or it would leave its WAL files behind.
        uri = f"{source.absolute().as_uri()}?mode=rw"
        db = sqlite3.connect(uri, uri=True, timeout=LOCKED)
    else:
        db = read_only(source)
    with closing(db):
        copy(db, target)


def copy(db: sqlite3.Connection, target: Path) -> None:
    """Copy what a connection reads to a new file, as ``snapshot`` does."""
    try:
        with closing(sqlite3.connect(target)) as new:
            new.execute("PRAGMA synchronous = OFF")  # it is synced once, at the end
            db.backup(new)
        sync(target)
    except BaseException:
        for part in PARTS:
            target.with_name(target.name + part).unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Have a file's content, or a folder's names, written to the disk itself. Raises OSError."""
    if path.is_dir() and os.name == "nt":  # which has no such thing
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
