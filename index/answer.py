"""A ranking -> an answer, or the plain statement that the article does not say."""

import json
from dataclasses import astuple, dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from index.models import Answer, NoAnswer, Passage, Quote
from index.search import Evidence, Ranking

MOST_QUOTES = 3
MARGIN = 0.35  # of the fused score's standard deviations: what is this near to the best passage is quoted with it


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regressions from evidence to the probability that the best passage answers.

    Trained by ``benchmarks/calibrate.py``, which writes ``calibration.json``: one for questions in the article's
    language, one for those in another, where only the similarity speaks.
    """

    same: tuple[float, float, float, float, float]
    """Bias, then the weights of similarity, in_sentence, in_paragraph, in_article."""
    other: tuple[float, float]
    """Bias, then the weight of similarity."""
    threshold: float
    """Answer when the probability is at least this."""

    def confidence(self, evidence: Evidence) -> float:
        values = astuple(evidence)[:4]
        if evidence.same_language:
            logit = self.same[0] + float(np.dot(self.same[1:], values))
        else:
            logit = self.other[0] + self.other[1] * values[0]
        return float(1 / (1 + np.exp(-np.clip(logit, -50, 50))))


@cache
def default_calibration() -> Calibration:
    content = json.loads((files("index") / "calibration.json").read_text("utf-8"))
    return Calibration(tuple(content["same"].values()), tuple(content["other"].values()), content["threshold"])


def decide(question: str, ranking: Ranking, calibration: Calibration, candidates: int = 1) -> Answer | NoAnswer:
    """Answer from one article, with its ``candidates`` best passages beside."""
    confidence = calibration.confidence(ranking.evidence)
    closest = tuple(_quote(ranking, (n, n)) for n in ranking.order[:candidates])
    if confidence < calibration.threshold:
        return NoAnswer(question, confidence, closest)
    return Answer(question, quotes(ranking), confidence, closest)


def quotes(ranking: Ranking) -> tuple[Quote, ...]:
    """The passages to show, best first; neighbours in one paragraph are shown as one run."""
    best = ranking.scores[ranking.order[0]]
    chosen = [n for n in ranking.order[:MOST_QUOTES] if ranking.scores[n] >= best - MARGIN]
    runs: list[tuple[int, int]] = []
    for n in chosen:
        # Up to two: a passage may close the gap between the one before it and the one after it.
        near = [run for run in runs if _adjoin(ranking.document.passages, run, n)]
        whole = (min(n, *(run[0] for run in near)), max(n, *(run[1] for run in near))) if near else (n, n)
        place = runs.index(near[0]) if near else len(runs)
        runs = [run for run in runs if run not in near]
        runs.insert(place, whole)
    return tuple(_quote(ranking, run) for run in runs)


def _adjoin(passages: tuple[Passage, ...], run: tuple[int, int], n: int) -> bool:
    return n in (run[0] - 1, run[1] + 1) and passages[n].paragraph == passages[run[0]].paragraph


def _quote(ranking: Ranking, run: tuple[int, int]) -> Quote:
    passages = ranking.document.passages
    score = max(float(ranking.scores[n]) for n in range(run[0], run[1] + 1))
    return Quote(
        ranking.document.article, passages[run[0]].start, passages[run[1]].end, passages[run[0]].paragraph, score
    )
