"""``quoth backup`` and ``quoth restore``: whole or not at all, while others write, and nothing but what was put in."""

import io
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.state.backup import BackupError, back_up, restore
from bot.state.chats import ChatState, Place
from bot.state.database import Database
from bot.state.stored_updates import StoredUpdates
from index.errors import NewerLibrary, QuothError, StoreError
from index.library import checked
from index.store.sqlite import connection, schema
from index.store.sqlite.library_store import Store
from tests.support.engine import BAKERY, HARBOUR, KYIV, owners, put, tamper
from tests.support.old_libraries import age


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two articles, the index over them, and a chat that is on one of them."""
    folder = tmp_path / "data"
    with closing(Store(folder, "words")) as store:
        put(store, HARBOUR)
        put(store, BAKERY)
        store.save_index()
    with closing(Database(folder)) as opened:
        ChatState(opened).choose(Place(5), HARBOUR.id)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_restored_is_what_was_there(data: Path, tmp_path: Path) -> None:
    assert back_up(data, tmp_path / "kept.tar") == 2
    assert names(tmp_path) == ["data", "kept.tar"]
    assert stat.S_IMODE((tmp_path / "kept.tar").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "kept.tar") as tar:
        assert [(one.name, one.isreg()) for one in tar] == [("bot.sqlite3", True), ("library.sqlite3", True)]
    new = tmp_path / "not" / "yet"
    assert restore(tmp_path / "kept.tar", new) == 2
    assert names(new) == ["bot.sqlite3", "library.sqlite3"]
    with closing(Store(new, "words")) as store:
        assert [store.article(one.id) for one in (HARBOUR, BAKERY)] == [HARBOUR, BAKERY]
        assert HARBOUR.id in owners(store, "crane")
        assert store.verify() == []
    with closing(Database(new)) as opened:
        assert ChatState(opened).chosen_article(Place(5)) == HARBOUR.id


def test_it_is_made_while_others_have_the_data_open_and_in_their_wal(data: Path, tmp_path: Path) -> None:
    with closing(Store(data, "words")) as store, closing(Database(data)) as opened:
        put(store, KYIV)
        ChatState(opened).choose(Place(7), KYIV.id)
        assert (data / "library.sqlite3-wal").stat().st_size
        back_up(data, tmp_path / "kept.tar")
        store.remove(KYIV.id)
        assert store.verify() == []
    restore(tmp_path / "kept.tar", tmp_path / "new")
    with closing(Store(tmp_path / "new", "words")) as store, closing(Database(tmp_path / "new")) as opened:
        assert store.article(KYIV.id) == KYIV
        assert ChatState(opened).chosen_article(Place(7)) == KYIV.id


def test_it_holds_one_moment_while_another_process_adds(data: Path, tmp_path: Path) -> None:
    code = """
import sys
from dataclasses import replace
from pathlib import Path
from index.store.sqlite.library_store import Store
from tests.support.old_libraries import age
from tests.support.engine import HARBOUR, put
store = Store(Path(sys.argv[1]), "words")
for n in range(1_000_000):
    put(store, replace(HARBOUR, text=f"The mast number {n} is tall. " * 3))
    print(n, flush=True)
"""
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", code, str(data)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as adder:
        assert adder.stdout
        for n in range(3):
            for _ in range(5):
                before = int(adder.stdout.readline())
            count = back_up(data, tmp_path / f"{n}.tar")
            assert count >= before + 3
            assert restore(tmp_path / f"{n}.tar", tmp_path / str(n)) == count
        adder.kill()


def test_a_library_without_a_bot_is_kept_too(data: Path, tmp_path: Path) -> None:
    (data / "bot.sqlite3").unlink()
    back_up(data, tmp_path / "kept.tar")
    restore(tmp_path / "kept.tar", tmp_path / "new")
    assert names(tmp_path / "new") == ["library.sqlite3"]


def test_an_existing_file_is_left_as_it_is(data: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.tar").write_text("last week's")
    with pytest.raises(BackupError, match="exists already"):
        back_up(data, tmp_path / "kept.tar")
    assert (tmp_path / "kept.tar").read_text() == "last week's"


@pytest.mark.parametrize("folder", ["nothing", "empty"])
def test_where_there_is_no_library_nothing_is_made(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BackupError, match="no library"):
        back_up(tmp_path / folder, tmp_path / "kept.tar")
    assert names(tmp_path) == ["empty"]
    assert names(tmp_path / "empty") == []


def test_a_file_in_a_folder_that_is_not_there(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No such file or directory"):
        back_up(data, tmp_path / "missing" / "kept.tar")


@pytest.mark.parametrize("place", [(connection, "sync"), (os, "fsync")], ids=["the copies", "the file"])
def test_without_room_there_is_no_file(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[object, str]
) -> None:
    def full(what: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*place, full)
    with pytest.raises(BackupError, match=r"No space left .* has room"):
        back_up(data, tmp_path / "kept.tar")
    assert names(tmp_path) == ["data"]


def test_data_that_are_damaged_make_no_backup(data: Path, tmp_path: Path) -> None:
    tamper(data, "UPDATE articles SET text = replace(text, '1974', '1975') WHERE id = ?", HARBOUR.id)
    with pytest.raises(StoreError, match=rf"{data} is damaged .1 faults, the first: {HARBOUR.id}.*quoth verify"):
        back_up(data, tmp_path / "kept.tar")
    assert names(tmp_path) == ["data"]


@pytest.mark.parametrize("version", [4, 5])
def test_an_earlier_version_is_kept_as_it_is(data: Path, tmp_path: Path, version: int) -> None:
    """So that the version that wrote it can read the backup."""
    age(data, version)
    back_up(data, tmp_path / "kept.tar")
    assert f"library.sqlite3.before-{version}" not in names(data)
    shutil.unpack_archive(tmp_path / "kept.tar", tmp_path / "by hand")
    with closing(sqlite3.connect(tmp_path / "by hand" / "library.sqlite3")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
    assert restore(tmp_path / "kept.tar", tmp_path / "new") == 2
    with closing(Store(tmp_path / "new", "words")) as store:
        assert store.article(HARBOUR.id) == HARBOUR


def test_data_of_a_newer_version_are_left_to_that_one(data: Path, tmp_path: Path) -> None:
    tamper(data, f"PRAGMA user_version = {schema.SCHEMA + 1}")
    with pytest.raises(NewerLibrary, match="newer version"):
        back_up(data, tmp_path / "kept.tar")


@pytest.mark.parametrize("name", ["library.sqlite3", "bot.sqlite3", "library.sqlite3-wal", "bot.sqlite3-journal"])
def test_a_folder_with_data_is_left_as_it_is(data: Path, tmp_path: Path, name: str) -> None:
    back_up(data, tmp_path / "kept.tar")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / name).write_text("somebody's")
    with pytest.raises(BackupError, match=f"has a {name} already"):
        restore(tmp_path / "kept.tar", tmp_path / "new")
    assert (tmp_path / "new" / name).read_text() == "somebody's"
    assert names(tmp_path / "new") == [name]


def test_the_index_of_another_time_does_not_survive(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "kept.tar")
    with closing(Store(data, "words")) as store:
        store.remove(HARBOUR.id)
        put(store, KYIV)
        store.save_index()
    for name in ("library.sqlite3", "bot.sqlite3"):
        (data / name).rename(tmp_path / name)
    restore(tmp_path / "kept.tar", data)
    assert names(data) == ["bot.sqlite3", "library.sqlite3"]
    with closing(Store(data, "words")) as store:
        put(store, replace(BAKERY, text="A lighthouse was lit in 1860. It burns oil."))
        assert HARBOUR.id in owners(store, "crane")


@pytest.mark.parametrize("announcements", [True, False], ids=["of today", "older, without announcements"])
def test_what_was_in_hand_is_not_done_again(data: Path, tmp_path: Path, announcements: bool) -> None:
    """Questions that were answered and articles that were announced since."""
    with closing(Database(data)) as opened:
        StoredUpdates(opened).keep(7, "{}")
        opened.run("INSERT INTO announcements VALUES (?, 'https://news.example/feed')", HARBOUR.id)
        if not announcements:
            opened.run("DROP TABLE announcements")
    back_up(data, tmp_path / "kept.tar")
    with closing(Database(data)) as opened:
        assert StoredUpdates(opened).waiting() == 1  # where nothing was restored
    restore(tmp_path / "kept.tar", tmp_path / "new")
    assert names(tmp_path / "new") == ["bot.sqlite3", "library.sqlite3"]
    with closing(Database(tmp_path / "new")) as opened:
        assert StoredUpdates(opened).waiting() == 0
        assert not StoredUpdates(opened).keep(7, "{}")  # which Telegram sends again
        assert opened.run("SELECT * FROM announcements") == []
        assert ChatState(opened).chosen_article(Place(5)) == HARBOUR.id


# What is no backup


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with closing(Store(folder / "data", "words")) as store:
        put(store, HARBOUR)
    with closing(Database(folder / "data")):
        pass
    back_up(folder / "data", folder / "kept.tar")
    return folder / "kept.tar"


@given(st.integers(0, 10**6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_torn_backup_is_refused_wherever_it_is_torn(whole: Path, tmp_path: Path, place: int) -> None:
    data = whole.read_bytes()
    (tmp_path / "torn.tar").write_bytes(data[: place % len(data.rstrip(b"\0"))])
    with pytest.raises(BackupError, match="not a complete backup"):
        restore(tmp_path / "torn.tar", tmp_path / "new")
    assert names(tmp_path / "new") == []


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_backup_with_changed_bytes_is_refused_or_holds_the_article(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    spoilt = bytearray(whole.read_bytes())
    for place, change in changes:
        spoilt[place % len(spoilt)] ^= change
    (folder / "spoilt.tar").write_bytes(spoilt)
    try:
        restore(folder / "spoilt.tar", folder / "new")
    except QuothError:
        assert names(folder / "new") == []
    else:
        assert checked(folder / "new") == (1, [])
        with closing(Store(folder / "new", "words")) as store:
            assert store.article(HARBOUR.id).text == HARBOUR.text


def entry(name: str, data: bytes = b"", **about: object) -> bytes:
    made = tarfile.TarInfo(name)
    made.size = len(data)
    for key, value in about.items():
        setattr(made, key, value)
    return made.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a backup at all",
        bytes(1024),
        entry("bot.sqlite3", b"x") + bytes(1024),
        entry("../library.sqlite3", b"x"),
        entry("/etc/passwd", b"x"),
        entry("library.sqlite3/", type=tarfile.DIRTYPE),
        entry("library.sqlite3", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry("library.sqlite3", type=tarfile.LNKTYPE, linkname="bot.sqlite3"),
        entry("library.sqlite3", type=tarfile.FIFOTYPE),
        entry("library.sqlite3", size=10**12),
        entry("library.sqlite3", size=-512),
        entry("library.sqlite3", b"x") * 2,
        entry("library.sqlite3", b"x") + entry("more", b"x"),
    ],
)
def test_nothing_else_is_unpacked(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.tar").write_bytes(content)
    with pytest.raises(BackupError, match="not a complete backup"):
        restore(tmp_path / "odd.tar", tmp_path / "new")
    assert names(tmp_path) == ["new", "odd.tar"]
    assert names(tmp_path / "new") == []


def test_a_compressed_backup_has_to_be_unpacked_first(whole: Path, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz"):
        pass
    (tmp_path / "kept.tar.gz").write_bytes(packed.getvalue() + whole.read_bytes())
    with pytest.raises(BackupError, match="not a complete backup"):
        restore(tmp_path / "kept.tar.gz", tmp_path / "new")


def test_a_backup_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="does not exist"):
        restore(tmp_path / "kept.tar", tmp_path / "new")
    assert names(tmp_path) == []
