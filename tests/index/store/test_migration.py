"""A library of an earlier or a newer version: a copy first, then the change; all of it or nothing."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.state.chats import ChatState, Place
from bot.state.database import SCHEMA, Database
from index.errors import DamagedLibrary, NewerLibrary, StoreError
from index.library import Library
from index.store.sqlite import connection, schema
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, KYIV, RANKER, document, put, tamper
from tests.support.errors import remedied_by
from tests.support.old_libraries import age

ASKED = "Which engineers built the crane in 1974?"


@pytest.fixture(params=[3, 4, 5], ids="format {}".format)
def old(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with a library of an earlier format."""
    with closing(Store(tmp_path, "words")) as store:
        put(store, HARBOUR)
    age(tmp_path, request.param)
    return tmp_path


@pytest.fixture
def before(old: Path) -> int:
    """Its format."""
    return version(old / "library.sqlite3")


def opened(folder: Path) -> Library:
    return Library(Store(folder, "words"), WordEmbedder(), RANKER)


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


def tables(path: Path) -> dict[str, str]:
    """What each table and index is made as, but for white space and quotation marks."""
    with closing(sqlite3.connect(path)) as db:
        made = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: re.sub(r"[\s\"']+", "", sql) for name, sql in made}


@pytest.mark.parametrize("format_before", [1, 3, 4, 5])
def test_one_of_an_earlier_format_becomes_what_a_new_one_is(tmp_path: Path, format_before: int) -> None:
    """It has the same tables, and answers as it did before it was put back into the earlier format."""
    url = "https://elsewhere.example/crane"
    corrected = replace(HARBOUR, text=HARBOUR.text.replace("ninety", "eighty"), visible_text="Menu", aliases=(url,))
    with closing(Store(tmp_path, "words")) as store:
        for article in ARTICLES:
            put(store, article)
        if format_before >= 3:
            store.remove(KYIV.id)
        if format_before == 5:
            store.add(document(corrected), HARBOUR.id)
        store.save_index()
    new = {name: sorted(sql.split(",")) for name, sql in tables(tmp_path / "library.sqlite3").items()}

    def known() -> object:
        with opened(tmp_path) as library:
            found = library.ask(ASKED), library.ask(ASKED, HARBOUR.id), library.summary(BAKERY.id)
            about = library.articles(), library.versions(), library.passage_count(), library.at(url)
            return found, about, library.current(HARBOUR.id).visible_text, library.verify()

    expected = known()
    age(tmp_path, format_before)
    assert "passages_fts" not in tables(tmp_path / "library.sqlite3")
    assert known() == expected
    assert version(tmp_path / "library.sqlite3") == schema.SCHEMA
    now = tables(tmp_path / "library.sqlite3")
    assert now.keys() == new.keys()
    if format_before == 5:
        assert {name: sorted(sql.split(",")) for name, sql in now.items()} == new
    with opened(tmp_path) as library:
        assert library.add(replace(BAKERY, text=BAKERY.text.replace("1951", "1952"))).change == "corrected"
        library.remove(HARBOUR.id)
        assert library.verify() == []


def test_a_copy_is_made_before_the_first_change_and_stays(old: Path, before: int) -> None:
    for _ in range(2):
        store = Store(old, "words")
        assert store.article(HARBOUR.id) == HARBOUR
        assert store.verify() == []
        store.close()
        assert names(old) == ["library.sqlite3", f"library.sqlite3.before-{before}"]
    kept = old / f"library.sqlite3.before-{before}"
    assert (version(kept), version(old / "library.sqlite3")) == (before, schema.SCHEMA)
    assert "number" in columns(kept)
    db = sqlite3.connect(kept)
    assert db.execute("SELECT id, text FROM articles").fetchall() == [(HARBOUR.id, HARBOUR.text)]
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def test_what_is_in_the_wal_still_is_in_the_copy_too(old: Path, before: int) -> None:
    db = sqlite3.connect(old / "library.sqlite3")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("UPDATE articles SET title = 'Written last'")
    db.commit()  # and not closed, as after a power cut
    Store(old, "words").close()
    kept = sqlite3.connect(old / f"library.sqlite3.before-{before}")
    assert kept.execute("SELECT title FROM articles").fetchall() == [("Written last",)]
    kept.close()
    db.close()


def test_a_new_library_needs_no_copy(tmp_path: Path) -> None:
    Store(tmp_path, "words").close()
    assert names(tmp_path) == ["library.sqlite3"]


def test_without_room_for_the_copy_nothing_is_changed(old: Path, before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tables(old / "library.sqlite3")
    size = (old / "library.sqlite3").stat().st_size

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "sync", full)
        with pytest.raises(StoreError, match=r"Nothing was changed. Make room for 1 MB"):
            Store(old, "words")
    assert names(old) == ["library.sqlite3"]
    assert version(old / "library.sqlite3") == before
    assert tables(old / "library.sqlite3") == made
    assert (old / "library.sqlite3").stat().st_size == size
    Store(old, "words").close()  # there is room again
    assert version(old / f"library.sqlite3.before-{before}") == before


def test_a_change_that_fails_half_way_is_taken_back_whole(
    old: Path, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tables(old / "library.sqlite3")
    monkeypatch.setitem(schema.MIGRATIONS, 5, f"{schema.MIGRATIONS[5]};\nINSERT INTO no_such_table VALUES (1)")
    with pytest.raises(DamagedLibrary, match="no_such_table"):
        Store(old, "words")
    assert version(old / "library.sqlite3") == before
    assert tables(old / "library.sqlite3") == made
    monkeypatch.undo()
    store = Store(old, "words")
    assert store.article(HARBOUR.id) == HARBOUR
    store.close()


KILLED = """
import os, sys
from pathlib import Path
from index.store.sqlite import schema
from index.store.sqlite.library_store import Store

def execute(db, script):
    for statement in script.split(";\\n"):
        db.execute(statement)
        if "passages_fts" in statement:
            os._exit(9)

schema._execute = execute
Store(Path(sys.argv[1]), "words")
"""


def test_a_change_that_is_killed_half_way_has_changed_nothing(old: Path, before: int) -> None:
    made = tables(old / "library.sqlite3")
    assert subprocess.run([sys.executable, "-c", KILLED, str(old)], check=False).returncode == 9
    assert version(old / "library.sqlite3") == before
    assert tables(old / "library.sqlite3") == made
    with closing(Store(old, "words")) as store:
        assert store.article(HARBOUR.id) == HARBOUR
        assert store.verify() == []
    assert names(old) == ["library.sqlite3", f"library.sqlite3.before-{before}"]


def test_two_processes_bring_it_up_to_date_at_once(old: Path, before: int) -> None:
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
    assert version(old / f"library.sqlite3.before-{before}") == before
    store = Store(old, "words")
    assert store.verify() == []
    put(store, BAKERY)
    store.close()
    assert names(old) == ["library.sqlite3", f"library.sqlite3.before-{before}"]


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
    assert ChatState(second).chosen_article(Place(5)) == "a" * 12
    second.close()
    assert version(tmp_path / "bot.sqlite3") == SCHEMA


def test_a_bots_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    first = Database(tmp_path)
    first.run(f"PRAGMA user_version = {SCHEMA + 1}")
    first.close()
    before = (tmp_path / "bot.sqlite3").read_bytes()
    with pytest.raises(NewerLibrary, match=f"format {SCHEMA + 1}, this version knows {SCHEMA}"):
        Database(tmp_path)
    assert (tmp_path / "bot.sqlite3").read_bytes() == before
