"""The arithmetic of ranking and of confidence by hand, and the weights in the package."""

import json
from importlib.resources import files
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.retrieve.ranker import Blend, Linear, Ranker, Situation, decision_columns, default_ranker
from index.retrieve.search import passage_features
from tests.support.engine import HARBOUR, SITUATIONS, document, question

HERE = Situation(True, False)
RANKER = Ranker(
    {str(HERE): Linear(7.0, {"x": 2.0, "y": -1.0})},
    {str(HERE): Linear(-1.0, {"x": 0.5})},
    ((2, 0.2), (8, 0.6), (32, 1.0)),
)
COLUMNS = {"x": np.array([1.0, 0.0, 0.5]), "y": np.array([0.0, 0.5, 2.0]), "unused": np.array([9.0, 9.0, 9.0])}


def test_a_weighted_sum_by_hand() -> None:
    assert Linear(7.0, {"x": 2.0, "y": -1.0})(COLUMNS).tolist() == [9.0, 6.5, 6.0]
    assert Linear(7.0, {})(COLUMNS).tolist() == [7.0, 7.0, 7.0]


def test_a_feature_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        Linear(0.0, {"nonsense": 1.0})(COLUMNS)
    with pytest.raises(KeyError, match="other language, with reader"):
        RANKER.probabilities(Situation(False, True), COLUMNS)
    with pytest.raises(KeyError, match="same language, with reader"):
        RANKER.confidence(Situation(True, True), COLUMNS)


def test_chances_by_hand() -> None:
    total = exp(9) + exp(6.5) + exp(6)
    assert RANKER.probabilities(HERE, COLUMNS) == pytest.approx([exp(9) / total, exp(6.5) / total, exp(6) / total])


def test_the_bias_of_a_ranking_changes_nothing() -> None:
    other = Ranker({str(HERE): Linear(-3.0, {"x": 2.0, "y": -1.0})}, {}, ())
    assert other.probabilities(HERE, COLUMNS) == pytest.approx(RANKER.probabilities(HERE, COLUMNS))


def test_the_last_bits_of_a_feature_decide_nothing() -> None:
    tied = Ranker({str(HERE): Linear(0.0, {"x": 1.0})}, {}, ())
    assert len(set(tied.probabilities(HERE, {"x": np.array([1 / 3, 1 / 3 + 1e-12, 1 / 3 - 1e-12])}))) == 1


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=40))
def test_chances_sum_to_one_and_keep_the_order(values: list[float]) -> None:
    x = np.array(values)
    probabilities = RANKER.probabilities(HERE, {"x": x, "y": np.zeros(len(x))})
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0).all()
    assert (np.diff(probabilities[np.argsort(x)]) >= 0).all()


@pytest.mark.parametrize(("x", "logit"), [(2.0, 0.0), (0.0, -1.0), (6.0, 2.0), (1e9, 50.0), (-1e9, -50.0)])
def test_confidence_by_hand(x: float, logit: float) -> None:
    assert RANKER.confidence(HERE, {"x": np.array([x])}) == pytest.approx(1 / (1 + exp(-logit)))


@pytest.mark.parametrize(
    ("share", "threshold"), [(2, 0.2), (4, 0.4), (8, 0.6), (16, 0.8), (32, 1.0), (1, 0.2), (1e6, 1.0)]
)
def test_the_threshold_is_interpolated_over_the_logarithm_of_the_share(share: float, threshold: float) -> None:
    assert RANKER.threshold(share) == pytest.approx(threshold)


def test_decision_columns_by_hand() -> None:
    columns = {
        "sentence": np.array([1.0, 4.0, 1.0]),
        "coverage": np.array([0.5, 0.25, 0.0]),
        "other": np.array([1.0, 2.0, 3.0]),
    }
    found = decision_columns(columns, np.array([0.3, 0.6, 0.1]), 1)
    assert {name: column.shape for name, column in found.items()} == dict.fromkeys(found, (1,))
    assert {name: float(column[0]) for name, column in found.items()} == pytest.approx(
        {
            "sentence": 4.0,
            "coverage": 0.25,
            "other": 2.0,
            "chance": log(0.6),
            "chance_second": 0.3,
            "chance_three": 1.0,
            "sentence_best": 4.0,
            "sentence_mean": 2.0,
            "coverage_best": 0.5,
            "coverage_mean": 0.25,
            "few": 1.0,
        }
    )


def test_a_decision_about_the_only_passage() -> None:
    found = decision_columns({"reader": np.array([2.0])}, np.array([1.0]), 0)
    assert {name: float(column[0]) for name, column in found.items()} == {
        "reader": 2.0,
        "chance": 0.0,
        "chance_second": 0.0,
        "chance_three": 1.0,
        "reader_best": 2.0,
        "reader_mean": 2.0,
        "few": 1.0,
    }


def test_a_chance_of_nought_has_a_logarithm() -> None:
    assert decision_columns({"x": np.zeros(1)}, np.array([0.0]), 0)["chance"][0] == pytest.approx(log(1e-6))


@pytest.mark.parametrize(
    ("count", "few"),
    [(1, 1.0), (5, 1.0), (25, 0.0), (400, 0.0), (10, log(25 / 10) / log(5)), (15, log(25 / 15) / log(5))],
)
def test_a_short_article_has_weights_of_its_own(count: int, few: float) -> None:
    columns = decision_columns({"x": np.full(count, 3.0)}, np.full(count, 1 / count), 0)
    assert float(columns["few"][0]) == pytest.approx(few)
    blend = Blend(few=Linear(-2.0, {"x": 1.0}), many=Linear(8.0, {"x": -1.0}))
    assert blend(columns) == pytest.approx([few * 1.0 + (1 - few) * 5.0])
    ranker = Ranker({}, {str(HERE): blend}, ())
    assert ranker.confidence(HERE, columns) == pytest.approx(1 / (1 + exp(-(few * 1.0 + (1 - few) * 5.0))))


# The one in the package


def test_the_shipped_ranker_has_a_model_for_every_situation() -> None:
    shipped = default_ranker()
    names = {str(situation) for situation in SITUATIONS}
    assert shipped.rankings.keys() == shipped.decisions.keys() == names
    assert [(s, t) for s, t in shipped.thresholds if not 0 < t <= 1 or s < 1] == []
    shares, thresholds = zip(*shipped.thresholds, strict=True)
    assert list(shares) == sorted(set(shares))
    assert list(thresholds) == sorted(thresholds), "the fewer may be wrong, the surer one must be"


@pytest.mark.parametrize("asked", ["Who built the crane in 1974?", "Wann wurde der Kran gebaut?"])
def test_the_shipped_ranker_asks_for_features_that_there_are(asked: str) -> None:
    columns, _, situation = passage_features(question(asked), document(HARBOUR), None)
    probabilities = default_ranker().probabilities(situation, columns)
    assert probabilities.sum() == pytest.approx(1)
    looked = decision_columns(columns, probabilities, int(probabilities.argmax()))
    assert 0 < default_ranker().confidence(situation, looked) < 1


def test_the_shipped_file_says_where_it_comes_from_and_how_good_it_is() -> None:
    content = json.loads((files("index.retrieve") / "ranker.json").read_text("utf-8"))
    assert "CC BY-SA 4.0" in content["data"]
    assert content["figures"]
