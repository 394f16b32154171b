"""The FAISS file: lost, torn, foreign or stale, it is made again, and finds the same."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.errors import StoreError
from index.models import Article
from index.store import vector_index
from index.store.sqlite import index_sync, meta
from index.store.sqlite.library_store import Store
from index.store.vector_index import Mark, VectorIndex
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, KYIV, put, vector
from tests.support.errors import remedied_by


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, list[int]]:
    """A folder with a written index, and what it finds."""
    store = Store(tmp_path, "words")
    for article in ARTICLES:
        put(store, article)
    store.save_index()
    found = store.nearest(vector("Who built the crane?"), 7)
    store.close()
    return tmp_path, found


def find(folder: Path) -> list[int]:
    store = Store(folder, "words")
    found = store.nearest(vector("Who built the crane?"), 7)
    store.close()
    return found


def problems(folder: Path) -> list[str]:
    store = Store(folder, "words")
    found = [fault.what for fault in store.verify()]
    store.close()
    return found


def test_a_written_index_is_used(saved: tuple[Path, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, found = saved
    assert problems(folder) == []
    monkeypatch.setattr(VectorIndex, "add", None)  # nothing has to be added
    assert find(folder) == found


def test_a_missing_index_is_made_again(saved: tuple[Path, list[int]]) -> None:
    folder, found = saved
    (folder / "vectors.faiss").unlink()
    assert find(folder) == found
    assert problems(folder) == []


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.999])
def test_a_torn_index_is_made_again(saved: tuple[Path, list[int]], share: float) -> None:
    folder, found = saved
    path = folder / "vectors.faiss"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert find(folder) == found
    assert ["vectors.faiss" in line for line in problems(folder)] == [True]


@pytest.mark.parametrize("place", [0, 5, 60, 150, -4000, -1])
def test_an_index_with_a_changed_byte_is_made_again(saved: tuple[Path, list[int]], place: int) -> None:
    folder, found = saved
    path = folder / "vectors.faiss"
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    assert find(folder) == found
    assert problems(folder)


@pytest.mark.parametrize("content", [b"\n", b"[]\n", b"{}\n", b'"a"\nx', b'{"sha256": 1}\nabc', b"\xff\xfe\n"])
def test_a_file_that_is_no_index_is_made_again(saved: tuple[Path, list[int]], content: bytes) -> None:
    folder, found = saved
    (folder / "vectors.faiss").write_bytes(content)
    assert find(folder) == found
    assert problems(folder)


def test_an_index_of_another_library_is_not_used(saved: tuple[Path, list[int]], tmp_path: Path) -> None:
    folder, found = saved
    foreign = tmp_path / "foreign"
    store = Store(foreign, "words")
    put(store, replace(BAKERY, text="Only one sentence stands here."))
    store.save_index()
    store.close()
    (foreign / "vectors.faiss").replace(folder / "vectors.faiss")
    assert find(folder) == found
    assert "another library" in problems(folder)[0]


def test_an_index_of_another_model_is_not_used(saved: tuple[Path, list[int]]) -> None:
    folder, found = saved
    db = sqlite3.connect(folder / "library.sqlite3")
    library = db.execute("SELECT value FROM meta WHERE key = 'library'").fetchone()[0]
    db.close()
    index = VectorIndex(256)
    index.add(np.array([found[-1]]), vector("Who built the crane?")[None, :])
    index.save(folder / "vectors.faiss", {"model": "other", "library": library})
    assert find(folder) == found
    assert "another model" in problems(folder)[0]


def test_a_stale_index_is_brought_up_to_date(saved: tuple[Path, list[int]]) -> None:
    folder, _ = saved
    store = Store(folder, "words")
    store.remove(HARBOUR.id)
    put(store, replace(BAKERY, title="The crane"))  # its passages get new numbers
    found = store.nearest(vector("Who built the crane?"), 50)
    store.close()
    assert find(folder) == found[:7]
    store = Store(folder, "words")
    assert {owner for _, owner in store.blended(found)[0]} == {BAKERY.id, KYIV.id}
    store.close()


def test_a_failing_write_leaves_the_old_index_whole(
    saved: tuple[Path, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, found = saved
    before = (folder / "vectors.faiss").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    store = Store(folder, "words")
    store.remove(BAKERY.id)
    monkeypatch.setattr("index.store.vector_index.os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        store.save_index()
    store.close()
    assert (folder / "vectors.faiss").read_bytes() == before
    assert sorted(path.name for path in folder.glob("*vectors*")) == ["vectors.faiss"]
    assert find(folder)[0] == found[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_an_index_that_has_no_room_is_not_written(
    saved: tuple[Path, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, found = saved
    before = (folder / "vectors.faiss").read_bytes()
    store = Store(folder, "words")
    store.remove(KYIV.id)
    write = faiss.write_index
    monkeypatch.setattr(faiss, "write_index", lambda index, name: write(index, "/dev/full"))
    with pytest.raises(StoreError, match=r"vectors\.faiss cannot be written", check=remedied_by("room")):
        store.save_index()
    store.close()
    assert (folder / "vectors.faiss").read_bytes() == before
    assert sorted(path.name for path in folder.glob("*vectors*")) == ["vectors.faiss"]
    assert find(folder)[0] == found[0]


def test_a_file_of_an_earlier_version_is_made_again(saved: tuple[Path, list[int]]) -> None:
    folder, found = saved
    (folder / "vectors.faiss").write_bytes(b'{"format": "quoth-vectors-1", "sha256": ""}\nindex')
    assert find(folder) == found
    assert problems(folder) == []


# What has changed since the index was written


def marked(folder: Path) -> Mark:
    with closing(sqlite3.connect(folder / "library.sqlite3")) as db:
        found = VectorIndex.peek(folder / "vectors.faiss", meta.stamp(db))
    assert found is not None
    return found


def test_what_was_removed_is_not_found_by_an_older_index(saved: tuple[Path, list[int]]) -> None:
    folder, _ = saved
    store = Store(folder, "words")
    store.remove(HARBOUR.id)
    store.close()
    store = Store(folder, "words")
    left = store.nearest(vector("Who built the crane?"), 50)
    assert len(left) == sum(one.passages for one in store.listings())
    assert {owner for _, owner in store.blended(left)[0]} == {BAKERY.id, KYIV.id}
    store.close()


def test_an_open_store_follows_another_one(saved: tuple[Path, list[int]]) -> None:
    folder, _ = saved
    scorer, writer = Store(folder, "words"), Store(folder, "words")
    asked = vector("Who built the crane?")
    scorer.nearest(asked, 7)
    writer.remove(HARBOUR.id)
    assert len(scorer.nearest(asked, 50)) == sum(one.passages for one in writer.listings())
    put(writer, HARBOUR)
    put(writer, replace(BAKERY, title="The crane"))
    found = scorer.nearest(asked, 50)
    assert len(found) == len(set(found)) == sum(one.passages for one in writer.listings())
    assert scorer.blended(found[:1])[0][0][1] == HARBOUR.id
    scorer.close()
    writer.close()


def test_an_index_is_not_written_again_for_little(saved: tuple[Path, list[int]]) -> None:
    folder, _ = saved
    before = marked(folder)
    store = Store(folder, "words")
    store.save_index()
    assert marked(folder) == before
    store.remove(BAKERY.id)  # more than a hundredth
    store.save_index()
    store.close()
    assert marked(folder).generation == before.generation + 1


# Many passages


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library is large from 40 passages on."""
    for module in (vector_index, index_sync):
        monkeypatch.setattr(module, "EXACT", 40)


def many(seed: int) -> Article:
    words = [f"word{(seed * 31 + i * i) % 97} thing{(seed + i) % 23} item{i}" for i in range(8)]
    return Article(
        " ".join(f"The {two} stood in the hall number {seed}." for two in words), f"Many {seed}", language="en"
    )


@pytest.mark.usefixtures("large")
def test_a_large_library_finds_nearly_what_a_small_one_finds(tmp_path: Path) -> None:
    store, exact = Store(tmp_path, "words"), []
    for seed in range(30):
        put(store, many(seed))
        exact += store.document(many(seed).id).passages
    store.save_index()
    assert marked(tmp_path).trained == len(exact) == 240
    hits = 0
    for seed in range(0, 30, 3):
        asked = vector(f"word{(seed * 31 + 9) % 97} thing{(seed + 3) % 23} hall {seed}")
        _, every = store.blended(range(1, 241))
        best = set((np.argsort(-(every @ asked), kind="stable")[:5] + 1).tolist())
        hits += len(best & set(store.nearest(asked, 10)))
    assert hits >= 35  # of 50
    store.close()


@pytest.mark.usefixtures("large")
def test_a_large_library_keeps_up_with_changes(tmp_path: Path) -> None:
    store = Store(tmp_path, "words")
    for seed in range(12):
        put(store, many(seed))
    store.save_index()
    trained = marked(tmp_path).trained
    assert trained == 96
    asked = vector("word0 item3 hall number 5")
    store.remove(many(5).id)
    put(store, HARBOUR)
    assert HARBOUR.id in {owner for _, owner in store.blended(store.nearest(vector("Who built the crane?"), 3))[0]}
    assert many(5).id not in {owner for _, owner in store.blended(store.nearest(asked, 100))[0]}
    for seed in range(12, 60):  # more than four times as many: its centroids are found anew
        put(store, many(seed))
    store.save_index()
    assert marked(tmp_path).trained > 4 * trained
    assert len(store.nearest(asked, 10)) == 10
    assert store.verify() == []
    store.close()


def test_the_index_of_a_later_state_is_not_used(tmp_path: Path) -> None:
    """As when library.sqlite3 alone was put back: the numbers of its passages are given to others."""
    store = Store(tmp_path, "words")
    put(store, HARBOUR)
    store.save_index()
    store.close()
    earlier = (tmp_path / "library.sqlite3").read_bytes()
    store = Store(tmp_path, "words")
    put(store, BAKERY)
    store.save_index()
    store.close()
    (tmp_path / "library.sqlite3").write_bytes(earlier)
    assert "another state" in problems(tmp_path)[0]
    store = Store(tmp_path, "words")
    put(store, KYIV)
    put(store, replace(KYIV, text="Тут стоїть інше речення. Воно коротке."))
    asked = store.nearest(vector("Міст через річку відкрили в суботу."), 1)
    assert [owner for _, owner in store.blended(asked)[0]] == [KYIV.id]
    store.save_index()
    assert store.verify() == []
    store.close()


def test_whichever_of_two_writers_was_last_its_index_is_used(
    saved: tuple[Path, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = saved
    first = (folder / "vectors.faiss").read_bytes()
    store = Store(folder, "words")
    store.remove(BAKERY.id)
    store.save_index()
    found = store.nearest(vector("Who built the crane?"), 7)
    store.close()
    assert (folder / "vectors.faiss").read_bytes() != first
    (folder / "vectors.faiss").write_bytes(first)  # its rename came later
    assert problems(folder) == []
    monkeypatch.setattr(VectorIndex, "add", None)  # nothing has to be added
    assert find(folder) == found


def test_what_killed_processes_left_is_swept_away_but_nobody_elses_work(saved: tuple[Path, list[int]]) -> None:
    folder, _ = saved
    for name in (".vectors-old", ".vectors-new"):
        (folder / name).write_bytes(b"torn")
    os.utime(folder / ".vectors-old", (1_000_000, 1_000_000))
    store = Store(folder, "words")
    store.remove(BAKERY.id)
    store.save_index()
    store.close()
    assert [path.name for path in folder.glob(".vectors-*")] == [".vectors-new"]
