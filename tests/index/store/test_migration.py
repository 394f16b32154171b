"""A library of an earlier or a newer version: a copy first, then the change; all of it or nothing."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.state.chats import ChatState, Place
from bot.state.database import Database
from index.errors import DamagedLibrary, NewerLibrary, StoreError
from index.store.sqlite import connection, schema
from index.store.sqlite.library_store import Store
from tests.support.engine import BAKERY, HARBOUR, put, tamper
from tests.support.errors import remedied_by

# What schema 5 has more than schema 3, taken away again.
BACK_TO_3 = (
    "DROP INDEX versions; ALTER TABLE articles DROP COLUMN pages; ALTER TABLE articles DROP COLUMN story;"
    "ALTER TABLE articles DROP COLUMN replaced; ALTER TABLE articles DROP COLUMN rendered; DROP TABLE aliases;"
    "PRAGMA user_version = 3"
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with a library of schema 3."""
    store = Store(tmp_path, "words")
    put(store, HARBOUR)
    store.close()
    db = sqlite3.connect(tmp_path / "library.sqlite3")
    db.executescript(BACK_TO_3)
    db.close()
    return tmp_path


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    try:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    finally:
        db.close()


def columns(path: Path) -> set[str]:
    db = sqlite3.connect(path)
    try:
        return {row[1] for row in db.execute("PRAGMA table_info(articles)")}
    finally:
        db.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_copy_is_made_before_the_first_change_and_stays(old: Path) -> None:
    for _ in range(2):
        store = Store(old, "words")
        assert store.article(HARBOUR.id) == HARBOUR
        assert store.verify() == []
        store.close()
        assert names(old) == ["library.sqlite3", "library.sqlite3.before-3"]
    kept = old / "library.sqlite3.before-3"
    assert (version(kept), version(old / "library.sqlite3")) == (3, schema.SCHEMA)
    assert "story" not in columns(kept)
    db = sqlite3.connect(kept)
    assert db.execute("SELECT id, text FROM articles").fetchall() == [(HARBOUR.id, HARBOUR.text)]
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def test_what_is_in_the_wal_still_is_in_the_copy_too(old: Path) -> None:
    db = sqlite3.connect(old / "library.sqlite3")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("UPDATE articles SET title = 'Written last'")
    db.commit()  # and not closed, as after a power cut
    Store(old, "words").close()
    kept = sqlite3.connect(old / "library.sqlite3.before-3")
    assert kept.execute("SELECT title FROM articles").fetchall() == [("Written last",)]
    kept.close()
    db.close()


def test_a_new_library_needs_no_copy(tmp_path: Path) -> None:
    Store(tmp_path, "words").close()
    assert names(tmp_path) == ["library.sqlite3"]


def test_without_room_for_the_copy_nothing_is_changed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (old / "library.sqlite3").read_bytes()

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "sync", full)
        with pytest.raises(StoreError, match=r"nothing was changed. Make room for 1 MB"):
            Store(old, "words")
    assert names(old) == ["library.sqlite3"]
    assert version(old / "library.sqlite3") == 3
    assert columns(old / "library.sqlite3").isdisjoint({"pages", "story"})
    assert len(before) == (old / "library.sqlite3").stat().st_size
    Store(old, "words").close()  # there is room again
    assert version(old / "library.sqlite3.before-3") == 3


def test_a_change_that_fails_half_way_is_taken_back_whole(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(schema.MIGRATIONS, 4, f"{schema.MIGRATIONS[4]};\nINSERT INTO no_such_table VALUES (1)")
    with pytest.raises(DamagedLibrary, match="no_such_table"):
        Store(old, "words")
    assert version(old / "library.sqlite3") == 3
    assert columns(old / "library.sqlite3").isdisjoint({"pages", "story"})
    monkeypatch.undo()
    store = Store(old, "words")
    assert store.article(HARBOUR.id) == HARBOUR
    store.close()


def test_two_processes_bring_it_up_to_date_at_once(old: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.store.sqlite.library_store import Store; "
        "input(); Store(Path(sys.argv[1]), 'w')"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(old)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.communicate()[1] for process in processes] == [b""] * 2
    assert version(old / "library.sqlite3.before-3") == 3
    store = Store(old, "words")
    assert store.verify() == []
    put(store, BAKERY)
    store.close()
    assert names(old) == ["library.sqlite3", "library.sqlite3.before-3"]


def test_a_number_that_is_none_of_the_file_is_damage(tmp_path: Path) -> None:
    store = Store(tmp_path, "words")
    put(store, HARBOUR)
    store.close()
    for number in (0, 3):
        tamper(tmp_path, f"PRAGMA user_version = {number}")
        with pytest.raises(DamagedLibrary, check=remedied_by("salvage")):
            Store(tmp_path, "words")
    tamper(tmp_path, f"PRAGMA user_version = {schema.SCHEMA}")
    store = Store(tmp_path, "words")
    assert store.article(HARBOUR.id) == HARBOUR
    assert store.verify() == []
    store.close()


# The bot's own file


def test_the_bots_file_has_a_number_and_one_without_is_taken_over(tmp_path: Path) -> None:
    first = Database(tmp_path)
    ChatState(first).choose(Place(5), "a" * 12)
    first.run("PRAGMA user_version = 0")  # as it was before it had one
    first.close()
    second = Database(tmp_path)
    assert ChatState(second).article(Place(5)) == "a" * 12
    second.close()
    assert version(tmp_path / "bot.sqlite3") == 1


def test_a_bots_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    first = Database(tmp_path)
    first.run("PRAGMA user_version = 2")
    first.close()
    before = (tmp_path / "bot.sqlite3").read_bytes()
    with pytest.raises(NewerLibrary, match="format 2, this version knows 1"):
        Database(tmp_path)
    assert (tmp_path / "bot.sqlite3").read_bytes() == before
