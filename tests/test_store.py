"""The library on disk: what is kept, what is noticed, what is rebuilt."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ann import PassageIndex
from index.embedder import Vectors
from index.errors import DamagedLibrary, ModelMismatch, NewerLibrary, StoreError, UnknownArticle
from index.lexical import terms
from index.models import Article
from index.passages import split
from index.store import Store
from tests.embedder import WordEmbedder
from tests.engine import ARTICLES, BAKERY, HARBOUR, KYIV, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, "words")
    yield store
    store.close()


@pytest.fixture
def other(tmp_path: Path, store: Store) -> Iterator[Store]:
    """A second process's view of the same folder."""
    other = Store(tmp_path, "words")
    yield other
    other.close()


def vector(text: str) -> Vectors:
    return WordEmbedder().questions([text])[0]


def tamper(folder: Path, statement: str, *values: object) -> None:
    """Change the database file behind the library's back."""
    db = sqlite3.connect(folder / "library.sqlite3")
    assert db.execute(statement, values).rowcount != 0
    db.commit()
    db.close()


def owners(store: Store, asked: str, k: int = 3) -> list[str]:
    return [owner for _, owner in store.blended(store.nearest(vector(asked), k))[0]]


# What is kept


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.title)
def test_an_article_is_read_back_as_it_was(tmp_path: Path, store: Store, article: Article) -> None:
    put(store, article)
    assert store.article(article.id) == article
    store.close()
    again = Store(tmp_path, "words")
    assert again.article(article.id) == article
    document = again.document(article.id)
    assert document.passages == split(article)
    assert document.sentences.shape == document.contexts.shape == (len(document.passages), 256)
    own = WordEmbedder().passages([article.text[p.start : p.end] for p in document.passages])
    assert np.array_equal(document.sentences, own)
    assert [list(words) for words in document.terms] == [
        terms(article.text[p.start : p.end], article.language) for p in document.passages
    ]
    again.close()


def test_listings_are_newest_first(store: Store) -> None:
    for article in ARTICLES:
        put(store, article)
    assert [line.id for line in store.listings()] == [KYIV.id, BAKERY.id, HARBOUR.id]
    first = store.listings()[-1]
    assert (first.title, first.url, first.passages) == (HARBOUR.title, HARBOUR.url, len(split(HARBOUR)))
    assert first.added.endswith("+00:00")
    assert store.newest() == KYIV.id
    assert store.languages() == ["en", "uk"]


def test_adding_again_replaces_and_keeps_the_place(store: Store) -> None:
    put(store, HARBOUR)
    put(store, BAKERY)
    before = store.listings()
    put(store, replace(HARBOUR, title="Another", headings=()))
    assert store.article(HARBOUR.id) == replace(HARBOUR, title="Another", headings=())
    assert len(store.document(HARBOUR.id).passages) == len(split(HARBOUR)) + 1
    assert [(line.id, line.added) for line in store.listings()] == [(line.id, line.added) for line in before]
    assert store.verify() == []


def test_removal_removes_all_of_it(store: Store) -> None:
    put(store, HARBOUR)
    put(store, BAKERY)
    assert HARBOUR.id in owners(store, "crane")
    store.remove(HARBOUR.id)
    for call in (store.article, store.document, store.remove):
        with pytest.raises(UnknownArticle, match=HARBOUR.id):
            call(HARBOUR.id)
    assert set(owners(store, "crane", 50)) == {BAKERY.id}
    assert store.matching(["crane"], 10) == {}
    assert store.verify() == []
    assert store.newest() == BAKERY.id


def test_an_empty_library(store: Store) -> None:
    assert store.listings() == []
    assert store.newest() is None
    assert store.nearest(vector("crane"), 5) == []
    assert store.matching(["crane"], 5) == {}
    assert store.blended([])[0] == []
    assert store.verify() == []
    store.save_index()


def test_a_library_in_memory_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store(None, "words")
    put(store, HARBOUR)
    store.save_index()
    assert store.verify() == []
    assert owners(store, "crane")
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_failing_add_leaves_all_as_it_was(store: Store) -> None:
    put(store, HARBOUR)
    passages = split(HARBOUR)
    rows = WordEmbedder().passages(["x"] * len(passages))
    with pytest.raises(ValueError, match="zip"):
        store.add(replace(HARBOUR, title="Torn"), passages, rows, rows, [["x"]])
    assert store.article(HARBOUR.id).title == HARBOUR.title
    assert store.document(HARBOUR.id).passages == passages
    assert store.verify() == []


# Search


def test_nearest_is_by_inner_product_of_the_blended_vectors(store: Store) -> None:
    for article in ARTICLES:
        put(store, article)
    everything = store.nearest(vector("When was the crane built?"), 100)
    assert len(everything) == sum(len(split(article)) for article in ARTICLES)
    found, vectors = store.blended(everything)
    assert [passage for passage, _ in found] == everything
    similarities = vectors @ vector("When was the crane built?")
    assert (np.diff(similarities) <= 1e-6).all()
    assert store.nearest(vector("When was the crane built?"), 2) == everything[:2]


def test_matching_is_by_whole_terms(store: Store) -> None:
    put(store, HARBOUR)
    put(store, KYIV)
    assert len(store.matching(["crane"], 10)) == 2
    assert len(store.matching(["crane"], 1)) == 1
    assert store.matching(["cran"], 10) == {}
    assert all(score > 0 for score in store.matching(["річку", "quay"], 10).values())
    assert len(store.matching(["річку", "quay"], 10)) == 3


@given(st.text(max_size=80))
def test_no_question_is_read_as_an_operator(text: str) -> None:
    SHARED.matching(terms(text, "und"), 5)


@pytest.mark.parametrize(
    "text",
    ['"', "a AND", "NOT crane", "crane OR OR", "NEAR(crane quay)", "terms:crane", "cr*", "^crane", "{", "👍", "-"],
)
def test_operators_are_words(text: str) -> None:
    words = terms(text, "en")
    assert set(SHARED.matching(words, 50)) == set().union(*(SHARED.matching([word], 50) for word in words))


def test_a_question_of_thousands_of_words(store: Store) -> None:
    put(store, HARBOUR)
    assert store.matching([f"w{i}" for i in range(3000)] + ["crane"], 5)


SHARED = Store(None, "words")
put(SHARED, HARBOUR)


# Another process


def test_what_another_adds_is_seen_at_the_next_call(store: Store, other: Store) -> None:
    put(store, HARBOUR)
    assert set(owners(other, "bread", 50)) == {HARBOUR.id}
    put(store, BAKERY)
    assert owners(other, "Which bread does the bakery bake?", 1) == [BAKERY.id]
    assert other.matching(["bread"], 5)
    assert other.document(BAKERY.id).article == BAKERY


def test_what_another_changes_is_seen_at_the_next_call(store: Store, other: Store) -> None:
    put(store, HARBOUR)
    assert other.document(HARBOUR.id).article.title == HARBOUR.title
    put(store, replace(HARBOUR, title="Another"))
    assert other.document(HARBOUR.id).article.title == "Another"


def test_what_another_removes_is_gone_at_the_next_call(store: Store, other: Store) -> None:
    put(store, HARBOUR)
    put(store, BAKERY)
    other.document(HARBOUR.id)
    assert HARBOUR.id in owners(other, "crane", 50)
    store.remove(HARBOUR.id)
    assert set(owners(other, "crane", 50)) == {BAKERY.id}
    assert other.matching(["crane"], 5) == {}
    with pytest.raises(UnknownArticle):
        other.document(HARBOUR.id)


def test_a_document_in_use_is_not_read_again(store: Store) -> None:
    put(store, HARBOUR)
    assert store.document(HARBOUR.id) is store.document(HARBOUR.id)


# The FAISS file


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


# Models and versions


def test_vectors_of_two_models_never_mix(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    foreign = Store(tmp_path, "multilingual/123456789abc")
    for call in (lambda: put(foreign, BAKERY), lambda: foreign.document(HARBOUR.id), lambda: owners(foreign, "crane")):
        with pytest.raises(ModelMismatch, match=r"QUOTH_MODEL to words, .*quoth rebuild"):
            call()
    assert foreign.article(HARBOUR.id) == HARBOUR  # the text can still be read
    foreign.save_index()
    assert not (tmp_path / "vectors.faiss").exists()
    foreign.close()
    assert [line.id for line in store.listings()] == [HARBOUR.id]


@pytest.mark.parametrize(
    ("stored", "advised"), [("multilingual/1571fc982750", "multilingual"), ("org/some-model", "org/some-model")]
)
def test_the_advice_names_the_model_as_the_setting_does(tmp_path: Path, stored: str, advised: str) -> None:
    first = Store(tmp_path, stored)
    put(first, HARBOUR)
    first.close()
    second = Store(tmp_path, "words")
    with pytest.raises(ModelMismatch, match=f"QUOTH_MODEL to {advised}, or"):
        second.document(HARBOUR.id)
    second.close()


def test_an_emptied_library_takes_another_model(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    store.remove(HARBOUR.id)
    foreign = Store(tmp_path, "other")
    put(foreign, BAKERY)
    assert foreign.document(BAKERY.id).article == BAKERY
    foreign.close()


def test_forgotten_vectors_make_room_for_another_model(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    store.save_index()
    foreign = Store(tmp_path, "other")
    foreign.forget_vectors()
    assert not (tmp_path / "vectors.faiss").exists()
    assert any("no passages" in line for line in foreign.verify())
    put(foreign, HARBOUR)
    assert foreign.verify() == []
    with pytest.raises(ModelMismatch):
        store.nearest(vector("crane"), 3)
    foreign.close()


def test_a_library_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Store(tmp_path, "words").close()
    tamper(tmp_path, "PRAGMA user_version = 99")
    with pytest.raises(NewerLibrary, match="Update Quoth"):
        Store(tmp_path, "words")


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"x" * 16, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "library.sqlite3").write_bytes(content)
    with pytest.raises(DamagedLibrary, match="backup"):
        Store(tmp_path, "words")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="Choose another with --data"):
            Store(folder, "words")


def test_a_closed_library_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path, "words")
    store.close()
    with pytest.raises(StoreError, match="closed") as caught:
        store.listings()
    assert not isinstance(caught.value, DamagedLibrary)


def test_a_folder_that_only_allows_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, "words")
    put(store, HARBOUR)
    store.close()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    reader = Store(tmp_path, "words")
    assert owners(reader, "crane", 1) == [HARBOUR.id]
    reader.save_index()
    with pytest.raises(StoreError, match="readonly"):
        put(reader, BAKERY)
    reader.close()
    assert not (tmp_path / "vectors.faiss").exists()


# Damage


@pytest.mark.parametrize(
    "change",
    [
        "text = replace(text, '1974', '1975')",
        "text = text || '.'",
        "digest = 'x'",
        "text = CAST(substr(CAST(text AS BLOB), 1, 40) || x'ff' || substr(CAST(text AS BLOB), 42) AS TEXT)",
    ],
)
def test_a_changed_text_is_not_given_out(tmp_path: Path, store: Store, change: str) -> None:
    put(store, HARBOUR)
    put(store, BAKERY)
    tamper(tmp_path, f"UPDATE articles SET {change} WHERE id = ?", HARBOUR.id)
    again = Store(tmp_path, "words")
    for call in (again.article, again.document):
        with pytest.raises(DamagedLibrary, match=f"quoth remove {HARBOUR.id}"):
            call(HARBOUR.id)
    assert again.article(BAKERY.id) == BAKERY
    assert [HARBOUR.id in line for line in again.verify()] == [True]
    again.remove(HARBOUR.id)
    put(again, HARBOUR)
    assert again.article(HARBOUR.id) == HARBOUR
    assert again.verify() == []
    again.close()


def test_passages_outside_the_text_are_not_given_out(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    tamper(tmp_path, 'UPDATE passages SET "end" = 100000 WHERE id = 1')
    with pytest.raises(DamagedLibrary, match="outside"):
        store.document(HARBOUR.id)


def test_vectors_of_different_lengths_are_not_given_out(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    tamper(tmp_path, "UPDATE passages SET sentence = x'00000000' WHERE id = 1")
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
        ("UPDATE passages SET sentence = ? WHERE id = 2", (NAN,), "vector"),
        ("UPDATE passages SET context = ? WHERE id = 2", (NAN,), "vector"),
        ("UPDATE passages SET context = ? WHERE id = 2", (HUGE,), "vector"),
        ("UPDATE passages SET sentence = zeroblob(1024) WHERE id = 2", (), "vector"),
        ("UPDATE passages SET sentence = x'0000803f' WHERE id = 2", (), "different lengths"),
        ("UPDATE passages SET sentence = x'00' WHERE id = 2", (), "vector"),
        ("DELETE FROM lexical WHERE rowid = 2", (), "full text: passages are missing"),
        ("INSERT INTO lexical (rowid, terms) VALUES (999, 'x')", (), "full text: holds passages that are gone"),
        ("DELETE FROM articles", (), "passages of no article"),
        ("UPDATE articles SET text = 'x'", (), "does not match its hash"),
        ("UPDATE articles SET id = 'abcdefabcdef'", (), "does not match its hash"),
    ],
)
def test_verify_finds(tmp_path: Path, store: Store, statement: str, values: tuple[bytes, ...], complaint: str) -> None:
    put(store, HARBOUR)
    assert store.verify() == []
    tamper(tmp_path, statement, *values)
    assert any(complaint in line for line in store.verify())


def test_verify_finds_an_article_without_passages(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    tamper(tmp_path, "DELETE FROM passages")
    tamper(tmp_path, "DELETE FROM lexical")
    assert [line.partition(". ")[0] for line in store.verify()] == [f"{HARBOUR.id}: has no passages"]
