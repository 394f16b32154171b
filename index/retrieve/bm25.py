"""Okapi BM25 over the passages of one article (Robertson et al. 1994)."""

import math
from collections.abc import Sequence

import numpy as np

from index.retrieve.arrays import Numbers, Scores

K1, B = 1.2, 0.75


def idf(question: Sequence[str], counts: Numbers) -> dict[str, float]:
    """How rare each term of the question is among the passages; a term that none has counts as the rarest. ``counts``
    tells how often each stands in each passage, shape (t, n).

    The non-negative form of Robertson and Sparck Jones: ``log(1 + (N - n + 0.5) / (n + 0.5))``.
    """
    count = counts.shape[1]
    having = (counts > 0).sum(1).tolist()
    return {term: math.log1p((count - n + 0.5) / (n + 0.5)) for term, n in zip(question, having, strict=True)}


def bm25(weights: dict[str, float], counts: Numbers, lengths: Scores) -> Scores:
    """Okapi BM25 (Robertson et al. 1994, k1 = 1.2, b = 0.75) of each passage, shape (n,), from the weight of each term,
    how often it stands in each passage (t, n), and the passages' lengths in terms (n,)."""
    mean_length = lengths.sum() / max(len(lengths), 1) or 1.0
    norm = K1 * (1 - B + B * lengths / mean_length)
    rarity = np.array(list(weights.values()))[:, None]
    return np.asarray((rarity * counts * (K1 + 1) / (counts + norm)).sum(0))
