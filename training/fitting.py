"""Fits the two models of ``index/retrieve/ranker.json``: a conditional logit over passages, and a logistic regression
over answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.trials import Trial
from index.retrieve.features import Columns
from index.retrieve.ranker import Blend, Linear

Matrix = NDArray[np.float64]
RANKING_L2 = 10.0  # penalty on standardised weights, relative to a log-likelihood summed over questions
DECISION_L2 = 10.0


def matrix(columns: Columns, names: Sequence[str]) -> Matrix:
    return np.stack([columns[name] for name in names], axis=1)


def fit_ranking(trials: Sequence[Trial], names: Sequence[str]) -> Linear:
    """Maximise the probability of the passages that answer, among all passages of their article (McFadden 1974)."""
    from scipy.optimize import minimize

    x = np.concatenate([matrix(trial.columns, names) for trial in trials])
    mean, scale = x.mean(0), x.std(0)
    scale[scale < 1e-9] = np.inf  # a constant feature gets the weight 0
    x = (x - mean) / scale
    lengths = np.array([len(trial.fused) for trial in trials])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    gold = starts + np.array([trial.golds[0] for trial in trials])

    def loss(w: Matrix) -> tuple[float, Matrix]:
        utility = x @ w
        highest = np.repeat(np.maximum.reduceat(utility, starts), lengths)
        raised = np.exp(utility - highest)
        chances = raised / np.repeat(np.add.reduceat(raised, starts), lengths)
        value = -np.log(np.maximum(chances[gold], 1e-300)).sum() + RANKING_L2 * w @ w / 2
        return float(value), x.T @ chances - x[gold].sum(0) + RANKING_L2 * w

    w = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x / scale
    return Linear(0.0, {name: float(weight) for name, weight in zip(names, w, strict=True)})


def fit_decision(x: Matrix, right: NDArray[np.bool_], weight: Matrix, names: Sequence[str]) -> Blend:
    """Fit the probability that the article answers to the features of m answers (m, f), with ``few`` among them.

    Short articles get separate weights. A penalty on the difference keeps them near those of long articles.
    """
    from sklearn.linear_model import LogisticRegression

    few = x[:, [names.index("few")]]
    others = [i for i, name in enumerate(names) if name != "few"]
    names, x = [names[i] for i in others], x[:, others]
    mean, scale = x.mean(0), x.std(0)
    scale[scale < 1e-9] = np.inf
    z = (x - mean) / scale
    model = LogisticRegression(C=1 / DECISION_L2, max_iter=4000)
    model.fit(np.concatenate([z, z * few, few], axis=1), right, sample_weight=weight)
    many, more = model.coef_[0, : len(names)], model.coef_[0, len(names) : -1]
    bias = float(model.intercept_[0])

    def linear(b: float, w: Matrix) -> Linear:
        w = w / scale
        return Linear(float(b - w @ mean), {name: float(v) for name, v in zip(names, w, strict=True)})

    return Blend(linear(bias + float(model.coef_[0, -1]), many + more), linear(bias, many))


def calibrated(model: Blend, logits: Matrix, right: NDArray[np.bool_]) -> Blend:
    """The model with its logit scaled and shifted, so that it gives the probability that the quotes hold the answer.

    This is Platt scaling (1999). ``logits`` (m,) are from models fitted without the article concerned, ``right`` (m,)
    says whether the quotes held the answer. The model itself is fitted first, only to whether the article answers:
    quotes that miss an answer are errors of the ranking, and would be noise in that fit.
    """
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(C=100).fit(logits[:, None], right)
    slope, shift = float(fit.coef_[0, 0]), float(fit.intercept_[0])

    def stretched(one: Linear) -> Linear:
        return Linear(slope * one.bias + shift, {name: slope * weight for name, weight in one.weights.items()})

    return Blend(stretched(model.few), stretched(model.many))
