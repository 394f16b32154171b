"""Okapi BM25 over the passages of one article (Robertson et al. 1994)."""

import math
from collections.abc import Sequence

import numpy as np

from index.retrieve.arrays import Numbers, Scores

K1, B = 1.2, 0.75


def idf(question: Sequence[str], counts: Numbers) -> dict[str, float]:
    """The inverse document frequency of each term of the question, with passages as documents.

    ``counts`` is how often each term occurs in each passage, shape (t, n). The weight is the non-negative form of
    Robertson and Sparck Jones, ``log(1 + (N - n + 0.5) / (n + 0.5))``; it is highest for a term that no passage has.
    """
    count = counts.shape[1]
    having = (counts > 0).sum(1).tolist()
    return {term: math.log1p((count - n + 0.5) / (n + 0.5)) for term, n in zip(question, having, strict=True)}


def bm25(weights: dict[str, float], counts: Numbers, lengths: Scores) -> Scores:
    """The BM25 score of each passage, shape (n,).

    ``weights`` is the weight of each term, ``counts`` (t, n) how often it occurs in each passage, ``lengths`` (n,) the
    length of each passage in terms.
    """
    mean_length = lengths.sum() / max(len(lengths), 1) or 1.0
    norm = K1 * (1 - B + B * lengths / mean_length)
    rarity = np.array(list(weights.values()))[:, None]
    return np.asarray((rarity * counts * (K1 + 1) / (counts + norm)).sum(0))
