"""What is looked up says the same as searching every passage would."""

from hypothesis import given
from hypothesis import strategies as st

from index.models import Passage
from index.retrieve.postings import Layout, Postings, Words
from index.text.answer_types import answer_types

WORDS = st.sampled_from("abcde")
PASSAGES = st.lists(st.lists(WORDS, max_size=6), max_size=8)


@given(PASSAGES, st.lists(WORDS, unique=True))
def test_counts_are_those_of_a_search(passages: list[list[str]], words: list[str]) -> None:
    found = Postings(passages).counts(words)
    assert found.shape == (len(words), len(passages))
    assert found.tolist() == [[passage.count(word) for passage in passages] for word in words]


@given(st.lists(st.frozensets(WORDS), max_size=8), st.frozensets(st.sampled_from("adxyz")))
def test_held_are_those_of_a_search(passages: list[frozenset[str]], words: frozenset[str]) -> None:
    assert Postings(passages).held(words).tolist() == [len(passage & words) for passage in passages]


@given(PASSAGES)
def test_it_knows_its_words_and_the_length_of_each_passage(passages: list[list[str]]) -> None:
    found = Postings(passages)
    assert found.lengths.tolist() == [len(passage) for passage in passages]
    assert {word for word in "abcdexyz" if word in found} == {word for passage in passages for word in passage}


@given(st.lists(st.integers(0, 2), max_size=12))
def test_neighbours_stand_in_one_paragraph(steps: list[int]) -> None:
    paragraphs = [1 + sum(steps[: i + 1]) for i in range(len(steps))]
    found = Layout.of([Passage(i, i + 1, paragraph) for i, paragraph in enumerate(paragraphs)])
    for i, paragraph in enumerate(paragraphs):
        assert found.previous[i] == (i - 1 if i and paragraphs[i - 1] == paragraph else -1)
        assert found.following[i] == (i + 1 if [*paragraphs, 0][i + 1] == paragraph else -1)
    assert found.starts.tolist() == [paragraphs.index(paragraph) for paragraph in sorted(set(paragraphs))]


def test_words_hold_what_the_traits_tell() -> None:
    sentences = ("Ada Holm sold it in May.", "She paid 40 crowns, because Ada asked.")
    known = [("ada", "holm", "sold"), ("paid", "40", "crown", "ada", "ask")]
    some = [answer_types(text, terms, "en") for text, terms in zip(sentences, known, strict=True)]
    words = Words.of([Passage(0, 24, 1), Passage(25, 60, 1)], known, some)
    assert words.names.counts(["holm", "ada"]).tolist() == [[1, 0], [0, 1]]
    assert words.pairs.held({("ada", "holm"), ("40", "crown")}).tolist() == [1, 1]
    assert words.numbers.lengths.tolist() == [0, 1]
    assert words.dates.lengths.tolist() == [1, 0]
    assert (words.counts.tolist(), words.cause.tolist(), words.pronoun.tolist()) == ([0, 1], [0, 1], [0, 1])
    assert words.different.tolist() == [3, 5]
