"""The library when things go wrong: no room, no right to write, damaged bytes, a process that is killed at any moment.

What cannot be done is one clear error that names what to do; no article is lost, and no quote is made up.
"""

import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.library_faults import opened, run
from bot.state.chats import ChatState, Place
from bot.state.database import Database
from index.errors import DamagedLibrary, QuothError, StoreError
from index.library import Library
from index.models import Answer, Article
from index.store.sqlite.library_store import Store
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, KYIV, owners
from tests.support.errors import remedied_by

WHEN = "Which engineers built the crane in 1974?"
TEXTS = {article.id: article.text for article in ARTICLES}
LARGE = Article(" ".join(f"The ship number {n} carries {n * 7} tonnes of salt." for n in range(200)), "Salt")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with opened(tmp_path) as library:
        for article in ARTICLES[:2]:
            library.add(article)
        yield library


def assert_whole(library: Library) -> None:
    """The two articles are there as they were, and answer."""
    assert [one.id for one in library.articles()] == [BAKERY.id, HARBOUR.id]
    assert library.verify() == []
    for where in (None, HARBOUR.id):
        found = library.ask(WHEN, where)
        assert isinstance(found, Answer)
        assert found.quotes[0].text == "Engineers built the crane in 1974."


# No room


def test_a_full_disk_loses_nothing_and_says_so(tmp_path: Path, library: Library) -> None:
    assert isinstance(library._store, Store)
    db = library._store._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages + 3}")
    before = library.article(HARBOUR.id)
    for change in (
        lambda: library.add(LARGE),
        lambda: library.add(replace(LARGE, url=HARBOUR.url)),
        lambda: library.add(LARGE, corrects=BAKERY.id),
    ):
        with pytest.raises(StoreError, match="full", check=remedied_by("room")):
            change()
        assert_whole(library)
    assert library.article(HARBOUR.id) == before
    db.execute(f"PRAGMA max_page_count = {pages + 10_000}")
    library.add(LARGE)
    assert library.verify() == []


LIMITED = """
import resource, sys
from pathlib import Path
from bot.wording.advice import advised
from index.errors import StoreError
from benchmarks.library_faults import opened
from bot.state.database import Database
from tests.index.store.test_library_faults import LARGE
folder, what = Path(sys.argv[1]), sys.argv[2]
size = max(path.stat().st_size for path in folder.iterdir())
with opened(folder) as library:
    if what == "rebuild":
        (folder / "library.rebuilding").touch()
        size = 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000 if what != "rebuild" else size,) * 2)
    try:
        match what:
            case "add":
                library.add(LARGE)
            case "rebuild":
                library.rebuild()
            case "bot":
                database = Database(folder)
                for n in range(1000):
                    database.run("INSERT INTO facts VALUES (?, ?)", str(n), "x" * 1000)
    except StoreError as error:
        print(advised(error))
"""


@pytest.mark.parametrize("what", ["add", "rebuild", "bot"])
def test_files_that_may_not_grow_lose_nothing(tmp_path: Path, library: Library, what: str) -> None:
    """As on a full disk, without SQLite knowing beforehand."""
    Database(tmp_path).close()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), what],
        capture_output=True, text=True, cwd=Path(__file__).parents[3], check=True,
    )  # fmt: skip
    assert "has room" in done.stdout, done
    assert "disk" in done.stdout
    assert_whole(library)
    assert library.rebuild() == 2
    assert_whole(library)
    with closing(Database(tmp_path)) as database:
        ChatState(database).choose(Place(5), HARBOUR.id)
        assert ChatState(database).chosen_article(Place(5)) == HARBOUR.id


# Only reading


def test_what_is_in_the_wal_is_read_where_nothing_may_be_written(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder mounted read-only: of a bot that runs elsewhere, or lost its power."""
    assert (tmp_path / "library.sqlite3-wal").stat().st_size
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with opened(tmp_path) as scorer:
        assert_whole(scorer)
        library.add(KYIV)
        assert scorer.article(KYIV.id) == KYIV
        for change in (lambda: scorer.add(LARGE), lambda: scorer.remove(KYIV.id)):
            with pytest.raises(StoreError, match="readonly", check=remedied_by("room")):
                change()
    library.remove(KYIV.id)
    assert_whole(library)


# Damaged bytes


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with opened(folder) as library:
        for article in ARTICLES:
            library.add(article)
        library.save_index()
    return folder


DAMAGES = st.sampled_from(["header", "bytes", "page", "noise", "cut"])


def damaged(data: bytes, how: str, seed: int) -> bytes:
    rng = random.Random(seed)
    spoilt, at = bytearray(data), rng.randrange(len(data))
    match how:
        case "header":
            spoilt[at % 100] ^= rng.randrange(1, 256)
        case "bytes":
            for _ in range(3):
                spoilt[rng.randrange(len(data))] ^= rng.randrange(1, 256)
        case "page":
            spoilt[at // 4096 * 4096 : (at // 4096 + 1) * 4096] = bytes(4096)
        case "noise":
            end = min(at + 3000, len(data))
            spoilt[at:end] = rng.randbytes(end - at)
        case _:
            del spoilt[at:]
    return bytes(spoilt)


@given(DAMAGES, st.integers(0, 10**6))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_told_of_or_does_no_harm(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, how: str, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "data"
    shutil.copytree(whole, folder)
    path = folder / "library.sqlite3"
    path.write_bytes(damaged(path.read_bytes(), how, seed))
    with suppress(QuothError), opened(folder) as library:
        for where in (None, HARBOUR.id):
            with suppress(QuothError):
                found = library.ask(WHEN, where)
                for quote in found.quotes if isinstance(found, Answer) else ():
                    assert quote.article.text == TEXTS[quote.article.id]
                    assert quote.text in TEXTS[quote.article.id]
        for work in (library.verify, library.articles, library.rebuild, lambda: library.add(LARGE)):
            with suppress(QuothError):
                work()
        with suppress(QuothError):
            for one in library.articles():
                with suppress(QuothError):
                    assert library.article(one.id).text == (TEXTS | {LARGE.id: LARGE.text})[one.id]


@given(DAMAGES, st.integers(0, 10**6))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_index_is_made_again(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, how: str, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "data"
    shutil.copytree(whole, folder)
    path = folder / "vectors.faiss"
    before = path.read_bytes()
    path.write_bytes(damaged(before, how, seed))
    with closing(Store(folder, "words")) as store:
        assert owners(store, WHEN, 1) == [HARBOUR.id]
        assert [fault for fault in store.verify() if fault.remedy != "rebuild"] == []
        assert (store.verify() == []) == (path.read_bytes() == before)


def test_words_of_sqlite_that_are_no_text_are_damage_too(tmp_path: Path, library: Library) -> None:
    """It quotes the damaged schema, whatever stands there."""
    library.close()
    path = tmp_path / "library.sqlite3"
    data = path.read_bytes()
    assert data.count(b"CREATE TABLE passages") == 1
    path.write_bytes(data.replace(b"CREATE TABLE passages", b"CREATE TABLE \x82\xff\xfe ages"))
    with pytest.raises(DamagedLibrary, check=remedied_by("salvage")), opened(tmp_path) as torn:
        torn.ask(WHEN)


# Several at once, and killed


def test_two_that_add_the_same_article_at_once_have_one(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from benchmarks.library_faults import opened\n"
        "from tests.support.engine import ARTICLES\n"
        "sys.stdin.readline()\n"
        "with opened(Path(sys.argv[1])) as library:\n"
        "    for article in ARTICLES * 5: library.add(article)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(__file__).parents[3]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, cwd=root, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    with opened(tmp_path) as library:
        assert sorted(one.id for one in library.articles()) == sorted(TEXTS)
        assert library.verify() == []


def test_several_open_the_bots_file_at_once(tmp_path: Path) -> None:
    for n in range(5):
        folder, barrier = tmp_path / str(n), threading.Barrier(4)

        def work(_: int, folder: Path = folder, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            Database(folder).close()

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(4))) == [None] * 4


def test_killed_at_any_moment_it_loses_nothing(tmp_path: Path) -> None:
    """Three of the two hundred of ``python -m benchmarks.faults library``."""
    for one in run(tmp_path, 3, seed=7):
        assert (one.lost, one.returned, one.wrong, one.unanswered, one.faults) == (0, 0, 0, 0, ())
