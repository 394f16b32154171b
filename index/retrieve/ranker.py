"""Two trained linear models: one ranks the passages of an article, one decides whether the best passage answers.

The ranking model is a conditional logit over the passages (McFadden 1974; "listwise softmax" in learning to rank). The
decision model is a logistic regression. Both sum named features (``index/retrieve/features.py``) times the weights in
``ranker.json``, which ``training/ranker.py`` writes. There are separate weights for questions in the article's language
and in others, with and without the late-interaction score. How a passage compares with the others means less when there
are few of them, so the decision model has weights for short articles and for long ones.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

from index.retrieve.arrays import Scores
from index.retrieve.features import Columns

FEW, MANY = 5, 25  # passages of a short and of a long article


@dataclass(frozen=True)
class Linear:
    """A linear model: a bias, and the weight of each feature by its name."""

    bias: float
    weights: Mapping[str, float]

    @cached_property
    def _column(self) -> Scores:
        return np.array(list(self.weights.values()))[:, None]

    def __call__(self, columns: Columns) -> Scores:
        """The weighted sum of each passage's features, shape (n,)."""
        count = len(next(iter(columns.values())))
        if not self.weights:
            return np.full(count, self.bias)
        every = np.concatenate([columns[name] for name in self.weights]).reshape(-1, count)
        # Summed in a fixed order, so that a question has the same score on every machine.
        return np.asarray(self.bias + (every * self._column).sum(0))


@dataclass(frozen=True)
class Blend:
    """Interpolates between the model for ``FEW`` passages and the one for ``MANY``; the column ``few`` is the share of
    the first."""

    few: Linear
    many: Linear

    def __call__(self, columns: Columns) -> Scores:
        share = columns["few"]
        return share * self.few(columns) + (1 - share) * self.many(columns)


@dataclass(frozen=True, slots=True)
class Situation:
    """Which weights a question needs.

    ``same_language``: it is in the article's language. ``scored``: the passages have a late-interaction score.
    """

    same_language: bool
    scored: bool

    def __str__(self) -> str:
        return f"{'same' if self.same_language else 'other'} language, {'with' if self.scored else 'without'} reader"


@dataclass(frozen=True, slots=True)
class Ranker:
    """The ranking and decision models by situation, and the thresholds of the decision.

    ``thresholds`` are pairs (N, the least confidence at which one answer in N is wrong), N rising. ``closest`` is the
    confidence from which passages are near enough to be shown as the closest.
    """

    rankings: Mapping[str, Linear]
    decisions: Mapping[str, Linear | Blend]
    thresholds: tuple[tuple[float, float], ...]
    closest: float = 1.0

    def probabilities(self, situation: Situation, columns: Columns) -> Scores:
        """For each of n passages the probability that it is the best answer, if any answers: shape (n,), sum 1."""
        # Rounded, because the last bits depend on the number of threads and must not decide the order.
        utility = np.round(self.rankings[str(situation)](columns), 6)
        raised = np.exp(utility - utility.max())
        return np.asarray(raised / raised.sum())

    def confidence(self, situation: Situation, columns: Columns) -> float:
        """The probability that the quotes answer the question. ``columns`` come from ``decision_columns``."""
        logit = float(self.decisions[str(situation)](columns)[0])
        return 1 / (1 + math.exp(-min(max(logit, -50.0), 50.0)))

    def threshold(self, one_wrong_in: float) -> float:
        """The least confidence to answer with, so that about one answer in ``one_wrong_in`` is wrong."""
        shares, thresholds = zip(*self.thresholds, strict=True)
        return float(np.interp(np.log(one_wrong_in), np.log(shares), thresholds))


def decision_columns(columns: Columns, probabilities: Scores, best: int) -> Columns:
    """The features of the best passage, and how it compares with the others, each of shape (1,).

    ``columns`` and ``probabilities`` have shape (n,); ``best`` is the index of the best passage.
    """
    ordered = np.sort(probabilities)[::-1]
    found = {name: values[best : best + 1] for name, values in columns.items()}
    found["chance"] = np.log(np.maximum(ordered[:1], 1e-6))
    found["chance_second"] = np.array([ordered[1] if len(ordered) > 1 else 0.0])
    found["chance_three"] = np.array([ordered[:3].sum()])
    compared = [name for name in ("sentence", "context", "coverage", "reader") if name in columns]
    if compared:
        every = np.stack([columns[name] for name in compared])
        highest, means = every.max(1, keepdims=True), every.sum(1, keepdims=True) / len(probabilities)
        found |= {f"{name}_best": highest[i] for i, name in enumerate(compared)}
        found |= {f"{name}_mean": means[i] for i, name in enumerate(compared)}
    share = math.log(len(probabilities) / FEW) / math.log(MANY / FEW)
    found["few"] = np.array([1 - min(max(share, 0.0), 1.0)])
    return found


@cache
def default_ranker() -> Ranker:
    """The ranker in the package, read once."""
    content = json.loads((files("index.retrieve") / "ranker.json").read_text("utf-8"))

    def linear(weights: dict[str, float]) -> Linear:
        return Linear(weights.pop("bias", 0.0), weights)

    return Ranker(
        {name: linear(weights) for name, weights in content["rankings"].items()},
        {name: Blend(linear(two["few"]), linear(two["many"])) for name, two in content["decisions"].items()},
        tuple((pair[0], pair[1]) for pair in content["thresholds"]),
        content["closest"],
    )
