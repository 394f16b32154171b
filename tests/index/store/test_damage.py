"""A library file changed behind the library's back: what is refused and what ``verify`` finds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import DamagedLibrary, Fault
from index.models import Article
from index.store.sqlite.index_sync import matrix
from index.store.sqlite.library_store import Store
from tests.support.engine import BAKERY, HARBOUR, put, tamper
from tests.support.errors import remedied_by


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, "words")
    yield store
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        "text = replace(text, '1974', '1975')",
        "text = text || '.'",
        "digest = 'x'",
        "visible_text = x'789c030000000002'",
        "text = CAST(substr(CAST(text AS BLOB), 1, 40) || x'ff' || substr(CAST(text AS BLOB), 42) AS TEXT)",
    ],
)
def test_a_changed_text_is_not_given_out(tmp_path: Path, store: Store, change: str) -> None:
    put(store, HARBOUR)
    put(store, BAKERY)
    tamper(tmp_path, f"UPDATE articles SET {change} WHERE id = ?", HARBOUR.id)
    again = Store(tmp_path, "words")
    for call in (again.article, again.document):
        with pytest.raises(DamagedLibrary) as caught:
            call(HARBOUR.id)
        assert (caught.value.remedy, caught.value.article_id) == ("replace", HARBOUR.id)
    assert again.article(BAKERY.id) == BAKERY
    assert [HARBOUR.id in fault.what for fault in again.verify()] == [True]
    again.remove(HARBOUR.id)
    put(again, HARBOUR)
    assert again.article(HARBOUR.id) == HARBOUR
    assert again.verify() == []
    again.close()


def test_words_that_are_counted_wrongly_are_found(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    tamper(tmp_path, "UPDATE doc_freq SET passages = passages + 1 WHERE term = 'crane'")
    assert ["counted wrongly" in fault.what for fault in store.verify()] == [True]


def test_passages_outside_the_text_are_not_given_out(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    tamper(tmp_path, 'UPDATE passages SET "end" = 100000 WHERE id = 1')
    with pytest.raises(DamagedLibrary, match="outside"):
        store.document(HARBOUR.id)


def test_vectors_of_different_lengths_are_not_given_out(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    tamper(tmp_path, "UPDATE passages SET sentence_vec = x'00000000' WHERE id = 1")
    with pytest.raises(DamagedLibrary, match="differ in length"):
        store.document(HARBOUR.id)


NAN = np.full(256, np.nan, np.float32).tobytes()
HUGE = np.full(256, 9, np.float32).tobytes()


@pytest.mark.parametrize(
    ("statement", "values", "complaint"),
    [
        ("UPDATE passages SET start = 3 WHERE id = 2", (), "does not fit"),
        ('UPDATE passages SET "end" = 9999 WHERE id = 2', (), "does not fit"),
        ("UPDATE passages SET paragraph = 2 WHERE id = 2", (), "does not fit"),
        ("UPDATE passages SET sentence_vec = ? WHERE id = 2", (NAN,), "vector"),
        ("UPDATE passages SET context_vec = ? WHERE id = 2", (NAN,), "vector"),
        ("UPDATE passages SET context_vec = ? WHERE id = 2", (HUGE,), "vector"),
        ("UPDATE passages SET sentence_vec = zeroblob(1024) WHERE id = 2", (), "vector"),
        ("UPDATE passages SET sentence_vec = x'0000803f' WHERE id = 2", (), "different lengths"),
        ("UPDATE passages SET sentence_vec = x'00' WHERE id = 2", (), "vector"),
        ("DELETE FROM passages_fts WHERE rowid = 2", (), "full text: passages are missing"),
        ("INSERT INTO passages_fts (rowid, terms) VALUES (999, 'x')", (), "full text: holds passages that are gone"),
        ("DELETE FROM articles", (), "passages of no article"),
        ("UPDATE articles SET text = 'x'", (), "does not match its hash"),
        ("UPDATE articles SET id = 'abcdefabcdef'", (), "does not match its hash"),
    ],
)
def test_verify_finds(tmp_path: Path, store: Store, statement: str, values: tuple[bytes, ...], complaint: str) -> None:
    put(store, HARBOUR)
    assert store.verify() == []
    tamper(tmp_path, statement, *values)
    assert any(complaint in fault.what for fault in store.verify())


def test_verify_finds_an_article_without_passages(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    tamper(tmp_path, "DELETE FROM passages")
    tamper(tmp_path, "DELETE FROM passages_fts")
    assert store.verify() == [Fault(f"{HARBOUR.id}: has no passages.", "rebuild")]


@pytest.mark.parametrize("column", ["sentence_vec", "context_vec", "start", "paragraph"])
@pytest.mark.parametrize("value", [None, "text"])
def test_what_is_not_of_its_kind_is_damage(tmp_path: Path, column: str, value: object) -> None:
    """As a damaged byte makes it, whatever the table's constraints say."""
    with closing(Store(tmp_path, "words")) as store:
        put(store, HARBOUR)
    with closing(sqlite3.connect(tmp_path / "library.sqlite3", isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'passages'")
    tamper(tmp_path, f"UPDATE passages SET {column} = ?", value)
    with closing(Store(tmp_path, "words")) as store:
        assert {fault.remedy for fault in store.verify()} == {"rebuild"}
        with pytest.raises(DamagedLibrary, check=remedied_by("rebuild")):
            store.document(HARBOUR.id)
        if column == "sentence_vec":
            for work in (store.load_index, store.save_index):
                with pytest.raises(DamagedLibrary, check=remedied_by("rebuild")):
                    work()


def test_what_goes_on_in_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    long = Article(" ".join(f"The ship number {n} carries {n * 7} tonnes of salt." for n in range(900)), "Salt")
    path = tmp_path / "library.sqlite3"
    with closing(Store(tmp_path, "words")) as store:
        put(store, long)
    data = bytearray(path.read_bytes())
    page = data.index(b"The ship number 500 carries") // 4096 * 4096
    data[page : page + 4] = b"\x7f\xff\xff\xff"  # the number of the page on which it goes on
    path.write_bytes(data)
    with closing(Store(tmp_path, "words")) as store, pytest.raises(DamagedLibrary):
        store.article(long.id)


@pytest.mark.parametrize("blobs", [[b"1234", None], [None], [b"1234", "1234"]])
def test_vectors_of_which_nothing_could_be_read(blobs: list[Any]) -> None:
    with pytest.raises(DamagedLibrary, check=remedied_by("rebuild")):
        matrix(blobs)
