"""``quoth salvage``: from the folder of a damaged library into a new one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.state.backup import BOT, LIBRARY
from bot.state.database import Database
from index.errors import QuothError, StoreError
from index.store.salvage import Salvage, salvage
from index.store.sqlite.connection import PARTS, copy, read_only


def begin(folder: Path, target: Path) -> Salvage:
    """What can be read of the library in ``folder``.

    Raises:
        StoreError: there is no library, nothing in it can be read, or ``target`` has a library already.
    """
    if (target / LIBRARY).exists():
        raise StoreError(f"{target} has a library already and is not changed. Name a new folder: --data DIR.")
    return salvage(folder)


def take_along(folder: Path, target: Path) -> bool:
    """Copy what the bot remembers, if it is undamaged. Returns whether it was. ``folder`` is only read."""
    if not (folder / BOT).exists() or (target / BOT).exists():
        return False
    try:
        with closing(read_only(folder / BOT)) as source:
            copy(source, target / BOT)
        with closing(Database(target)) as database:
            whole = database.run("PRAGMA integrity_check(1)") == [("ok",)]
    except (sqlite3.Error, OSError, QuothError):
        whole = False
    if not whole:
        for part in PARTS:
            (target / f"{BOT}{part}").unlink(missing_ok=True)
    return whole
