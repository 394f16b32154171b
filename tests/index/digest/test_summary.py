"""The summary: verbatim, in order, without repeats, and about all of the article."""

import re
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from index.digest.summary import summary
from index.models import Article, Passage

HARBOUR = [
    "The harbour of Saltby will get a new sea wall because the old harbour wall leaks.",
    "Engineers found that the harbour wall leaks in eleven places at high tide.",
    "The harbour council set aside nine million crowns for the wall and its engineers.",
    "Fishing boats must leave the harbour while engineers repair the wall.",
    "The old harbour wall was built by stone masons two centuries ago.",
]
ORCHARD = [
    "Apple growers in the valley lost half of the apple harvest to late frost.",
    "The frost came in May, when apple trees in the valley stood in blossom.",
    "Growers in the valley want insurance against frost for their apple trees.",
    "An apple harvest this small drives up the price of valley cider.",
]


def article_of(sentences: list[str], title: str = "Test") -> tuple[Article, list[Passage]]:
    """One sentence a paragraph."""
    text = "\n\n".join(sentences)
    starts = [len("\n\n".join(sentences[:n])) + (2 if n else 0) for n in range(len(sentences))]
    passages = [Passage(at, at + len(s), n) for n, (at, s) in enumerate(zip(starts, sentences, strict=True), start=1)]
    return Article(text, title, language="en"), passages


def vectors_of(sentences: list[str]) -> NDArray[np.float32]:
    """Hashed bags of words, rows of length one."""
    rows = np.zeros((len(sentences), 256), dtype=np.float32)
    for row, sentence in zip(rows, sentences, strict=True):
        for word in re.findall(r"\w{4,}", sentence.lower()):
            row[crc32(word.encode()) % 256] += 1.0
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(norms, 1e-9)).astype(np.float32)
    return unit


def texts_of(sentences: list[str]) -> list[str]:
    article, passages = article_of(sentences)
    return [quote.text for quote in summary(article, passages, vectors_of(sentences)).sentences]


def test_no_passages_give_no_sentences() -> None:
    article = Article("Text", "Test")
    assert summary(article, (), np.zeros((0, 8), dtype=np.float32)).sentences == ()


@pytest.mark.parametrize(
    ("passages", "expected"), [(1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (20, 4), (21, 5), (300, 5), (2500, 5)]
)
def test_grows_with_the_article_from_three_to_five(passages: int, expected: int) -> None:
    assert (
        len(texts_of([f"Sentence number {n} tells of thing{n % 7} and of matter{n}." for n in range(passages)]))
        == expected
    )


def test_sentences_stand_in_the_articles_order_and_are_slices_of_it() -> None:
    sentences = HARBOUR + ORCHARD
    chosen = texts_of(sentences)
    assert chosen == [sentence for sentence in sentences if sentence in chosen]


def test_both_of_two_topics_are_covered() -> None:
    chosen = texts_of(HARBOUR + ORCHARD)
    assert any(sentence in HARBOUR for sentence in chosen)
    assert any(sentence in ORCHARD for sentence in chosen)


def test_the_sentence_that_introduces_the_others_is_chosen() -> None:
    assert HARBOUR[0] in texts_of(HARBOUR)


def test_opens_with_the_first_sentence_that_can_be_quoted() -> None:
    assert texts_of(ORCHARD[1:] + HARBOUR)[0] == ORCHARD[1]
    assert texts_of(["Who would grow apples here?", *ORCHARD[1:], *HARBOUR])[0] == ORCHARD[1]


def test_the_titles_words_decide_between_likes() -> None:
    """Under vectors that say nothing, what the title names is quoted."""
    sentences = [f"Plain line number {n} speaks of matters of no great weight." for n in range(9)]
    sentences[6] = "Plain line number 6 speaks of lanterns of no great weight."
    vectors = np.eye(9, dtype=np.float32)

    def chosen(title: str) -> set[int]:
        return {quote.paragraph for quote in summary(*article_of(sentences, title), vectors).sentences}

    assert 7 in chosen("Lantern makers of the north")
    assert 7 not in chosen("A day")


def test_every_part_of_a_long_article_can_be_heard() -> None:
    """Forty sentences with nothing in common: the last quarter is not left out for coming last."""
    article, passages = article_of([f"Day {n} in Saltby had its own matter." for n in range(10, 50)])
    found = summary(article, passages, np.eye(40, dtype=np.float32)).sentences
    assert {(quote.paragraph - 1) // 10 for quote in found} == {0, 1, 2, 3}


def test_of_equals_the_shorter_is_quoted() -> None:
    sentences = [f"Line {n} speaks of a matter of its own" + " and goes on about it" * (n % 2) + "." for n in range(9)]
    chosen = summary(*article_of(sentences), np.eye(9, dtype=np.float32)).sentences
    assert {(quote.paragraph - 1) % 2 for quote in chosen} == {0}


def test_says_nothing_twice() -> None:
    again = [sentence.replace("The", "the", 1) for sentence in HARBOUR[:3]]
    chosen = [text.lower() for text in texts_of(HARBOUR + again + ORCHARD)]
    assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize(
    "unfit",
    [
        "Will the harbour wall of Saltby leak again, ask engineers of the harbour council?",
        "“The harbour wall leaks, and the engineers of the harbour council know that it leaks.”",
        "Harbour wall.",
    ],
)
def test_questions_bare_speech_and_scraps_are_left_out(unfit: str) -> None:
    assert unfit not in texts_of([unfit, *HARBOUR])


@pytest.mark.parametrize("opening", ["But the harbour council", "They", "«The harbour council"])
def test_prefers_a_sentence_that_stands_alone(opening: str) -> None:
    """With the very same vectors, a sentence loses its place when its first words lean on the one before."""
    standing = HARBOUR + ORCHARD
    leaning = [
        sentence.replace("The harbour council", opening) if n == 2 else sentence for n, sentence in enumerate(standing)
    ]

    def chosen(sentences: list[str]) -> set[int]:
        article, passages = article_of(sentences)
        return {quote.paragraph for quote in summary(article, passages, vectors_of(standing)).sentences}

    assert 3 in chosen(standing)
    assert 3 not in chosen(leaning)


def test_unfit_sentences_are_better_than_none() -> None:
    assert len(texts_of(["Why is that so?", "Who did it?", "When was it?"])) == 3


def test_any_models_scale_gives_the_same_summary() -> None:
    """Cosines squeezed into a narrow high range, as multilingual-e5's are, choose the same sentences."""
    sentences = HARBOUR + ORCHARD
    article, passages = article_of(sentences)
    plain = vectors_of(sentences)
    squeezed = np.hstack([0.4 * plain, np.full((len(plain), 1), np.sqrt(1 - 0.16), dtype=np.float32)])
    first, second = (summary(article, passages, rows.astype(np.float32)) for rows in (plain, squeezed))
    assert [q.start for q in first.sentences] == [q.start for q in second.sentences]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(min_size=1, max_size=60).filter(lambda s: bool(s.strip()) and "\n" not in s), min_size=1, max_size=50
    ),
    st.data(),
)
def test_holds_for_any_text_and_any_vectors(sentences: list[str], data: st.DataObject) -> None:
    article, passages = article_of(sentences)
    finite = st.floats(-1, 1, width=32)
    rows = data.draw(arrays(np.float32, (len(sentences), 4), elements=finite))
    norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    rows = np.where(norms > 1e-6, rows / np.maximum(norms, 1e-6), 0.0).astype(np.float32)
    made = summary(article, passages, rows)
    starts = [quote.start for quote in made.sentences]
    assert starts == sorted(set(starts))
    assert min(3, len(sentences)) <= len(starts) <= 5
    known = {(passage.start, passage.end, passage.paragraph) for passage in passages}
    assert {(quote.start, quote.end, quote.paragraph) for quote in made.sentences} <= known
    assert all(0.0 <= quote.score <= 1.0 for quote in made.sentences)
    assert summary(article, passages, rows.copy()) == made
