"""The fit of the decision, on made-up answers whose truth is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index.retrieve.ranker import Blend, Linear
from training.fitting import Matrix, calibrated, fit_decision

COUNT = 40_000  # the penalty is on sums, so it fades
NAMES = ["x", "few"]


def answers() -> Matrix:
    random = np.random.default_rng(7)
    return np.column_stack([random.normal(2, 3, COUNT), random.integers(0, 2, COUNT)])


def came_true(logits: Matrix) -> NDArray[np.bool_]:
    return np.random.default_rng(8).random(len(logits)) < 1 / (1 + np.exp(-logits))


def test_short_and_long_articles_get_the_weights_of_each() -> None:
    x = answers()
    # In long articles a high x speaks for an answer, in short ones against it.
    right = came_true(np.where(x[:, 1] == 1, 1 - x[:, 0], x[:, 0] - 2))
    fit = fit_decision(x, right, np.ones(COUNT), NAMES)
    assert fit.few.weights.keys() == fit.many.weights.keys() == {"x"}
    assert (fit.few.bias, fit.few.weights["x"]) == pytest.approx((1, -1), abs=0.15)
    assert (fit.many.bias, fit.many.weights["x"]) == pytest.approx((-2, 1), abs=0.15)


def test_what_weighs_nothing_says_nothing() -> None:
    x = answers()
    weight = (np.arange(COUNT) % 2).astype(float)
    right = np.where(weight == 1, x[:, 0] > 2, x[:, 0] < 2)
    assert fit_decision(x, right, weight, NAMES).many.weights["x"] > 1


def test_a_feature_that_never_differs_weighs_nothing() -> None:
    x = answers()
    with_constant = np.column_stack([x, np.full(COUNT, 5.0)])
    fit = fit_decision(with_constant, x[:, 0] > 2, np.ones(COUNT), [*NAMES, "same"])
    assert fit.few.weights["same"] == fit.many.weights["same"] == 0


def test_calibration_stretches_the_logit_to_what_came_true() -> None:
    blend = Blend(few=Linear(1.0, {"x": 2.0}), many=Linear(-1.0, {"x": 4.0}))
    logits = answers()[:, 0]
    found = calibrated(blend, logits, came_true(0.5 * logits - 1))
    for x in (-1.0, 0.0, 1.0):
        for few in (0.0, 0.4, 1.0):
            columns = {"x": np.array([x]), "few": np.array([few])}
            assert found(columns) == pytest.approx(0.5 * blend(columns) - 1, abs=0.2)
