"""The two fits behind ``index/ranker.json``: a conditional logit over passages, a logistic regression over answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.trials import Trial
from index.features import Columns
from index.ranker import Linear

Matrix = NDArray[np.float64]
RANKING_L2 = 10.0  # on standardised weights, for a log-likelihood that is summed over questions
DECISION_L2 = 3.0


def matrix(columns: Columns, names: Sequence[str]) -> Matrix:
    return np.stack([columns[name] for name in names], axis=1)


def fit_ranking(trials: Sequence[Trial], names: Sequence[str]) -> Linear:
    """Maximise the probability of the passages that answer among all of their articles' (McFadden 1974)."""
    from scipy.optimize import minimize

    x = np.concatenate([matrix(trial.columns, names) for trial in trials])
    mean, scale = x.mean(0), x.std(0)
    scale[scale < 1e-9] = np.inf  # what never differs weighs nothing
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


def fit_decision(x: Matrix, right: NDArray[np.bool_], weight: Matrix, names: Sequence[str]) -> Linear:
    """From an answer's features (m, f) to the probability that its quotes hold the answer."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(0), x.std(0)
    scale[scale < 1e-9] = np.inf
    model = LogisticRegression(C=1 / DECISION_L2, max_iter=2000).fit((x - mean) / scale, right, sample_weight=weight)
    w = model.coef_[0] / scale
    return Linear(float(model.intercept_[0] - w @ mean), {name: float(v) for name, v in zip(names, w, strict=True)})
