"""Computes the measures over many questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HEAD = ("hit@1", "hit@3", "MRR", "answered", "off", "hard", "AUROC-off", "AUROC-hard", "ECE", "holds", "chars")
TEMPTING = "tempting"  # one more column if there are such questions


@dataclass(frozen=True, slots=True)
class Judged:
    """The result of one question: its language and kind of trial, the rank of the right passage (0 if there is none),
    the confidence, whether the quotes contain the answer, and their length in characters."""

    language: str
    kind: str
    place: int
    confidence: float
    holds: bool
    characters: int


def measures(judged: Sequence[Judged], threshold: float) -> dict[str, float]:
    """The columns of ``HEAD``.

    ``holds`` and ``chars`` are over the answered questions only. Tempting questions, if there are any, count only for
    ``tempting``, the share of them that is answered.
    """
    unanswered = [one.confidence for one in judged if one.kind == "tempting"]
    judged = [one for one in judged if one.kind != "tempting"]
    by = {kind: [one for one in judged if one.kind == kind] for kind in ("own", "off", "hard")}
    places = np.array([one.place for one in by["own"]])
    answered = [one for one in by["own"] if one.confidence >= threshold]
    certain = {kind: [one.confidence for one in ones] for kind, ones in by.items()}
    share = {kind: float(np.mean(np.array(ps) >= threshold)) for kind, ps in certain.items()}
    values = (
        np.mean(places == 1),
        np.mean(places <= 3),
        np.mean(1 / places),
        share["own"],
        share["off"],
        share["hard"],
        auroc(certain["own"], certain["off"]),
        auroc(certain["own"], certain["hard"]),
        calibration_error([one.confidence for one in judged], [one.holds for one in judged]),
        np.mean([one.holds for one in answered]),
    )
    found = {name: round(float(value), 3) for name, value in zip(HEAD, values, strict=False)}
    found["chars"] = round(float(np.mean([one.characters for one in answered])))
    if unanswered:
        found[TEMPTING] = round(float(np.mean(np.array(unanswered) >= threshold)), 3)
    return found


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive scores above a negative (Mann and Whitney 1947); a tie counts half."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative)))


def calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = 10) -> float:
    """The expected calibration error over bins of equal width (Naeini et al. 2015)."""
    p, y = np.array(probabilities), np.array(outcomes, float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[which == b].mean() - y[which == b].mean()) * (which == b).mean() for b in set(which)))
