"""Opens and copies SQLite files, the library's and the bot's, also while they are in use.

https://sqlite.org/wal.html, https://sqlite.org/backup.html
"""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

LOCKED = 30.0  # seconds to wait while another process writes
PARTS = ("", "-wal", "-shm", "-journal")  # suffixes of the files of one database


def use_wal(db: sqlite3.Connection) -> None:
    # When the journal mode is changed, SQLite does not wait for the lock of another process, whatever the timeout. So
    # of two processes that create the same file at once, one would fail.
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
    """A connection to a file in a folder that cannot, or must not, be written.

    In WAL mode SQLite needs a writable folder even for reading, unless it is told that nobody writes. A WAL means that
    somebody is writing, or was when the power failed; then the file alone is not the whole database. Nothing in the
    folder is changed, except that SQLite makes an ``-shm`` file next to such a WAL.
    """
    wal = path.with_name(path.name + "-wal")
    how = "mode=ro" if wal.exists() and wal.stat().st_size else "mode=ro&immutable=1"
    uri = f"{path.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=LOCKED)


def snapshot(source: Path, target: Path) -> None:
    """Copy the present state of a database to a new file, while others may use it, and sync the copy to the disk.

    Raises:
        sqlite3.Error, OSError: the copy failed, and ``target`` does not exist.
    """
    if os.access(source.parent, os.W_OK):
        # Opened for writing, because a read-only connection would leave its WAL files behind.
        uri = f"{source.absolute().as_uri()}?mode=rw"
        db = sqlite3.connect(uri, uri=True, timeout=LOCKED)
    else:
        db = read_only(source)
    with closing(db):
        copy(db, target)


def copy(db: sqlite3.Connection, target: Path) -> None:
    """Copy the database of a connection to a new file, as ``snapshot`` does."""
    try:
        with closing(sqlite3.connect(target)) as new:
            new.execute("PRAGMA synchronous = OFF")  # the copy is synced once, at the end
            db.backup(new)
        sync(target)
    except BaseException:
        for part in PARTS:
            target.with_name(target.name + part).unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk (fsync). Raises OSError."""
    if path.is_dir() and os.name == "nt":  # Windows cannot sync a folder
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
