"""Standardising, ranking, evidence by hand, the right article of several."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.models import Article, Passage
from index.search import Question, articles_for, ask, rank, standardise
from index.store import Document, Store
from index.vectors import blend
from tests.engine import ARTICLES, BAKERY, HARBOUR, KYIV, document, put, question

AXES = np.eye(4, dtype=np.float32)
TEXT = "Red fox. Blue fox.\n\nRed sun."
TINY = Document(
    Article(TEXT, "Fox", language="und"),
    (Passage(0, 8, 1), Passage(9, 18, 1), Passage(20, 28, 2)),
    AXES[:3],
    AXES[:3],
    (("red", "fox"), ("blue", "fox"), ("red", "sun")),
)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(None, "words")
    yield store
    store.close()


def best_text(asked: str, article: Article) -> str:
    ranking = rank(question(asked), document(article))
    assert ranking is not None
    passage = ranking.document.passages[ranking.order[0]]
    return article.text[passage.start : passage.end]


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_standardise_gives_mean_nought_and_deviation_one_or_all_nought(values: list[float]) -> None:
    scores = standardise(np.array(values))
    if np.std(values) > 1e-6:
        assert scores.mean() == pytest.approx(0, abs=1e-6)
        assert scores.std() == pytest.approx(1)
    elif len(set(values)) == 1:
        assert not scores.any()


def test_standardise_by_hand() -> None:
    assert standardise(np.array([1.0, 3.0])).tolist() == [-1.0, 1.0]


def test_a_question_knows_how_near_it_is_to_unrelated_text() -> None:
    cohort = np.array([[0.2, 0], [0.4, 0]], np.float32)
    asked = ask("q", np.array([1, 0], np.float32), cohort)
    assert (asked.base, asked.spread) == pytest.approx((0.3, 0.1))


def test_a_cohort_without_spread_does_not_divide_by_nought() -> None:
    assert ask("q", AXES[0], AXES[1:2]).spread == 1.0


def test_fused_scores_by_hand() -> None:
    ranking = rank(Question("sun", AXES[0], 0.0, 1.0), TINY)
    assert ranking is not None
    # Similarities 1, 0, 0 and BM25 0, 0, x, each standardised: 2/sqrt(2) for the one, -1/sqrt(2) for the others.
    high, low = 2**0.5, -(0.5**0.5)
    expected = [0.6 * high + 0.4 * low, low, 0.6 * low + 0.4 * high]
    assert ranking.scores.tolist() == pytest.approx(expected)
    assert ranking.order == (0, 2, 1)


def test_evidence_by_hand() -> None:
    ranking = rank(Question("blue sun moon fox", AXES[1], 0.25, 0.5), TINY)
    assert ranking is not None
    assert ranking.order[0] == 1
    # Of three passages one has "blue", one "sun", none "moon", two "fox".
    one, none, two = np.log1p(2.5 / 1.5), np.log1p(3.5 / 0.5), np.log1p(1.5 / 2.5)
    total = 2 * one + none + two
    evidence = ranking.evidence
    assert evidence.similarity == pytest.approx((1 - 0.25) / 0.5)
    assert evidence.in_sentence == pytest.approx((one + two) / total)
    assert evidence.in_paragraph == pytest.approx((one + two) / total)
    assert evidence.in_article == pytest.approx((2 * one + two) / total)
    assert evidence.same_language


def test_the_paragraph_of_the_best_passage_is_its_own_evidence() -> None:
    ranking = rank(Question("red", AXES[1], 0.0, 1.0), replace(TINY, terms=(("red",), ("fox",), ("sun",))))
    assert ranking is not None
    assert ranking.order[0] == 1 or ranking.order[0] == 0
    assert ranking.evidence.in_paragraph == pytest.approx(1.0)


def test_similarity_is_that_of_the_best_passage_by_vector_even_when_words_put_another_first() -> None:
    sentences = np.array([[1, 0], [0, 1], [0.99, 0.1]], np.float32)
    ranking = rank(Question("sun", sentences[0], 0.0, 1.0), replace(TINY, sentences=sentences, contexts=sentences))
    assert ranking is not None
    assert ranking.order == (2, 0, 1)
    assert ranking.evidence.similarity == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Who built the crane, and when was that?", True),
        ("What did Zelensky say?", True),
        ("Wann wurde der Kran gebaut?", False),
        ("Ana Ruiz?", True),
        ("Port Liss Ana Ruiz Kran", True),
        ("Wer hat den Kran gebaut und wann war das?", False),
        ("누가 크레인을 만들었습니까?", False),
        ("zyx wvu", False),
    ],
)
def test_the_language_of_a_question(text: str, same: bool) -> None:
    ranking = rank(question(text), document(HARBOUR))
    assert ranking is not None
    assert ranking.evidence.same_language is same


def test_a_question_in_another_language_is_ranked_by_its_vector_alone() -> None:
    spoken = question("Wer hat den Kran gebaut und wann war das? quay")
    harbour = document(HARBOUR)
    ranking = rank(spoken, harbour)
    assert ranking is not None
    similarity = standardise((blend(harbour.sentences, harbour.contexts) @ spoken.vector).astype(float))
    assert ranking.scores.tolist() == pytest.approx((0.6 * similarity).tolist())


def test_a_question_in_another_language_has_no_known_words() -> None:
    ranking = rank(question("Коли впав кран?"), document(HARBOUR))
    assert ranking is not None
    assert not ranking.evidence.same_language
    assert ranking.evidence.in_article == 0


def test_equal_passages_keep_the_order_of_the_text() -> None:
    text = "Same words here. Same words here. Same words here."
    ranking = rank(question("words"), document(Article(text, "Same", language="en")))
    assert ranking is not None
    _, *rest = ranking.order
    assert rest == sorted(rest)
    tied = replace(TINY, sentences=AXES[[3, 3, 3]], contexts=AXES[[3, 3, 3]])
    ranking = rank(Question("nothing", AXES[0], 0.0, 1.0), tied)
    assert ranking is not None
    assert ranking.order == (0, 1, 2)
    assert not ranking.scores.any()


def test_ties_are_stable_in_a_long_article() -> None:
    article = Article("\n\n".join(["Red."] * 60), "Red")
    passages = tuple(Passage(6 * i, 6 * i + 4, i + 1) for i in range(60))
    vectors = AXES[[0, 3] * 30]
    ranking = rank(Question("red", AXES[0], 0.0, 1.0), Document(article, passages, vectors, vectors, (("red",),) * 60))
    assert ranking is not None
    assert ranking.order == (*range(0, 60, 2), *range(1, 60, 2))


def test_ranking_is_the_same_every_time() -> None:
    one, two = (rank(question("Who built the crane?"), document(HARBOUR)) for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.order == two.order
    assert one.scores.tolist() == two.scores.tolist()
    assert one.evidence == two.evidence


def test_an_article_of_one_passage() -> None:
    ranking = rank(question("Where is the fox?"), document(Article("A fox sleeps in the barn.", "Fox", language="en")))
    assert ranking is not None
    assert ranking.order == (0,)
    assert ranking.scores.tolist() == [0.0]
    assert 0 < ranking.evidence.in_sentence < 1


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍", "—…"])
def test_nothing_asked_ranks_nothing(text: str) -> None:
    assert rank(question(text), document(HARBOUR)) is None


def test_an_article_without_passages_ranks_nothing() -> None:
    empty = Document(HARBOUR, (), AXES[:0], AXES[:0], ())
    assert rank(question("crane"), empty) is None


@pytest.mark.parametrize(
    ("asked", "article", "answer"),
    [
        ("When was the crane built?", HARBOUR, "Engineers built the crane in 1974."),
        ("Which quay do fishing boats use?", HARBOUR, "Fishing boats use the southern quay"),
        ("Who taught the baker his trade?", BAKERY, "The baker, Tom Vale, learned the trade"),
        ("Скільки коштувало будівництво?", KYIV, "Будівництво коштувало"),
    ],
)
def test_the_passage_that_answers_comes_first(asked: str, article: Article, answer: str) -> None:
    assert best_text(asked, article).startswith(answer)


@pytest.mark.parametrize(
    ("asked", "article"),
    [("Who built the crane?", HARBOUR), ("What does the oven burn?", BAKERY), ("Коли відкрили міст?", KYIV)],
)
def test_the_right_article_of_several_comes_first(store: Store, asked: str, article: Article) -> None:
    for one in ARTICLES:
        put(store, one)
    found = articles_for(question(asked), store, 3)
    assert found[0] == article.id
    assert len(found) == len(set(found))
    assert articles_for(question(asked), store, 1) == found[:1]


def test_an_empty_library_has_no_article_for_anything(store: Store) -> None:
    assert articles_for(question("crane"), store, 3) == []


@given(st.text(max_size=60))
def test_no_question_breaks_the_ranking(text: str) -> None:
    ranking = rank(question(text), TINY_WORDS)
    if ranking:
        assert sorted(ranking.order) == list(range(len(TINY_WORDS.passages)))
        assert np.isfinite(ranking.scores).all()
        assert (
            0 <= ranking.evidence.in_sentence <= ranking.evidence.in_paragraph <= ranking.evidence.in_article <= 1.0001
        )


TINY_WORDS = document(HARBOUR)
