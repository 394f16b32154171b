"""``quoth salvage``: what is left of a damaged library, word by word, and nothing else."""

import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.state.chats import ChatState, Place
from bot.state.database import Database
from bot.state.salvage import begin, take_along
from index.errors import DamagedLibrary, StoreError
from index.models import Article
from index.store.salvage import salvage
from index.store.sqlite import schema
from index.store.sqlite.library_store import Store
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, KYIV, document, put, tamper
from tests.support.old_libraries import age

PAGE = 4096  # bytes, SQLite's
MANY = [
    Article(f"Ship {n} came in.\n\n" + " ".join(f"It carried {n * i} tonnes of salt." for i in range(60)), f"Ship {n}")
    for n in range(60)
]


@pytest.fixture(scope="module", params=[5, schema.SCHEMA], ids="format {}".format)
def sound(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    with closing(Store(folder, "words")) as store:
        for article in MANY:
            put(store, replace(article, visible_text=article.text * 3))
    if request.param != schema.SCHEMA:
        age(folder, request.param)
    return folder


def spoilt(sound: Path, folder: Path, spoil: Callable[[bytearray], object]) -> Path:
    folder.mkdir(exist_ok=True)
    data = bytearray((sound / "library.sqlite3").read_bytes())
    spoil(data)
    (folder / "library.sqlite3").write_bytes(data)
    return folder


def test_of_a_sound_one_nothing_is_lost(sound: Path) -> None:
    before = (sound / "library.sqlite3").read_bytes()
    found = salvage(sound)
    assert [list(lineage) for lineage in found.lineages] == [[article] for article in MANY]
    assert found.lineages[0][0].visible_text
    assert found.lost == 0
    assert (sound / "library.sqlite3").read_bytes() == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), pages=st.integers(1, 40))
def test_what_is_found_is_word_by_word_what_was_there(sound: Path, tmp_path: Path, seed: int, pages: int) -> None:
    chance = random.Random(seed)

    def spoil(data: bytearray) -> None:
        for _ in range(pages):  # not the first, without which it is no database
            at = PAGE * chance.randrange(1, len(data) // PAGE) + chance.randrange(PAGE)
            length = chance.choice((1, 100, PAGE))
            data[at : at + length] = chance.randbytes(len(data[at : at + length]))

    texts = {article.text for article in MANY}
    try:
        found = salvage(spoilt(sound, tmp_path / "spoilt", spoil))
    except DamagedLibrary:
        return
    assert all(article.text in texts for lineage in found.lineages for article in lineage)
    assert len({lineage[-1].id for lineage in found.lineages}) == len(found.lineages)


def test_a_spoilt_page_costs_what_is_on_it(sound: Path, tmp_path: Path) -> None:
    """Each in turn: on average not even one article of the sixty, nor ever more than a page of the list can name."""
    size = (sound / "library.sqlite3").stat().st_size
    left = []
    for at in range(PAGE, size, PAGE * (size // PAGE // 50)):

        def spoil(data: bytearray, at: int = at) -> None:
            data[at : at + PAGE] = bytes(PAGE)

        left.append(len(salvage(spoilt(sound, tmp_path / "spoilt", spoil)).lineages))
    assert sum(left) / len(left) > len(MANY) - 1
    assert min(left) < len(MANY)  # the damage is felt


def test_only_the_current_version_is_current(tmp_path: Path) -> None:
    corrected = replace(HARBOUR, text=HARBOUR.text.replace("1974", "1975"))
    with closing(Store(tmp_path, "words")) as store:
        put(store, HARBOUR)
        put(store, BAKERY)
        store.add(document(corrected), HARBOUR.id)
    assert salvage(tmp_path).lineages == ((HARBOUR, corrected), (BAKERY,))
    tamper(tmp_path, "UPDATE articles SET text = 'x' WHERE id = ?", corrected.id)
    found = salvage(tmp_path)
    assert (found.lineages, found.lost) == (((BAKERY,),), 1)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE articles SET pk = 4378605414667 WHERE pk = 3",
        "UPDATE articles SET pk = -7 WHERE pk = 3",
        "UPDATE sqlite_sequence SET seq = 4378605414667",
        "UPDATE sqlite_sequence SET seq = x'FF'",
        "DELETE FROM sqlite_sequence",
    ],
)
def test_a_number_that_is_spoilt_is_no_work_for_years(tmp_path: Path, spoil: str) -> None:
    with closing(Store(tmp_path, "words")) as store:
        for article in ARTICLES:
            put(store, article)
    tamper(tmp_path, "DELETE FROM passages")  # whose foreign key would hold the number
    tamper(tmp_path, spoil)
    found = salvage(tmp_path)
    assert {lineage[0] for lineage in found.lineages} == set(ARTICLES)
    assert found.lost == 0


def test_two_that_are_current_are_two_articles(tmp_path: Path) -> None:
    """No hash covers to which lineage a version belongs."""
    with closing(Store(tmp_path, "words")) as store:
        for article in ARTICLES:
            put(store, article)
    tamper(tmp_path, "UPDATE articles SET lineage = 2 WHERE pk = 1")
    found = salvage(tmp_path)
    assert (set(found.lineages), found.lost) == ({(article,) for article in ARTICLES}, 0)


def test_an_older_version_of_either_of_two_is_taken_for_neither_s(tmp_path: Path) -> None:
    corrected = replace(HARBOUR, text=HARBOUR.text.replace("1974", "1975"))
    with closing(Store(tmp_path, "words")) as store:
        put(store, HARBOUR)
        store.add(document(corrected), HARBOUR.id)
        put(store, BAKERY)
    tamper(tmp_path, "UPDATE articles SET lineage = 1 WHERE id = ?", BAKERY.id)
    found = salvage(tmp_path)
    assert (set(found.lineages), found.lost) == ({(corrected,), (BAKERY,)}, 1)


VALUES = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=9)
    | st.text(max_size=9)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lineage=VALUES, superseded_at=VALUES)
def test_whatever_stands_for_its_story_and_its_end(
    tmp_path_factory: pytest.TempPathFactory, lineage: object, superseded_at: object
) -> None:
    """The others are there as ever, and of the one it is told when it is not."""
    folder = tmp_path_factory.mktemp("typed")
    corrected = replace(HARBOUR, text=HARBOUR.text.replace("1974", "1975"))
    with closing(Store(folder, "words")) as store:
        put(store, KYIV)
        put(store, HARBOUR)
        store.add(document(corrected), HARBOUR.id)
        put(store, BAKERY)
    tamper(folder, "UPDATE articles SET lineage = ?, superseded_at = ? WHERE id = ?", lineage, superseded_at, BAKERY.id)
    found = salvage(folder)
    assert {KYIV, corrected} <= {lineage[-1] for lineage in found.lineages}
    assert ((BAKERY,) in found.lineages) == (superseded_at is None)
    assert found.lost or sum(map(len, found.lineages)) == 4


def test_what_a_page_showed_is_not_needed(tmp_path: Path) -> None:
    with closing(Store(tmp_path, "words")) as store:
        put(store, replace(HARBOUR, visible_text="all of it"))
    tamper(tmp_path, "UPDATE articles SET visible_text = x'00'")
    found = salvage(tmp_path)
    assert (found.lineages, found.lost) == (((HARBOUR,),), 0)
    assert found.lineages[0][0].visible_text is None


@pytest.mark.parametrize("spoil", [lambda data: data.__setitem__(slice(0, 100), bytes(100)), bytearray.clear])
def test_where_nothing_is_left_it_says_so(sound: Path, tmp_path: Path, spoil: Callable[[bytearray], object]) -> None:
    with pytest.raises(StoreError, match=r"Nothing can be read|format 0"):
        salvage(spoilt(sound, tmp_path, spoil))


def test_there_is_none_or_it_is_of_another_version(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no library"):
        salvage(tmp_path)
    with closing(Store(tmp_path, "words")) as store:
        put(store, KYIV)
    tamper(tmp_path, "PRAGMA user_version = 4")
    with pytest.raises(StoreError, match="format 4"):
        salvage(tmp_path)


def test_a_folder_with_a_library_is_left_as_it_is(sound: Path) -> None:
    with pytest.raises(StoreError, match="has a library already"):
        begin(sound, sound)


def test_what_the_bot_remembers_goes_along_if_it_is_whole(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    new.mkdir()
    assert not take_along(old, new)
    with closing(Database(old)) as database:
        ChatState(database).choose(Place(5), HARBOUR.id)
    assert take_along(old, new)
    with closing(Database(new)) as database:
        assert ChatState(database).chosen_article(Place(5)) == HARBOUR.id
    (old / "bot.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(5000))
    newer = tmp_path / "newer"
    newer.mkdir()
    assert not take_along(old, newer)
    assert list(newer.iterdir()) == []


KILLED = """
import os, sys
from pathlib import Path
from bot.state.database import Database
from bot.state.chats import ChatState, Place
from index.store.sqlite.library_store import Store
from tests.support.engine import BAKERY, put
folder = Path(sys.argv[1])
database, store = Database(folder), Store(folder, "words")
ChatState(database).choose(Place(7), BAKERY.id)
put(store, BAKERY)
os._exit(9)
"""


def contents(folder: Path) -> dict[str, bytes]:
    """All but what SQLite makes of a WAL to find its way in it."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "killed"])
def test_the_old_folder_is_only_read(tmp_path: Path, killed: bool) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    new.mkdir()
    with closing(Database(old)) as database, closing(Store(old, "words")) as store:
        ChatState(database).choose(Place(7), HARBOUR.id)
        put(store, HARBOUR)
    if killed:
        root = Path(__file__).parents[3]
        assert subprocess.run([sys.executable, "-c", KILLED, str(old)], cwd=root, check=False).returncode == 9
    before, names = contents(old), sorted(path.name for path in old.iterdir())
    assert [bool(before.get(f"{name}.sqlite3-wal")) for name in ("bot", "library")] == [killed] * 2
    old.chmod(0o500)  # which does not hold back root
    try:
        assert begin(old, new).lineages == (((HARBOUR,), (BAKERY,)) if killed else ((HARBOUR,),))
        assert take_along(old, new)
    finally:
        old.chmod(0o700)
    assert contents(old) == before
    assert sorted(path.name for path in old.iterdir()) == names
    with closing(Database(new)) as database:
        assert ChatState(database).chosen_article(Place(7)) == (BAKERY if killed else HARBOUR).id


def test_a_damaged_library_can_be_salvaged(sound: Path, tmp_path: Path) -> None:
    def spoil(data: bytearray) -> None:
        data[PAGE:] = bytes(len(data) - PAGE)

    folder = spoilt(sound, tmp_path / "spoilt", spoil)
    with (
        pytest.raises(DamagedLibrary, check=lambda error: (error.remedy, error.folder) == ("salvage", folder)),
        closing(Store(folder, "words")) as store,
    ):
        store.listings()


@pytest.mark.parametrize(
    "damage",
    [
        "headings = '[-5]'", "headings = '[99]'", "headings = '[\"x\"]'", "headings = 'x'", "headings = '7'",
        "pages = '[null]'", "pages = '{'", "title = x'00ff'", "url = 7", "language = x'ff'", "author = 1.5",
    ],
)  # fmt: skip
def test_what_is_known_of_an_article_may_be_lost_but_not_its_text(tmp_path: Path, damage: str) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with closing(Store(old, "words")) as store:
        put(store, HARBOUR)
        put(store, BAKERY)
    tamper(old, f"UPDATE articles SET {damage} WHERE pk = 1")
    found = salvage(old)
    assert [lineage[-1].text for lineage in found.lineages] == [HARBOUR.text, BAKERY.text]
    assert (found.lineages[1], found.lost) == ((BAKERY,), 0)
    with closing(Store(new, "words")) as store:
        for (article,) in found.lineages:
            put(store, article)
        assert store.verify() == []
