"""The decision and the quotes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.models import Answer, Article, Closest, NoAnswer, Passage, Quote
from index.read.decision import LEAST, SURE, Thresholds, decide, joined, quotes
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.ranker import Linear, Ranker, Situation
from index.retrieve.search import Ranking
from index.text.answer_types import answer_types
from tests.support.engine import BAKERY, HARBOUR, RANKER, document, ranked

HERE = Situation(True, False)
TEXT = "Aa one. Bb two. Cc three. Dd four.\n\nEe five. Ff six."
STARTS = (0, 8, 16, 26, 36, 45)
ENDS = (7, 15, 25, 34, 44, 52)
PASSAGES = tuple(Passage(a, b, 1 if a < 36 else 2) for a, b in zip(STARTS, ENDS, strict=True))


def ranking(probabilities: list[float], pronouns: frozenset[int] = frozenset()) -> Ranking:
    """A ranking of TEXT's six sentences with these probabilities; ``pronouns`` begin with one."""
    nothing = np.zeros((6, 1), np.float32)
    known = tuple(replace(answer_types("", (), "und"), pronoun=i in pronouns) for i in range(6))
    where = IndexedArticle(Article(TEXT, "T"), PASSAGES, nothing, nothing, ((),) * 6, known)
    scores = np.array(probabilities)
    order = tuple(int(i) for i in np.argsort(-scores, kind="stable"))
    return Ranking(where, order, scores, scores, {"x": np.arange(6.0)}, HERE)


def texts(probabilities: list[float], *pronouns: int) -> list[str]:
    return [quote.text for quote in quotes(ranking(probabilities, frozenset(pronouns)))]


def sure(threshold: float) -> Thresholds:
    """Answer from this confidence on, and show nothing below it."""
    return Thresholds(threshold, 1.0)


def deciding(**weights: float) -> Ranker:
    return Ranker({}, {str(HERE): Linear(weights.pop("bias", 0.0), weights)}, ())


@pytest.mark.parametrize(("threshold", "kind"), [(0.5, Answer), (0.5000001, NoAnswer), (0.49, Answer)])
def test_it_answers_at_the_threshold_and_above(threshold: float, kind: type) -> None:
    found = decide("q", ranking([1, 0, 0, 0, 0, 0]), deciding(), sure(threshold))
    assert isinstance(found, kind)
    assert found.question == "q"
    assert found.confidence == 0.5
    assert [quote.text for quote in found.candidates] == ["Aa one."]


@pytest.mark.parametrize(("closest", "kind"), [(0.5, Closest), (0.5000001, NoAnswer), (0.1, Closest)])
def test_what_is_not_sure_but_near_is_shown_as_the_closest(closest: float, kind: type) -> None:
    found = decide("q", ranking([1, 0, 0, 0, 0, 0]), deciding(), Thresholds(0.6, closest))
    assert isinstance(found, kind)
    assert found.confidence == 0.5


def test_the_closest_are_two_at_most() -> None:
    several = ranking([0.4, 0, 0.3, 0, 0.3, 0])
    found = decide("q", several, deciding(), Thresholds(0.6, 0.2))
    assert isinstance(found, Closest)
    assert [quote.text for quote in found.quotes] == ["Aa one.", "Cc three."]


def test_confidence_is_about_the_passage_that_is_quoted_first() -> None:
    first = ranking([0.1, 0.1, 0.2, 0.6, 0, 0])
    assert decide("q", first, deciding(x=2.0, bias=-5.0), sure(0.5)).confidence == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert decide("q", first, deciding(chance_second=5.0, bias=-1.0), sure(0.5)).confidence == 0.5


def test_candidates_are_single_passages_best_first() -> None:
    found = decide("q", ranking([0.1, 0.3, 0.2, 0, 0, 0]), deciding(), sure(0.6), candidates=3)
    assert [(quote.text, quote.score) for quote in found.candidates] == [
        ("Bb two.", 0.3),
        ("Cc three.", 0.2),
        ("Aa one.", 0.1),
    ]
    assert decide("q", ranking([1, 0, 0, 0, 0, 0]), deciding(), sure(0.6), candidates=0).candidates == ()
    assert len(decide("q", ranking([1, 0, 0, 0, 0, 0]), deciding(), sure(0.6), candidates=50).candidates) == 6


def test_nothing_is_added_to_what_is_sure() -> None:
    assert texts([SURE, 0, 0.1, 0, 0, 0]) == ["Aa one."]
    assert texts([SURE - 0.01, 0, 0.1, 0, 0, 0]) == ["Aa one.", "Cc three."]
    assert texts([0.5, 0, SURE - 0.5, 0, LEAST, 0]) == ["Aa one.", "Cc three."]
    assert texts([0.4, 0, 0.3, 0, 0.3, 0]) == ["Aa one.", "Cc three.", "Ee five."]


def test_what_is_unlikely_is_not_quoted() -> None:
    assert texts([0.7, 0, LEAST, 0, 0, 0]) == ["Aa one.", "Cc three."]
    assert texts([0.7, 0, LEAST - 0.001, 0, 0, 0]) == ["Aa one."]
    assert texts([LEAST / 2, 0, 0, 0, 0, 0]) == ["Aa one."]


def test_neighbours_in_a_paragraph_are_one_quote() -> None:
    assert texts([0.3, 0.4, 0, 0, 0, 0]) == ["Aa one. Bb two."]
    assert texts([0.3, 0.4, 0.2, 0, 0, 0]) == ["Aa one. Bb two. Cc three."]


def test_neighbours_across_paragraphs_are_two_quotes() -> None:
    assert texts([0, 0, 0, 0.5, 0.3, 0]) == ["Dd four.", "Ee five."]
    assert [quote.paragraph for quote in quotes(ranking([0, 0, 0, 0.5, 0.3, 0]))] == [1, 2]


def test_a_passage_that_closes_a_gap_makes_one_quote_of_both_sides() -> None:
    assert texts([0.4, 0.2, 0.3, 0, 0, 0]) == ["Aa one. Bb two. Cc three."]


def test_a_run_has_the_place_and_the_score_of_its_best() -> None:
    found = quotes(ranking([0.3, 0, 0, 0.2, 0.4, 0]))
    assert [(quote.text, quote.score) for quote in found] == [("Ee five.", 0.4), ("Aa one.", 0.3), ("Dd four.", 0.2)]


def test_a_sentence_that_begins_with_a_pronoun_brings_the_one_before_it() -> None:
    assert texts([0, 0.95, 0, 0, 0, 0], 1) == ["Aa one. Bb two."]
    assert texts([0, 0, 0.95, 0, 0, 0], 1, 2) == ["Bb two. Cc three."]
    assert texts([0, 0.95, 0, 0, 0, 0], 2) == ["Bb two."]
    assert texts([0.4, 0, 0.4, 0, 0, 0], 2) == ["Aa one. Bb two. Cc three."]
    assert texts([0.3, 0, 0, 0.3, 0, 0.3], 3, 5) == ["Aa one.", "Cc three. Dd four.", "Ee five. Ff six."]


def test_the_first_sentence_of_a_paragraph_brings_nothing() -> None:
    assert texts([0.95, 0, 0, 0, 0, 0], 0) == ["Aa one."]
    assert texts([0, 0, 0, 0, 0.95, 0], 4) == ["Ee five."]


def test_the_first_sentence_of_the_only_paragraph_brings_nothing() -> None:
    first = ranking([0.95, 0, 0, 0, 0, 0], frozenset({0}))
    whole = replace(first.document, passages=tuple(replace(passage, paragraph=1) for passage in PASSAGES))
    assert [quote.text for quote in quotes(replace(first, document=whole))] == ["Aa one."]


def test_a_quote_of_an_article_stands_by_itself() -> None:
    (quote,) = quotes(ranked("Was it ninety tonnes that the crane weighed?", document(HARBOUR)))[:1]
    assert quote.text == (
        "Engineers built the crane in 1974. It weighed ninety tonnes, the harbour master Ana Ruiz said."
    )


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6), st.frozensets(st.integers(0, 5)))
def test_quotes_are_few_best_first_apart_and_slices(probabilities: list[float], pronouns: frozenset[int]) -> None:
    found = quotes(ranking(probabilities, pronouns))
    assert 1 <= len(found) <= 3
    assert [quote.score for quote in found] == sorted((quote.score for quote in found), reverse=True)
    assert max(probabilities) == found[0].score
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
    assert len(seen) <= 6
    best = int(np.argmax(probabilities))
    assert best in seen
    assert best not in pronouns or best in {0, 4} or best - 1 in seen


# One answer of several


def quoted(start: int, end: int, article: Article = BAKERY, score: float = 0.5) -> Quote:
    return Quote(article, start, end, 1, score)


WHOLE = Answer("q", (quoted(0, 5), quoted(20, 25), quoted(30, 35)), 0.7, (quoted(0, 5),))
ONE = Answer("a", (quoted(40, 45), quoted(50, 55)), 0.8)
TWO = Answer("b", (quoted(60, 65),), 0.6)
NOT = NoAnswer("c", 0.95, (quoted(1, 2),))


def spans(found: Answer | Closest | NoAnswer) -> list[tuple[int, int]]:
    assert isinstance(found, Answer)
    return [(quote.start, quote.end) for quote in found.quotes]


def test_the_best_of_each_part_comes_first_and_then_what_the_whole_adds() -> None:
    found = joined(WHOLE, [ONE, TWO])
    assert spans(found) == [(40, 45), (60, 65), (0, 5)]
    assert (found.question, found.confidence, found.candidates) == ("q", 0.8, WHOLE.candidates)


def test_a_part_that_is_not_answered_leaves_its_place_to_the_whole() -> None:
    assert spans(joined(WHOLE, [NOT, TWO])) == [(60, 65), (0, 5), (20, 25)]
    assert joined(WHOLE, [NOT, TWO]).confidence == 0.7


def test_a_part_answers_where_the_whole_does_not() -> None:
    found = joined(NOT, [ONE, NOT])
    assert spans(found) == [(40, 45), (50, 55)]
    assert (found.question, found.confidence, found.candidates) == ("c", 0.8, NOT.candidates)


def test_where_nothing_answers_nothing_does() -> None:
    assert joined(NOT, [NOT, NOT]) == NOT


def test_where_nothing_surely_answers_the_closest_to_the_whole_is_shown() -> None:
    near = Closest("q", (quoted(0, 5),), 0.3)
    assert joined(near, [NOT, replace(near, question="a")]) == near
    assert spans(joined(near, [NOT, TWO])) == [(60, 65)]


def test_nothing_is_said_twice() -> None:
    assert spans(joined(replace(WHOLE, quotes=(quoted(60, 65),)), [TWO, TWO])) == [(60, 65)]
    same_place = replace(TWO, quotes=(quoted(60, 65, HARBOUR),))
    assert spans(joined(replace(WHOLE, quotes=TWO.quotes), [TWO, same_place])) == [(60, 65), (60, 65)]


def test_a_whole_decision_from_a_ranking() -> None:
    asked = "Who built the crane in 1974?"
    found = decide(asked, ranked(asked, document(HARBOUR)), RANKER, sure(RANKER.threshold(10)))
    assert isinstance(found, Answer)
    assert found.quotes[0].text.startswith("Engineers built the crane in 1974.")


def test_what_was_left_out_is_not_quoted_in_between() -> None:
    whole = ranking([0.3, 0.1, 0.3, 0.3, 0, 0])
    without = replace(
        whole, document=whole.document.only([0, 2, 3, 4, 5]), probabilities=np.array([0.4, 0.4, 0.2, 0, 0])
    )
    found = quotes(replace(without, order=(0, 1, 2, 3, 4)))
    assert [quote.text for quote in found] == ["Aa one.", "Cc three. Dd four."]


def test_quotes_that_overlap_are_joined() -> None:
    article = Article(TEXT, "T")
    one, two = Quote(article, 0, 15, 1, 0.6), Quote(article, 8, 25, 1, 0.5)
    whole = Answer("q", (one,), 0.9)
    found = joined(whole, [Answer("a", (one,), 0.8), Answer("b", (two,), 0.7)])
    assert isinstance(found, Answer)
    assert [quote.text for quote in found.quotes] == ["Aa one. Bb two. Cc three."]


def test_the_focus_of_a_run_is_the_passage_that_answers() -> None:
    def focused(probabilities: list[float], *pronouns: int) -> list[str | None]:
        found = quotes(ranking(probabilities, frozenset(pronouns)))
        return [quote.focus and TEXT[slice(*quote.focus)] for quote in found]

    assert focused([0, 0.95, 0, 0, 0, 0]) == [None]
    assert focused([0, 0.95, 0, 0, 0, 0], 1) == ["Bb two."]
    assert focused([0.3, 0.5, 0, 0, 0.15, 0]) == ["Bb two.", None]


def test_a_sentence_that_the_article_repeats_is_quoted_once() -> None:
    text = "The fifth promise came in March. Nobody cheered.\n\nIt rained. The fifth promise came in March!"
    where = document(Article(text, "Promises", language="en"))
    assert len(where.passages) == 4
    scores = np.array([0.45, 0.05, 0.02, 0.46])
    found = quotes(Ranking(where, (3, 0, 1, 2), scores, scores, {"x": np.arange(4.0)}, HERE))
    assert [quote.text for quote in found] == ["The fifth promise came in March!"]
