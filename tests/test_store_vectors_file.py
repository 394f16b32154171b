"""The FAISS file: lost, torn, foreign or stale, it is made again, and finds the same."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.ann import PassageIndex
from index.errors import StoreError
from index.store import Store
from tests.engine import ARTICLES, BAKERY, HARBOUR, KYIV, put, vector


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
    found = store.verify()
    store.close()
    return found


def test_a_written_index_is_used(saved: tuple[Path, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, found = saved
    assert problems(folder) == []
    monkeypatch.setattr(PassageIndex, "add", None)  # nothing has to be added
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
    index = PassageIndex(256)
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
    monkeypatch.setattr("index.ann.os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        store.save_index()
    store.close()
    assert (folder / "vectors.faiss").read_bytes() == before
    assert sorted(path.name for path in folder.glob("*vectors*")) == ["vectors.faiss"]
    assert find(folder)[0] == found[0]
