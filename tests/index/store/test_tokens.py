"""What a token reader keeps, on disk; and libraries that were written before there was one."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.embed.embedder import Vectors
from index.errors import ModelMismatch, NewerLibrary
from index.library import Library
from index.models import Answer
from index.retrieve.features import Scores
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.late_interaction import Tokens
from index.store.sqlite import schema
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, RANKER, document, put, tamper
from tests.support.old_libraries import age

WIDTH = 4
ASKED = "Which engineers built the crane in 1974?"


class Counting:
    """A reader that keeps how often each of four letters occurs, and scores by the tokens' number."""

    width = WIDTH

    def compress(self, tokens: Vectors) -> Tokens:
        return np.full((len(tokens), WIDTH), len(tokens), np.int8)

    def score(self, question: Vectors, passages: Sequence[Tokens]) -> Scores:
        return np.array([float(len(passage)) for passage in passages])


def with_tokens() -> IndexedArticle:
    """The harbour with a few random token vectors for each passage, none for the second."""
    random = np.random.default_rng(1)
    plain = document(HARBOUR)
    lengths = [7, 0, *range(1, len(plain.passages) - 1)]
    return replace(plain, tokens=tuple(random.integers(-127, 128, (n, WIDTH)).astype(np.int8) for n in lengths))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A library of the first version with all articles."""
    store = Store(tmp_path, "words")
    for article in ARTICLES:
        put(store, article)
    store.close()
    age(tmp_path, 1)
    return tmp_path


def version(folder: Path) -> int:
    db = sqlite3.connect(folder / "library.sqlite3")
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    return found


def test_tokens_are_read_back_as_they_were(tmp_path: Path) -> None:
    given = with_tokens()
    store = Store(tmp_path, "words", WIDTH)
    store.add(given)
    store.close()
    again = Store(tmp_path, "words", WIDTH)
    found = again.document(HARBOUR.id)
    assert given.tokens is not None
    assert found.tokens is not None
    assert [tokens.dtype for tokens in found.tokens] == [np.int8] * len(given.tokens)
    assert all(np.array_equal(a, b) for a, b in zip(found.tokens, given.tokens, strict=True))
    assert [tokens.shape for tokens in found.tokens] == [tokens.shape for tokens in given.tokens]
    assert found.answer_types == given.answer_types
    assert again.verify() == []
    again.close()


def test_an_article_without_tokens_has_none(tmp_path: Path) -> None:
    store = Store(tmp_path, "words", WIDTH)
    put(store, BAKERY)
    store.add(with_tokens())
    assert store.document(BAKERY.id).tokens is None
    assert store.document(HARBOUR.id).tokens is not None
    store.close()


def test_a_store_without_a_reader_gives_none(tmp_path: Path) -> None:
    store = Store(tmp_path, "words", WIDTH)
    store.add(with_tokens())
    store.close()
    again = Store(tmp_path, "words")
    assert again.document(HARBOUR.id).tokens is None
    again.close()


@pytest.mark.parametrize("change", ["tokens = NULL", "tokens = x'010203'"])
def test_tokens_that_are_lost_or_torn_are_done_without(tmp_path: Path, change: str) -> None:
    store = Store(tmp_path, "words", WIDTH)
    store.add(with_tokens())
    tamper(tmp_path, f"UPDATE passages SET {change} WHERE id = 3")
    assert store.document(HARBOUR.id).tokens is None
    store.close()


def test_adding_without_tokens_takes_the_old_ones_away(tmp_path: Path) -> None:
    store = Store(tmp_path, "words", WIDTH)
    store.add(with_tokens())
    put(store, HARBOUR)
    assert store.document(HARBOUR.id).tokens is None
    store.close()


def test_too_few_tokens_leave_all_as_it_was(tmp_path: Path) -> None:
    given = with_tokens()
    assert given.tokens is not None
    store = Store(tmp_path, "words", WIDTH)
    store.add(given)
    with pytest.raises(IndexError):
        store.add(replace(given, article=replace(HARBOUR, title="Torn"), tokens=given.tokens[1:]))
    assert store.article(HARBOUR.id) == HARBOUR
    assert store.verify() == []
    store.close()


# A library of the first version


def test_an_old_library_is_taken_over_and_keeps_answering(old: Path) -> None:
    assert version(old) == 1
    store = Store(old, "words", WIDTH)
    assert version(old) == schema.SCHEMA
    assert store.verify() == []
    plain = document(HARBOUR)
    found = store.document(HARBOUR.id)
    assert (found.passages, found.terms, found.answer_types, found.tokens) == (
        plain.passages,
        plain.terms,
        plain.answer_types,
        None,
    )
    assert np.array_equal(found.sentences, plain.sentences)
    for scorer in (None, Counting()):
        library = Library(store, WordEmbedder(), RANKER, scorer)
        for article_id in (HARBOUR.id, None):
            answer = library.ask(ASKED, article_id)
            assert isinstance(answer, Answer)
            assert answer.quotes[0].text == "Engineers built the crane in 1974."
    store.close()


def test_an_old_library_gets_its_tokens_by_rebuild(old: Path) -> None:
    with Library(Store(old, "words", WIDTH), WordEmbedder(), RANKER, Counting()) as library:
        assert library.rebuild() == len(ARTICLES)
    store = Store(old, "words", WIDTH)
    tokens = store.document(BAKERY.id).tokens
    assert tokens is not None
    assert [len(one) for one in tokens] == [
        len(BAKERY.text[p.start : p.end].split()) for p in store.document(BAKERY.id).passages
    ]
    assert store.verify() == []
    store.close()


def test_new_articles_of_an_old_library_have_tokens(old: Path) -> None:
    with Library(Store(old, "words", WIDTH), WordEmbedder(), RANKER, Counting()) as library:
        library.add(replace(BAKERY, title="Changed"))
        assert isinstance(library.ask(ASKED), Answer)
    store = Store(old, "words", WIDTH)
    assert store.document(BAKERY.id).tokens is not None
    assert store.document(HARBOUR.id).tokens is None
    store.close()


def test_an_old_library_is_taken_over_once(old: Path) -> None:
    first, second = Store(old, "words"), Store(old, "words")
    assert version(old) == schema.SCHEMA
    first.close()
    second.close()
    Store(old, "words").close()
    assert version(old) == schema.SCHEMA


def test_an_old_library_of_another_model_still_says_so(old: Path) -> None:
    store = Store(old, "other", WIDTH)
    with pytest.raises(ModelMismatch):
        store.document(HARBOUR.id)
    store.close()


def test_the_version_after_this_one_is_refused(old: Path) -> None:
    tamper(old, "PRAGMA user_version = 7")
    with pytest.raises(NewerLibrary, match=r"format 7, this version knows 6"):
        Store(old, "words")
    assert version(old) == 7
