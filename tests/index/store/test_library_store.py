"""The library on disk: what is kept, what is noticed, what is rebuilt."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import DamagedLibrary, ModelMismatch, NewerLibrary, StoreError, UnknownArticle
from index.models import Article
from index.retrieve.indexed_article import prepare
from index.store.sqlite import passage_search, schema
from index.store.sqlite.library_store import Store
from index.text.sentences import split
from index.text.terms import terms
from tests.support.embedder import WordEmbedder
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, KYIV, document, owners, put, tamper, vector
from tests.support.errors import remedied_by


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


# What is kept


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.title)
def test_an_article_is_read_back_as_it_was(tmp_path: Path, store: Store, article: Article) -> None:
    put(store, article)
    assert store.article(article.id) == article
    store.close()
    again = Store(tmp_path, "words")
    assert again.article(article.id) == article
    found = again.document(article.id)
    assert found.passages == split(article)
    assert found.sentences.shape == found.contexts.shape == (len(found.passages), 256)
    own = WordEmbedder().passages([article.text[p.start : p.end] for p in found.passages])
    assert np.array_equal(found.sentences, own)
    assert [list(words) for words in found.terms] == [
        terms(article.text[p.start : p.end], article.language) for p in found.passages
    ]
    assert found.answer_types == document(article).answer_types
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


@pytest.mark.parametrize("part", ["sentences", "contexts", "terms"])
def test_a_failing_add_leaves_all_as_it_was(store: Store, part: str) -> None:
    put(store, HARBOUR)
    torn = replace(document(replace(HARBOUR, title="Torn")), **{part: getattr(document(HARBOUR), part)[:-1]})
    with pytest.raises(IndexError):
        store.add(torn)
    assert store.article(HARBOUR.id).title == HARBOUR.title
    assert store.document(HARBOUR.id).passages == split(HARBOUR)
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


def test_a_term_that_too_many_passages_have_is_not_looked_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, HARBOUR)
    monkeypatch.setattr(passage_search, "MATCHED", 3)
    every = store.matching(["crane", "quay"], 10)
    assert store.matching(["crane", "the", "quay"], 10).keys() <= every.keys()
    assert store.matching(["the"], 10) == {}


def test_the_words_of_what_is_removed_are_counted_no_more(store: Store) -> None:
    put(store, HARBOUR)
    put(store, BAKERY)
    put(store, replace(BAKERY, title="Bread by day"))
    assert store.verify() == []
    store.remove(HARBOUR.id)
    assert store.verify() == []


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


@pytest.mark.parametrize("operator", ["AND", "OR", "NOT", "NEAR"])
def test_a_term_is_never_an_operator(operator: str) -> None:
    assert SHARED.matching([operator], 50) == {}
    assert SHARED.matching([operator, "crane"], 50) == SHARED.matching(["crane"], 50)


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


# Models and versions


def test_vectors_of_two_models_never_mix(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    foreign = Store(tmp_path, "multilingual/123456789abc")
    for call in (lambda: put(foreign, BAKERY), lambda: foreign.document(HARBOUR.id), lambda: owners(foreign, "crane")):
        with pytest.raises(ModelMismatch) as caught:
            call()
        assert (caught.value.stored, caught.value.asked) == ("words", "multilingual/123456789abc")
    assert foreign.article(HARBOUR.id) == HARBOUR  # the text can still be read
    foreign.save_index()
    assert not (tmp_path / "vectors.faiss").exists()
    foreign.close()
    assert [line.id for line in store.listings()] == [HARBOUR.id]


def test_an_emptied_library_takes_another_model(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    store.remove(HARBOUR.id)
    foreign = Store(tmp_path, "other")
    put(foreign, BAKERY)
    assert foreign.document(BAKERY.id).article == BAKERY
    foreign.close()


def test_staged_articles_take_the_place_of_all_at_once(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    store.save_index()
    foreign, embedder = Store(tmp_path, "other"), WordEmbedder("other")
    with foreign.rebuilding():
        assert foreign.move_staged() == [HARBOUR.id]
        foreign.stage(prepare(HARBOUR, embedder, None))
        put(store, BAKERY)
        assert store.document(HARBOUR.id).article == HARBOUR  # nothing has changed yet
        assert foreign.move_staged() == [BAKERY.id]
        foreign.stage(prepare(BAKERY, embedder, None))
        assert (tmp_path / "vectors.faiss").exists()
        assert foreign.move_staged() == []
    assert [path.name for path in tmp_path.iterdir() if "sqlite3" not in path.name] == []
    assert foreign.verify() == []
    assert HARBOUR.id in owners(foreign, "crane")
    with pytest.raises(ModelMismatch):
        store.nearest(vector("crane"), 3)
    foreign.close()


def test_what_was_left_of_a_rebuild_does_not_hinder_the_next(tmp_path: Path, store: Store) -> None:
    put(store, HARBOUR)
    (tmp_path / "library.rebuilding").write_bytes(b"torn")
    with store.rebuilding():
        assert store.move_staged() == [HARBOUR.id]
    assert not (tmp_path / "library.rebuilding").exists()
    assert store.verify() == []


def test_a_library_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Store(tmp_path, "words").close()
    tamper(tmp_path, "PRAGMA user_version = 99")
    with pytest.raises(NewerLibrary) as caught:
        Store(tmp_path, "words")
    assert (caught.value.folder, caught.value.found, caught.value.known) == (tmp_path, 99, schema.SCHEMA)


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"x" * 16, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "library.sqlite3").write_bytes(content)
    with pytest.raises(DamagedLibrary) as caught:
        Store(tmp_path, "words")
    assert (caught.value.remedy, caught.value.folder) == ("salvage", tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, check=remedied_by("room")):
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
    scorer = Store(tmp_path, "words")
    assert owners(scorer, "crane", 1) == [HARBOUR.id]
    scorer.save_index()
    with pytest.raises(StoreError, match="readonly"):
        put(scorer, BAKERY)
    scorer.close()
    assert not (tmp_path / "vectors.faiss").exists()
