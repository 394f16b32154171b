"""idf and BM25 against values worked out by hand."""

from math import log

import numpy as np
import pytest
from numpy.typing import NDArray

from index.retrieve.bm25 import bm25, idf
from index.retrieve.postings import Postings

DOCUMENTS = Postings([["cat", "cat", "dog"], ["dog"], ["bird", "fish"]])  # 3 documents, mean length 2


def test_idf_is_that_of_robertson_and_sparck_jones() -> None:
    weights = idf(["cat", "dog", "cow"], DOCUMENTS.counts(["cat", "dog", "cow"]))
    assert weights == pytest.approx({"cat": log(1 + 2.5 / 1.5), "dog": log(1 + 1.5 / 2.5), "cow": log(1 + 3.5 / 0.5)})


def scored(weights: dict[str, float], postings: Postings) -> NDArray[np.float64]:
    return bm25(weights, postings.counts(weights), postings.lengths)


def test_bm25_by_hand() -> None:
    # tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / 2))
    scores = scored({"cat": 2.0, "dog": 1.0}, DOCUMENTS)
    first = 2.0 * 2 * 2.2 / (2 + 1.2 * 1.375) + 1.0 * 2.2 / (1 + 1.2 * 1.375)
    assert scores.tolist() == pytest.approx([first, 2.2 / (1 + 1.2 * 0.625), 0.0])


def test_bm25_of_nothing() -> None:
    assert scored({"cat": 1.0}, Postings([])).tolist() == []
    assert scored({}, DOCUMENTS).tolist() == [0.0, 0.0, 0.0]
    assert scored({"cat": 1.0}, Postings([[], []])).tolist() == [0.0, 0.0]
