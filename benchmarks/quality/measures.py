"""What is counted over many questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HEAD = ("hit@1", "hit@3", "MRR", "answered", "off", "hard", "AUROC-off", "AUROC-hard", "ECE", "holds", "chars")
TEMPTING = "tempting"  # a column more where there are such


@dataclass(frozen=True, slots=True)
class Judged:
    """One question: its language and kind of trial, the place of the right passage (0 where none is right), the
    confidence, whether the quotes hold the answer, how many characters they have."""

    language: str
    kind: str
    place: int
    confidence: float
    holds: bool
    characters: int


def measures(judged: Sequence[Judged], threshold: float) -> dict[str, float]:
    """The columns of ``HEAD``; ``holds`` and ``chars`` among the answered; ``tempting``, the share of those answered,
    where there are some, which then count for nothing else."""
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
    """The chance that a positive scores above a negative (Mann and Whitney 1947), ties counted half."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative)))


def calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error over equally wide bins (Naeini et al. 2015)."""
    p, y = np.array(probabilities), np.array(outcomes, float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[which == b].mean() - y[which == b].mean()) * (which == b).mean() for b in set(which)))
