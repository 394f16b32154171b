"""The decision and the quotes."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answer import MARGIN, Calibration, decide, default_calibration, quotes
from index.models import Answer, Article, NoAnswer, Passage
from index.search import Evidence, Ranking
from index.store import Document
from tests.engine import CALIBRATION, HARBOUR, document, question

CALIBRATED = Calibration(same=(-1.0, 0.5, 2.0, 1.0, 0.25), other=(-3.0, 2.0), threshold=0.6)
NOTHING = Evidence(0.0, 0.0, 0.0, 0.0, True)
TEXT = "Aa one. Bb two. Cc three. Dd four.\n\nEe five. Ff six."
STARTS = (0, 8, 16, 26, 36, 45)
ENDS = (7, 15, 25, 34, 44, 52)
PASSAGES = tuple(Passage(a, b, 1 if a < 36 else 2) for a, b in zip(STARTS, ENDS, strict=True))


def ranking(scores: list[float], evidence: Evidence = NOTHING) -> Ranking:
    """A ranking of TEXT's six sentences with these fused scores."""
    nothing = np.zeros((6, 1), np.float32)
    order = tuple(int(i) for i in np.argsort(-np.array(scores), kind="stable"))
    return Ranking(
        Document(Article(TEXT, "T"), PASSAGES, nothing, nothing, ((),) * 6), order, np.array(scores), evidence
    )


def texts(scores: list[float]) -> list[str]:
    return [quote.text for quote in quotes(ranking(scores))]


def test_confidence_by_hand() -> None:
    logit = -1 + 0.5 * 2 + 2 * 0.5 + 1 * 0.25 + 0.25 * 1
    assert CALIBRATED.confidence(Evidence(2.0, 0.5, 0.25, 1.0, True)) == pytest.approx(1 / (1 + exp(-logit)))


def test_confidence_of_a_question_in_another_language_is_its_similarity_alone() -> None:
    confidence = CALIBRATED.confidence(Evidence(2.0, 0.5, 0.25, 1.0, False))
    assert confidence == pytest.approx(1 / (1 + exp(-(-3 + 2 * 2))))
    assert CALIBRATED.confidence(Evidence(2.0, 0.0, 0.0, 0.0, False)) == pytest.approx(confidence)


@given(st.floats(-1e6, 1e6), st.booleans())
def test_confidence_is_a_probability(similarity: float, same: bool) -> None:
    assert 0 <= CALIBRATED.confidence(Evidence(similarity, 1, 1, 1, same)) <= 1


@pytest.mark.parametrize(("threshold", "kind"), [(0.5, Answer), (0.5000001, NoAnswer), (0.49, Answer)])
def test_it_answers_at_the_threshold_and_above(threshold: float, kind: type) -> None:
    even = Calibration((0.0,) * 5, (0.0, 0.0), threshold)
    found = decide("q", ranking([1, 0, 0, 0, 0, 0]), even)
    assert isinstance(found, kind)
    assert found.question == "q"
    assert found.confidence == 0.5
    assert [quote.text for quote in found.candidates] == ["Aa one."]


def test_candidates_are_single_passages_best_first() -> None:
    found = decide("q", ranking([0.1, 0.3, 0.2, 0, 0, 0]), CALIBRATED, candidates=3)
    assert [(quote.text, quote.score) for quote in found.candidates] == [
        ("Bb two.", 0.3),
        ("Cc three.", 0.2),
        ("Aa one.", 0.1),
    ]
    assert decide("q", ranking([1, 0, 0, 0, 0, 0]), CALIBRATED, candidates=0).candidates == ()
    assert len(decide("q", ranking([1, 0, 0, 0, 0, 0]), CALIBRATED, candidates=50).candidates) == 6


def test_what_is_far_from_the_best_is_not_quoted() -> None:
    assert texts([1, 0, 0, 0, 0, 0]) == ["Aa one."]
    assert texts([1, 0, 1 - MARGIN * 0.9, 0, 0, 0]) == ["Aa one.", "Cc three."]
    assert texts([1, 0, 1 - MARGIN * 1.1, 0, 0, 0]) == ["Aa one."]


def test_neighbours_in_a_paragraph_are_one_quote() -> None:
    assert texts([0.9, 1, 0, 0, 0, 0]) == ["Aa one. Bb two."]
    assert texts([0.9, 1, 0.95, 0, 0, 0]) == ["Aa one. Bb two. Cc three."]


def test_neighbours_across_paragraphs_are_two_quotes() -> None:
    assert texts([0, 0, 0, 1, 0.9, 0]) == ["Dd four.", "Ee five."]
    assert [quote.paragraph for quote in quotes(ranking([0, 0, 0, 1, 0.9, 0]))] == [1, 2]


def test_a_passage_that_closes_a_gap_makes_one_quote_of_both_sides() -> None:
    assert texts([1, 0.8, 0.9, 0, 0, 0]) == ["Aa one. Bb two. Cc three."]


def test_a_run_has_the_place_and_the_score_of_its_best() -> None:
    found = quotes(ranking([0.9, 0, 0, 0.8, 1, 0]))
    assert [(quote.text, quote.score) for quote in found] == [("Ee five.", 1), ("Aa one.", 0.9), ("Dd four.", 0.8)]


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_quotes_are_few_best_first_apart_and_slices(scores: list[float]) -> None:
    found = quotes(ranking(scores))
    assert 1 <= len(found) <= 3
    assert [quote.score for quote in found] == sorted((quote.score for quote in found), reverse=True)
    assert max(scores) == found[0].score
    seen: set[int] = set()
    for quote in found:
        assert quote.text == TEXT[quote.start : quote.end]
        inside = {n for n, p in enumerate(PASSAGES) if quote.start <= p.start and p.end <= quote.end}
        assert quote.start == PASSAGES[min(inside)].start
        assert quote.end == PASSAGES[max(inside)].end
        assert {PASSAGES[n].paragraph for n in inside} == {quote.paragraph}
        assert not seen & inside
        beside = {min(inside) - 1, max(inside) + 1}
        assert not any(PASSAGES[n].paragraph == quote.paragraph for n in beside & seen), "neighbours left apart"
        seen |= inside
    assert len(seen) <= 3


def test_a_whole_decision_from_a_ranking() -> None:
    from index.search import rank

    ranked = rank(question("Who built the crane in 1974?"), document(HARBOUR))
    assert ranked is not None
    found = decide("Who built the crane in 1974?", ranked, CALIBRATION)
    assert isinstance(found, Answer)
    assert found.quotes[0].text.startswith("Engineers built the crane in 1974.")


def test_the_shipped_calibration_is_sound() -> None:
    shipped = default_calibration()
    assert len(shipped.same) == 5
    assert len(shipped.other) == 2
    assert 0 < shipped.threshold < 1
    strong, weak = Evidence(8.0, 1.0, 1.0, 1.0, 1.0), Evidence(0.0, 0.0, 0.0, 0.0, 1.0)
    assert shipped.confidence(strong) > shipped.threshold > shipped.confidence(weak)
