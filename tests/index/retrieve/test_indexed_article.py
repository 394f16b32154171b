"""An article as it is searched: prepared, and with some of its passages only."""

from collections.abc import Sequence

import numpy as np

from index.embed.embedder import Vectors
from index.models import Article
from index.retrieve.arrays import Scores
from index.retrieve.indexed_article import prepare
from index.retrieve.late_interaction import Tokens
from index.text.answer_types import answer_types_of
from index.text.sentences import split
from index.text.terms import terms
from tests.support.embedder import WordEmbedder
from tests.support.engine import BAKERY, HARBOUR


class Halves:
    """Keeps of each token the signs of its first three values."""

    width = 3

    def compress(self, tokens: Vectors) -> Tokens:
        return np.sign(tokens[:, :3]).astype(np.int8)

    def score(self, question: Vectors, passages: Sequence[Tokens]) -> Scores:
        raise NotImplementedError


def test_an_article_is_split_and_embedded_with_its_words_and_traits() -> None:
    found = prepare(HARBOUR, WordEmbedder(), None)
    assert found.article == HARBOUR
    assert found.passages == split(HARBOUR)
    sentences = [HARBOUR.text[p.start : p.end] for p in found.passages]
    assert np.array_equal(found.sentences, WordEmbedder().passages(sentences))
    assert found.contexts.shape == found.sentences.shape
    assert not np.array_equal(found.contexts, found.sentences)
    assert found.terms == tuple(tuple(terms(sentence, "en")) for sentence in sentences)
    assert found.answer_types == answer_types_of(HARBOUR, found.passages, found.terms)
    assert found.tokens is None


def test_a_reader_keeps_the_tokens_of_each_passage_and_changes_no_vector() -> None:
    found, without = prepare(HARBOUR, WordEmbedder(), Halves()), prepare(HARBOUR, WordEmbedder(), None)
    assert found.tokens is not None
    words = [len(HARBOUR.text[p.start : p.end].split()) for p in found.passages]
    assert [tokens.shape for tokens in found.tokens] == [(count, 3) for count in words]
    assert np.array_equal(found.sentences, without.sentences)
    assert np.array_equal(found.contexts, without.contexts)


def test_what_is_split_already_is_taken_as_it_is() -> None:
    some = split(HARBOUR)[2:4]
    found = prepare(HARBOUR, WordEmbedder(), Halves(), some)
    assert found.passages == some
    assert len(found.sentences) == len(found.terms) == len(found.answer_types) == len(found.tokens or ()) == 2


def test_an_article_of_headings_alone_has_no_passages() -> None:
    found = prepare(Article("News", "News", headings=(1,)), WordEmbedder(), Halves())
    assert {
        len(part) for part in (found.passages, found.terms, found.answer_types, found.sentences, found.contexts)
    } == {0}


def test_some_of_the_passages() -> None:
    whole = prepare(BAKERY, WordEmbedder(), Halves())
    assert whole.tokens is not None
    some = whole.only([1, 3])
    assert some.article == BAKERY
    assert some.passages == (whole.passages[1], whole.passages[3])
    assert np.array_equal(some.sentences, whole.sentences[[1, 3]])
    assert np.array_equal(some.contexts, whole.contexts[[1, 3]])
    assert some.terms == (whole.terms[1], whole.terms[3])
    assert some.answer_types == (whole.answer_types[1], whole.answer_types[3])
    assert some.tokens == (whole.tokens[1], whole.tokens[3])
    assert whole.only([]).passages == ()
    assert whole.only([]).sentences.shape == (0, 256)
    assert prepare(BAKERY, WordEmbedder(), None).only([0]).tokens is None
