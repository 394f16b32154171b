"""Ranks the passages of an article for a question, and finds the articles of a library that may answer it.

Dense (inner product of vectors) and lexical (BM25) scores are standardised over the passages of an article and fused.
The best passages also get a late-interaction score. A trained ranker combines all scores with the features of a
passage's words and neighbours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index.embed.embedder import Vectors
from index.retrieve.arrays import Scores
from index.retrieve.article_vectors import CONTEXT_WEIGHT
from index.retrieve.bm25 import bm25, idf
from index.retrieve.features import Columns, QuestionTerms, Similarities, features, standardise
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.late_interaction import PassageScorer
from index.retrieve.ranker import Ranker, Situation
from index.text.answer_types import asked_for
from index.text.language import UNKNOWN, detect
from index.text.terms import terms

DENSE_WEIGHT = 0.6
POOL = 64  # passages of a library that are retrieved by vector, and as many by BM25
BEHIND = 0.7  # standard deviations; an article that scores lower than the best one by more is not tried
SCORED = 12  # passages of an article that get a late-interaction score, the best by the fused score
FAMILIAR, MOSTLY_FAMILIAR = 0.4, 0.6  # shares of a question's words


@dataclass(frozen=True, slots=True)
class Question:
    """A question prepared for search: its text, its vector (d,), and its similarity to unrelated text.

    ``base`` and ``spread`` are the mean and the standard deviation of the vector's inner products with the cohort,
    sentences that belong to no article. In these units a similarity means the same for any model and any language of
    the question (cohort normalisation in speaker verification: Auckenthaler et al. 2000, test normalisation).

    ``tokens`` are the question's token vectors (t, d), None without a scorer. ``kinds`` are the kinds of answer it asks
    for. ``language`` is its likeliest language.
    """

    text: str
    vector: Vectors
    base: float
    spread: float
    tokens: Vectors | None = None
    kinds: frozenset[str] = frozenset()
    language: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Ranking:
    """The n passages of an article, ranked for one question.

    ``order`` holds their indexes, best first. ``probabilities`` (n,) is the chance of each to be the best answer, if
    any answers. ``fused`` (n,) is the score without the ranker. ``columns`` are the features.
    """

    document: IndexedArticle
    order: tuple[int, ...]
    probabilities: Scores
    fused: Scores
    columns: Columns
    situation: Situation


class PassageSearch(Protocol):
    """Search over the passages of all articles of a library."""

    def languages(self) -> list[str]:
        """The languages of the articles."""
        ...

    def nearest(self, vector: Vectors, k: int) -> list[int]:
        """The ids of the ``k`` passages with the highest inner product with ``vector`` (d,), best first."""
        ...

    def matching(self, terms: Sequence[str], k: int) -> dict[int, float]:
        """The ids of the ``k`` best passages that have one of the terms, each with its BM25 score over the library."""
        ...

    def blended(self, passage_ids: Sequence[int]) -> tuple[list[tuple[int, str]], Vectors]:
        """``(passage id, article id)`` of n passages, and their blended vectors (n, d).

        Passages that have been removed are left out.
        """
        ...


def ask(text: str, vector: Vectors, background: Vectors, tokens: Vectors | None = None, last: str = "") -> Question:
    """Prepare a question for search.

    ``vector`` has shape (d,), ``background`` (c, d). ``last`` is the latest message of a follow-up question, without
    the questions before it: the kinds of answer are taken from it if it has any.
    """
    near = (background @ vector).astype(np.float64)
    base = near.sum() / len(near)
    near -= base
    spread = math.sqrt((near * near).sum() / len(near))
    language = detect(text, guess=True)
    kinds = asked_for(last, language) or asked_for(text, language)
    return Question(text, vector, float(base), spread or 1.0, tokens, kinds, language)


def rank(
    question: Question, document: IndexedArticle, ranker: Ranker, scorer: PassageScorer | None = None
) -> Ranking | None:
    """Rank the passages of one article; None if the article has no passages or the question no terms."""
    columns, fused, situation = passage_features(question, document, scorer)
    if not len(fused):
        return None
    probabilities = ranker.probabilities(situation, columns)
    # A stable sort, so that on every machine the earlier of two equal passages comes first.
    order = tuple(int(i) for i in np.argsort(-probabilities, kind="stable"))
    return Ranking(document, order, probabilities, fused, columns, situation)


def passage_features(
    question: Question, document: IndexedArticle, scorer: PassageScorer | None
) -> tuple[Columns, Scores, Situation]:
    """The features of n passages, their fused scores (n,), and the situation; n is 0 if there is nothing to rank."""
    asked = terms(question.text, document.article.language)
    if not document.passages or not asked:
        return {}, np.zeros(0), Situation(False, False)
    known = sorted(set(asked))
    counts = document.words.terms.counts(known)
    weights = idf(known, counts)
    same = _same_language(question.language, document, asked)

    def similarity(vectors: Vectors) -> Scores:
        return ((vectors @ question.vector).astype(np.float64) - question.base) / question.spread

    # In another language only names match, or words by accident, and the vectors alone retrieve better.
    matched = bm25(weights, counts, document.words.terms.lengths) if same else np.zeros(len(document.passages))
    sentence, context = similarity(document.sentences), similarity(document.contexts)
    # The same as the similarity of the blended vectors.
    blended = (1 - CONTEXT_WEIGHT) * sentence + CONTEXT_WEIGHT * context
    fused = DENSE_WEIGHT * standardise(blended) + (1 - DENSE_WEIGHT) * standardise(matched)
    scored = _scored(question, document, fused, scorer)
    # The language of a few words without capitals ("how tall is kawann short") is often detected wrongly.
    kinds = question.kinds or asked_for(question.text, document.article.language)
    columns = features(
        QuestionTerms(question.text, asked, weights if same else {}, kinds, same),
        Similarities(sentence, context, matched, fused, scored),
        document.words,
    )
    # A single matching word ("When?") can rank passages, but is no evidence that one answers.
    return columns, fused, Situation(same and len(weights) > 1, scored is not None)


def _scored(question: Question, document: IndexedArticle, fused: Scores, scorer: PassageScorer | None) -> Scores | None:
    """The late-interaction scores (n,) of the ``SCORED`` best passages; the others get the lowest of these."""
    if scorer is None or question.tokens is None or document.tokens is None:
        return None
    pool = np.argsort(-fused, kind="stable")[:SCORED]
    found = scorer.score(question.tokens, [document.tokens[i] for i in pool])
    scores = np.full(len(fused), found.min())
    scores[pool] = found
    return scores


def _same_language(spoken: str, document: IndexedArticle, asked: Sequence[str]) -> bool:
    language = document.article.language
    if spoken == language != UNKNOWN:
        return True
    # A question may be too short to detect its language. Except for names, words of another language hardly ever occur
    # in the article.
    familiar = sum(term in document.words.terms for term in asked) / len(asked)
    return familiar >= (FAMILIAR if UNKNOWN in {spoken, language} else MOSTLY_FAMILIAR)


def articles_for(question: Question, passages: PassageSearch, count: int) -> list[str]:
    """The ids of at most ``count`` articles that may answer, best first.

    The passages nearest by vector and the best by BM25 over the whole library are fused as in ``rank``. Each article
    counts by its best passage among them.
    """
    words = sorted({term for language in passages.languages() for term in terms(question.text, language)})
    lexical = passages.matching(words, POOL)
    pool = sorted({*passages.nearest(question.vector, POOL), *lexical})
    owners, vectors = passages.blended(pool)
    if not owners:
        return []
    dense = standardise((vectors @ question.vector).astype(np.float64))
    matched = standardise(np.array([lexical.get(passage, 0.0) for passage, _ in owners]))
    best: dict[str, float] = {}
    for (_, owner), score in zip(owners, DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * matched, strict=True):
        best[owner] = max(best.get(owner, -np.inf), float(score))
    ordered = sorted(best, key=lambda owner: (-best[owner], owner))[:count]
    return [owner for owner in ordered if best[owner] > best[ordered[0]] - BEHIND]
