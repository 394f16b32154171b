"""Ranking and what it rests on by hand, in any language of question, and the right article of several."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.models import Article, Passage
from index.retrieve.article_vectors import blend
from index.retrieve.features import standardise
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.ranker import Linear, Ranker, Situation, default_ranker
from index.retrieve.search import Question, Ranking, articles_for, ask, passage_features, rank
from index.store.sqlite.library_store import Store
from index.text.answer_types import answer_types_of
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, KYIV, RANKER, document, put, question, ranked

AXES = np.eye(4, dtype=np.float32)
TEXT = "Red fox. Blue fox.\n\nRed sun."
PASSAGES = (Passage(0, 8, 1), Passage(9, 18, 1), Passage(20, 28, 2))
FOX = Article(TEXT, "Fox", language="und")


WORDS = (("red", "fox"), ("blue", "fox"), ("red", "sun"))
TINY = IndexedArticle(FOX, PASSAGES, AXES[:3], AXES[:3], WORDS, answer_types_of(FOX, PASSAGES, WORDS))


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(None, "words")
    yield store
    store.close()


def best_text(asked: str, article: Article) -> str:
    ranking = ranked(asked, document(article))
    passage = ranking.document.passages[ranking.order[0]]
    return article.text[passage.start : passage.end]


def of(asked: Question, where: IndexedArticle = TINY) -> Ranking:
    ranking = rank(asked, where, RANKER)
    assert ranking is not None
    return ranking


def test_a_question_knows_how_near_it_is_to_unrelated_text() -> None:
    background = np.array([[0.2, 0], [0.4, 0]], np.float32)
    asked = ask("q", np.array([1, 0], np.float32), background)
    assert (asked.base, asked.spread) == pytest.approx((0.3, 0.1))


def test_a_cohort_without_spread_does_not_divide_by_nought() -> None:
    assert ask("q", AXES[0], AXES[1:2]).spread == 1.0


def test_a_question_asks_for_what_was_written_last() -> None:
    def kinds(text: str, last: str = "") -> set[str]:
        return set(ask(text, AXES[0], AXES, last=last).kinds)

    assert kinds("Who built it? When?", "When?") == {"time"}
    assert kinds("Who built it? And the quay?", "And the quay?") == {"person"}
    assert kinds("Who built it?") == {"person"}
    assert kinds("Коли його збудували?") == {"time"}
    assert kinds("언제 지었나요?") == {"time"}
    assert kinds("متى كان ذلك؟") == {"time"}


def test_a_question_in_too_few_words_to_tell_its_language_asks_in_the_articles() -> None:
    asked = question("how tall is kawann short")
    assert not asked.kinds
    columns, _, _ = passage_features(asked, document(HARBOUR), None)
    assert columns["asked_number"].any()


def test_fused_scores_by_hand() -> None:
    ranking = of(Question("sun", AXES[0], 0.0, 1.0))
    # Similarities 1, 0, 0 and BM25 0, 0, x, each standardised: 2/sqrt(2) for the one, -1/sqrt(2) for the others.
    high, low = 2**0.5, -(0.5**0.5)
    expected = [0.6 * high + 0.4 * low, low, 0.6 * low + 0.4 * high]
    assert ranking.fused.tolist() == pytest.approx(expected)
    assert ranking.order == (0, 2, 1)


def test_chances_are_the_rankers_by_its_features() -> None:
    ranking = of(Question("sun", AXES[0], 0.0, 1.0))
    raised = np.exp(3 * standardise(ranking.fused))
    assert ranking.probabilities == pytest.approx(raised / raised.sum(), abs=1e-5)
    by_place = Ranker({str(Situation(False, False)): Linear(0.0, {"position": 1.0})}, {}, ())
    backwards = rank(Question("sun", AXES[0], 0.0, 1.0), TINY, by_place)
    assert backwards is not None
    assert backwards.order == (2, 1, 0)
    assert backwards.fused.tolist() == ranking.fused.tolist()


def test_features_of_a_question_by_hand() -> None:
    columns, _, situation = passage_features(Question("blue sun moon fox", AXES[1], 0.25, 0.5), TINY, None)
    # Of three passages one has "blue", one "sun", none "moon", two "fox".
    one, none, two = np.log1p(2.5 / 1.5), np.log1p(3.5 / 0.5), np.log1p(1.5 / 2.5)
    total = 2 * one + none + two
    assert columns["sentence"] == pytest.approx([-0.5, 1.5, -0.5])
    assert columns["context"] == pytest.approx([-0.5, 1.5, -0.5])
    assert columns["coverage"] == pytest.approx([two / total, (one + two) / total, one / total])
    assert columns["coverage_paragraph"] == pytest.approx([(one + two) / total] * 2 + [one / total])
    assert columns["coverage_article"] == pytest.approx([(2 * one + two) / total] * 3)
    assert columns["bm25_rank"] == pytest.approx([1 / 3, 1, 1 / 2])
    assert situation == Situation(True, False)


def test_a_single_word_that_occurs_is_ranked_like_a_question_in_another_language() -> None:
    assert of(Question("sun", AXES[0], 0.0, 1.0)).situation == Situation(False, False)
    assert of(Question("red sun", AXES[0], 0.0, 1.0)).situation == Situation(True, False)


def test_similarities_are_those_of_sentence_and_context() -> None:
    apart = replace(TINY, contexts=AXES[[2, 0, 1]])
    columns, _, _ = passage_features(Question("sun", AXES[0], 0.0, 1.0), apart, None)
    assert columns["sentence"].tolist() == [1, 0, 0]
    assert columns["context"].tolist() == [0, 1, 0]


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
    assert ranked(text, document(HARBOUR)).situation.same_language is same


def test_a_question_in_another_language_is_fused_by_its_vector_alone() -> None:
    spoken = question("Wer hat den Kran gebaut und wann war das? quay")
    harbour = document(HARBOUR)
    similarity = standardise((blend(harbour.sentences, harbour.contexts) @ spoken.vector).astype(float))
    assert of(spoken, harbour).fused.tolist() == pytest.approx((0.6 * similarity).tolist(), abs=1e-5)


def test_a_question_in_another_language_has_no_known_words() -> None:
    # "quay" is in the article, by the accident of a foreign word.
    ranking = ranked("Wer hat den Kran gebaut und wann war das? quay", document(HARBOUR))
    assert not ranking.situation.same_language
    for name in ("coverage", "coverage_article", "rarest_matched", "pairs", "bm25_z"):
        assert not ranking.columns[name].any(), name


def test_equal_passages_keep_the_order_of_the_text() -> None:
    tied = replace(TINY, sentences=AXES[[3, 3, 3]], contexts=AXES[[3, 3, 3]])
    ranking = of(Question("nothing", AXES[0], 0.0, 1.0), tied)
    assert ranking.order == (0, 1, 2)
    assert not ranking.fused.any()
    assert ranking.probabilities == pytest.approx([1 / 3] * 3)


def test_ties_are_stable_in_a_long_article() -> None:
    article = Article("\n\n".join(["Red."] * 60), "Red")
    passages = tuple(Passage(6 * i, 6 * i + 4, i + 1) for i in range(60))
    vectors = AXES[[0, 3] * 30]
    words = (("red",),) * 60
    where = IndexedArticle(article, passages, vectors, vectors, words, answer_types_of(article, passages, words))
    assert of(Question("red", AXES[0], 0.0, 1.0), where).order == (*range(0, 60, 2), *range(1, 60, 2))


@pytest.mark.parametrize("asked", ["Who built the crane?", "Wann wurde der Kran gebaut?", "Where does the town lie?"])
def test_ranking_is_the_same_every_time_with_any_number_of_threads(asked: str) -> None:
    import torch
    from threadpoolctl import threadpool_limits

    found = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 1):
            torch.set_num_threads(threads)
            with threadpool_limits(threads):
                found.append(ranked(asked, document(HARBOUR)))
    finally:
        torch.set_num_threads(before)
    assert found[0].order == found[1].order == found[2].order
    assert found[0].probabilities == pytest.approx(found[1].probabilities, abs=1e-5)
    assert found[0].probabilities.tolist() == found[2].probabilities.tolist()
    assert all(found[0].columns[name].tolist() == column.tolist() for name, column in found[2].columns.items())


def test_an_article_of_one_passage() -> None:
    ranking = ranked("Where is the fox?", document(Article("A fox sleeps in the barn.", "Fox", language="en")))
    assert ranking.order == (0,)
    assert ranking.fused.tolist() == [0.0]
    assert ranking.probabilities.tolist() == [1.0]
    assert 0 < ranking.columns["coverage"][0] < 1


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍", "—…"])
def test_nothing_asked_ranks_nothing(text: str) -> None:
    assert rank(question(text), document(HARBOUR), RANKER) is None


def test_an_article_without_passages_ranks_nothing() -> None:
    empty = IndexedArticle(HARBOUR, (), AXES[:0], AXES[:0], (), ())
    assert rank(question("crane"), empty, RANKER) is None


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
    ranking = rank(question(text), SHARED, RANKER)
    if ranking:
        assert sorted(ranking.order) == list(range(len(SHARED.passages)))
        assert np.isfinite(ranking.fused).all()
        assert ranking.probabilities.sum() == pytest.approx(1)
        assert (np.diff(ranking.probabilities[list(ranking.order)]) <= 0).all()


SHARED = document(HARBOUR)


# The ranker of the package with a model that it never saw


@pytest.mark.parametrize(
    ("asked", "article", "answer"),
    [
        ("When was the crane built?", HARBOUR, "Engineers built the crane in 1974."),
        ("Which quay do fishing boats use?", HARBOUR, "Fishing boats use the southern quay"),
        ("Who closed the harbour on Monday?", HARBOUR, "The harbour of Port Liss was closed on Monday."),
        ("What does the town pay the boats?", HARBOUR, "The town pays them a daily allowance."),
        ("What wood does the oven burn?", BAKERY, "Its oven burns beech wood."),
        ("Who taught the baker his trade?", BAKERY, "The baker, Tom Vale, learned the trade"),
        ("Скільки коштувало будівництво?", KYIV, "Будівництво коштувало"),
    ],
)
def test_an_unseen_model_still_finds_the_passage_that_answers(asked: str, article: Article, answer: str) -> None:
    ranking = rank(question(asked), document(article), default_ranker())
    assert ranking is not None
    passage = ranking.document.passages[ranking.order[0]]
    assert article.text[passage.start : passage.end].startswith(answer)
