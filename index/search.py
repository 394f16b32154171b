"""A question -> the passages of an article, best first; or first the articles of a library that may answer.

Dense (inner product of vectors) and lexical (BM25) scores are fused after standardising each over the article's
passages. Such fused scores rank well and say nothing about whether the best passage answers: for that, ``Evidence``
keeps what can be compared between articles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedder import Vectors
from index.language import UNKNOWN, detect
from index.lexical import bm25, idf, terms
from index.store import Document, Store
from index.vectors import blend

DENSE_WEIGHT = 0.6
POOL = 200
FAMILIAR, MOSTLY_FAMILIAR = 0.4, 0.6  # of a question's words
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is searched: its text, its vector (d,), and how near it is to unrelated text.

    ``base`` and ``spread`` are the mean and the standard deviation of its inner products with the cohort, sentences
    that belong to no article. Measured in these units a similarity means the same for any model and any language of
    question (cohort normalisation of speaker verification: Auckenthaler et al. 2000, test normalisation).
    """

    text: str
    vector: Vectors
    base: float
    spread: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best passage's answering the question; every number is free of the model's scale.

    ``similarity``: the best similarity, in the question's own standard units. ``in_sentence``, ``in_paragraph``,
    ``in_article``: the share of the question's terms, weighted by their rarity, that the best passage, its paragraph,
    the article contain (0 to 1). ``same_language``: whether the question is in the article's language, and more
    than one word; where it is not, lexical evidence is silent, not negative.
    """

    similarity: float
    in_sentence: float
    in_paragraph: float
    in_article: float
    same_language: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """An article's passages for one question: their numbers best first, all their fused scores (n,), the evidence."""

    document: Document
    order: tuple[int, ...]
    scores: Scores
    evidence: Evidence


def ask(text: str, vector: Vectors, cohort: Vectors) -> Question:
    """Prepare a question. ``vector`` has shape (d,), ``cohort`` (c, d)."""
    near = cohort @ vector
    return Question(text, vector, float(near.mean()), float(near.std()) or 1.0)


def rank(question: Question, document: Document) -> Ranking | None:
    """Rank the passages of one article; None when there is nothing to rank or nothing was asked."""
    asked = terms(question.text, document.article.language)
    if not document.passages or not asked:
        return None
    similarity = (blend(document.sentences, document.contexts) @ question.vector).astype(np.float64)
    weights = idf(set(asked), document.terms)
    everywhere = {term for words in document.terms for term in words}
    same = _same_language(question.text, document.article.language, asked, everywhere)
    # In another language the words that match are names and accidents: there the vectors find better alone.
    lexical = standardise(bm25(weights, document.terms)) if same else np.zeros(len(similarity))
    scores = DENSE_WEIGHT * standardise(similarity) + (1 - DENSE_WEIGHT) * lexical
    # A stable sort: of two equal passages the earlier one wins, on every machine.
    order = tuple(int(i) for i in np.argsort(-scores, kind="stable"))
    paragraph = document.passages[order[0]].paragraph
    inside = [i for i, passage in enumerate(document.passages) if passage.paragraph == paragraph]
    evidence = Evidence(
        similarity=(float(similarity.max()) - question.base) / question.spread,
        in_sentence=_share(weights, set(document.terms[order[0]])),
        in_paragraph=_share(weights, {term for i in inside for term in document.terms[i]}),
        in_article=_share(weights, everywhere),
        # A single word ("When?") that occurs somewhere ranks, and is no evidence of an answer.
        same_language=same and len(weights) > 1,
    )
    return Ranking(document, order, scores, evidence)


def _share(weights: dict[str, float], words: set[str]) -> float:
    """The share of the question's terms, weighted by their rarity, that are among ``words``."""
    return sum(weight for term, weight in weights.items() if term in words) / (sum(weights.values()) or 1.0)


def _same_language(question: str, language: str, asked: Sequence[str], known: set[str]) -> bool:
    spoken = detect(question, guess=True)
    if spoken == language != UNKNOWN:
        return True
    # A question may be too short to tell. Words of another language are hardly ever in the article, but for names.
    familiar = sum(term in known for term in asked) / len(asked)
    return familiar >= (FAMILIAR if UNKNOWN in {spoken, language} else MOSTLY_FAMILIAR)


def standardise(scores: Scores) -> Scores:
    """Mean 0, standard deviation 1; all zero when the scores do not differ."""
    deviation = float(scores.std())
    return (scores - scores.mean()) / deviation if deviation > 1e-9 else np.zeros_like(scores)


def articles_for(question: Question, store: Store, count: int) -> list[str]:
    """The ids of the articles that may answer, best first: each by the best of its passages in the library's pool.

    The pool is the passages nearest by vector and the best by BM25 over the whole library, fused as in ``rank``.
    """
    words = sorted({term for language in store.languages() for term in terms(question.text, language)})
    lexical = store.matching(words, POOL)
    pool = sorted({*store.nearest(question.vector, POOL), *lexical})
    owners, vectors = store.blended(pool)
    if not owners:
        return []
    dense = standardise((vectors @ question.vector).astype(np.float64))
    matched = standardise(np.array([lexical.get(passage, 0.0) for passage, _ in owners]))
    best: dict[str, float] = {}
    for (_, owner), score in zip(owners, DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * matched, strict=True):
        best[owner] = max(best.get(owner, -np.inf), float(score))
    return sorted(best, key=lambda owner: (-best[owner], owner))[:count]
