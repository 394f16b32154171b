"""Decides from a ranking whether the article answers, and which passages to quote: as an answer, or as the closest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.models import Answer, Closest, NoAnswer, Quote
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.ranker import Ranker, decision_columns
from index.retrieve.search import Ranking
from index.text.normalize import comparison_key

MOST_QUOTES, MOST_CLOSEST = 3, 2
SURE = 0.9  # no further passage is quoted once the quoted ones together have this probability
# For a follow-up question: the weights of the question alone, against the question read with those before it.
RANKED_ALONE, DECIDED_ALONE = 0.7, 0.55
LEAST = 0.08  # after the first, a passage with a smaller probability is not quoted


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The confidence from which quotes are an answer, and from which they are at least worth showing."""

    answer: float
    closest: float


def decide(
    question: str,
    ranking: Ranking,
    ranker: Ranker,
    thresholds: Thresholds,
    candidates: int = 1,
    wider: Ranking | None = None,
) -> Answer | Closest | NoAnswer:
    """The answer of one article, with its ``candidates`` best passages.

    The article answers if the confidence is at least ``thresholds.answer``. ``wider`` is the ranking of the question
    read with the questions before it. It is used only if the question alone is not answered, so that earlier questions
    never change an answer that needs no context.
    """
    confidence = _confidence(ranking, ranker)
    if wider is not None and confidence < thresholds.answer:
        confidence = _pooled_probability(confidence, _confidence(wider, ranker), DECIDED_ALONE)
        ranking = _pooled_ranking(ranking, wider)
    closest = tuple(_quote(ranking, (n, n)) for n in ranking.order[:candidates])
    if confidence >= thresholds.answer:
        return Answer(question, quotes(ranking), confidence, closest)
    if confidence >= thresholds.closest:
        return Closest(question, quotes(ranking, MOST_CLOSEST), confidence, closest)
    return NoAnswer(question, confidence, closest)


def _confidence(ranking: Ranking, ranker: Ranker) -> float:
    columns = decision_columns(ranking.columns, ranking.probabilities, ranking.order[0])
    return ranker.confidence(ranking.situation, columns)


def _pooled_probability(one: float, other: float, share: float) -> float:
    """The probability whose logit is the weighted mean of both logits; ``share`` is the weight of the first.

    This is the logarithmic opinion pool of Genest and Zidek (1986).
    """
    logit = share * math.log(one / (1 - one)) + (1 - share) * math.log(other / (1 - other))
    return 1 / (1 + math.exp(-logit))


def _pooled_ranking(alone: Ranking, wider: Ranking) -> Ranking:
    """The passages ranked by a logarithmic opinion pool of both rankings' probabilities."""
    least = 1e-12
    pooled = np.maximum(alone.probabilities, least) ** RANKED_ALONE * np.maximum(wider.probabilities, least) ** (
        1 - RANKED_ALONE
    )
    probabilities = pooled / pooled.sum()
    return replace(
        alone, probabilities=probabilities, order=tuple(int(i) for i in np.argsort(-probabilities, kind="stable"))
    )


def joined(
    whole: Answer | Closest | NoAnswer, parts: Sequence[Answer | Closest | NoAnswer]
) -> Answer | Closest | NoAnswer:
    """One answer to a message that asks two questions: the best quote for each, then the quotes for the whole message.

    It is an ``Answer`` if the whole or a part has one.
    """
    answers = [found for found in (*parts, whole) if isinstance(found, Answer)]
    if not answers:
        return whole
    shown: list[Quote] = []
    for quote in [*(found.quotes[0] for found in answers), *answers[-1].quotes]:
        same = [other for other in shown if quote.article.id == other.article.id and _overlap(quote, other)]
        if same:
            place = shown.index(same[0])
            shown = [other for other in shown if other not in same]
            shown.insert(place, _union([quote, *same]))
        elif len(shown) < MOST_QUOTES:
            shown.append(quote)
    confidence = max(found.confidence for found in answers)
    return Answer(whole.question, tuple(shown), confidence, whole.candidates)


def _union(quotes: Sequence[Quote]) -> Quote:
    start, end = min(quote.start for quote in quotes), max(quote.end for quote in quotes)
    first = quotes[0]
    whole = (first.start, first.end) != (start, end)
    focus = first.focus or ((first.start, first.end) if whole else None)
    return Quote(first.article, start, end, first.paragraph, max(quote.score for quote in quotes), focus)


def _overlap(one: Quote, other: Quote) -> bool:
    return one.start < other.end and other.start < one.end


def quotes(ranking: Ranking, most: int = MOST_QUOTES) -> tuple[Quote, ...]:
    """The passages to quote, best first, ``most`` of them. Neighbours in one paragraph are joined to one quote."""
    document = ranking.document
    chosen: dict[str, int] = {}  # by comparison key, so that a repeated sentence is quoted once
    covered = 0.0
    for n in ranking.order[:most]:
        if chosen and (ranking.probabilities[n] < LEAST or covered >= SURE):
            break
        covered += ranking.probabilities[n]
        passage = document.passages[n]
        chosen.setdefault(comparison_key(document.article.text[passage.start : passage.end]), n)
    # "He said that in May." cannot be understood alone, so the sentence before it is quoted with it.
    referred_to = [
        n - 1 for n in chosen.values() if n and document.answer_types[n].pronoun and _neighbours(document, n - 1, n)
    ]
    runs: list[tuple[int, int]] = []
    for n in dict.fromkeys([*chosen.values(), *referred_to]):
        # There may be two: the passage closes the gap between the run before it and the run after it.
        near = [run for run in runs if _adjoin(document, run, n)]
        whole = (min(n, *(run[0] for run in near)), max(n, *(run[1] for run in near))) if near else (n, n)
        place = runs.index(near[0]) if near else len(runs)
        runs = [run for run in runs if run not in near]
        runs.insert(place, whole)
    return tuple(_quote(ranking, run) for run in runs)


def _adjoin(document: IndexedArticle, run: tuple[int, int], n: int) -> bool:
    return (n == run[0] - 1 and _neighbours(document, n, run[0])) or (
        n == run[1] + 1 and _neighbours(document, run[1], n)
    )


def _neighbours(document: IndexedArticle, one: int, following: int) -> bool:
    """Whether two passages stand in one paragraph with only white space between them.

    Passages with consecutive indexes may not, because those between them may have been left out.
    """
    before, after = document.passages[one], document.passages[following]
    return before.paragraph == after.paragraph and not document.article.text[before.end : after.start].strip()


def _quote(ranking: Ranking, run: tuple[int, int]) -> Quote:
    passages = ranking.document.passages
    best = max(range(run[0], run[1] + 1), key=lambda n: (ranking.probabilities[n], -n))
    focus = (passages[best].start, passages[best].end) if run[0] < run[1] else None
    start, end, paragraph = passages[run[0]].start, passages[run[1]].end, passages[run[0]].paragraph
    return Quote(ranking.document.article, start, end, paragraph, float(ranking.probabilities[best]), focus)
