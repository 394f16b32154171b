"""Backup and restoring: the data folder as one file, an uncompressed tar of both databases.

The FAISS index is not in it, because it is made again from the library.
"""

import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.state.database import Database
from index.errors import Fault, NewerLibrary, QuothError, StoreError
from index.library import checked
from index.store.sqlite.connection import PARTS, snapshot, sync

LIBRARY, BOT, INDEX = "library.sqlite3", "bot.sqlite3", "vectors.faiss"
CHUNK = 1 << 20  # bytes read at once
MEMBERS = (BOT, LIBRARY)  # in this order, so that the library, copied later, has every article that the bot remembers


class BackupError(QuothError):
    """There is nothing to back up, there is no room for it, or the file is not a backup."""


def back_up(folder: Path, file: Path) -> int:
    """Copy the data in ``folder``, which may be in use, to the new ``file``. Returns how many articles it holds.

    The file gets its name only when it is complete, on the disk, restored once and checked.

    Raises:
        BackupError: there is no library, or the file exists already or cannot be written.
        StoreError: the data cannot be read, or are damaged.
    """
    if not (folder / LIBRARY).exists():
        raise BackupError(f"There is no library in {folder}. Say where it is with --data.")
    if file.exists():
        raise BackupError(f"{file} exists already and is not changed. Give another name.")
    with _failing(
        f"{file} cannot be written", "Check that its folder can be written and has room for two copies of the data"
    ):
        with TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as name:
            scratch = Path(name)
            for member in MEMBERS:
                if (folder / member).exists():
                    _copy(folder / member, scratch / member)
            whole = scratch / "whole"
            _pack(scratch, whole)
            (scratch / "again").mkdir()
            _unpack(whole, scratch / "again")
            count = _check(scratch / "again", f"The data in {folder}", "See what is damaged with: quoth verify.")
            whole.rename(file)
        sync(file.parent)
    return count


def restore(file: Path, folder: Path) -> int:
    """Put a file of ``back_up`` into ``folder``, which must have no library. Returns how many articles it holds.

    Questions and announcements that were waiting at the time of the backup are left out.

    Raises:
        BackupError: the file is not a complete backup, or the folder has a library or cannot be written.
        StoreError: what is in it is damaged.
    """
    if not file.is_file():
        raise BackupError(f"{file} does not exist. Give a file that quoth backup has made.")
    for member in MEMBERS:
        for part in PARTS:
            if (folder / f"{member}{part}").exists():
                raise BackupError(
                    f"{folder} has a {member}{part} already and is not changed. Restore into a new folder (--data)."
                )
    with _failing(f"{folder} cannot be written", "Check that it has room, or choose another with --data"):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".restoring-", dir=folder) as name:
            scratch = Path(name)
            _unpack(file, scratch)
            count = _check(scratch, f"What {file} holds", "Restore an earlier backup.")
            if (scratch / BOT).exists():
                _strike_out(scratch)
            # An index that is still there is from another time: its numbers may mean other passages now.
            (folder / INDEX).unlink(missing_ok=True)
            for member in MEMBERS:
                if (scratch / member).exists():
                    (scratch / member).rename(folder / member)
        sync(folder)
    return count


def _copy(source: Path, target: Path) -> None:
    try:
        snapshot(source, target)
    except sqlite3.Error as error:
        raise StoreError(
            f"{source} cannot be copied ({error}). Check it with quoth verify, and that there is room for the copy."
        ) from error


def _pack(scratch: Path, target: Path) -> None:
    """Write the databases of a folder into one synced file. Each database is removed after it is written."""
    with target.open("xb") as raw:
        target.chmod(0o600)
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for member in MEMBERS:
                if (scratch / member).exists():
                    about = tarfile.TarInfo(member)
                    about.size = (scratch / member).stat().st_size
                    about.mtime = int((scratch / member).stat().st_mtime)
                    about.mode = 0o600
                    with (scratch / member).open("rb") as data:
                        tar.addfile(about, data)
                    (scratch / member).unlink()
        raw.flush()
        os.fsync(raw.fileno())


def _unpack(file: Path, target: Path) -> None:
    """Take out only what ``_pack`` put in: regular files of these names, each once, none longer than the tar."""
    size = file.stat().st_size
    found = set[str]()
    try:
        with file.open("rb") as raw:
            while (block := raw.read(tarfile.BLOCKSIZE)) != bytes(tarfile.BLOCKSIZE):
                # Header by header, because tarfile would follow extensions, links and negative sizes.
                about = tarfile.TarInfo.frombuf(block, "ascii", "strict")
                expected = about.name in MEMBERS and about.name not in found and about.type == tarfile.REGTYPE
                if not expected or not 0 <= about.size <= size - raw.tell():
                    raise tarfile.TarError(f"{about.name!r} does not belong there, or is cut off")
                found.add(about.name)
                with (target / about.name).open("xb") as copy:
                    (target / about.name).chmod(0o600)
                    for start in range(0, about.size, CHUNK):
                        copy.write(raw.read(min(CHUNK, about.size - start)))
                    copy.flush()
                    os.fsync(copy.fileno())
                raw.seek(-about.size % tarfile.BLOCKSIZE, os.SEEK_CUR)
            if LIBRARY not in found:
                raise tarfile.TarError(f"{LIBRARY} is missing")
    except (tarfile.TarError, UnicodeError) as error:
        raise BackupError(f"{file} is not a complete backup of Quoth ({error}). Use another one.") from error


def _check(folder: Path, whose: str, advice: str) -> int:
    """How many articles there are. Raises StoreError if anything in the library or the bot's file is damaged."""
    try:
        count, faults = checked(folder)
        if (folder / BOT).exists():
            with closing(Database(folder)) as database:
                found = database.run("PRAGMA integrity_check(5)")
                faults += [Fault(f"{BOT}: {row[0]}") for row in found if row[0] != "ok"]
    except NewerLibrary as error:
        raise NewerLibrary(whose, error.found, error.known) from None
    except StoreError as error:
        raise StoreError(f"{whose} is damaged: {error.__cause__ or error}. {advice}") from error
    if faults:
        raise StoreError(f"{whose} is damaged ({len(faults)} faults, the first: {faults[0]}) {advice}")
    return count


def _strike_out(folder: Path) -> None:
    """Forget what was waiting when the backup was made. It has been done since, or is out of date."""
    with closing(Database(folder)) as database:
        database.run_all(("UPDATE updates SET body = NULL",), ("DELETE FROM announcements",))


@contextmanager
def _failing(what: str, advice: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError(f"{what} ({error.strerror}). {advice}.") from error
