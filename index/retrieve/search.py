"""A question -> the passages of an article, best first; or first the articles of a library that may answer.

Dense (inner product of vectors) and lexical (BM25) scores are fused after standardising each over the article's
passages; the best are scored token by token; and all of it, with what the words and neighbours of a passage tell, is
weighed by a trained ranker.
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
POOL = 64  # passages of a library by their vectors, and as many by their words
BEHIND = 0.7  # standard deviations; an article that is farther behind the best one is not tried
SCORED = 12  # passages of an article that are scored token by token, best first by the fused score
FAMILIAR, MOSTLY_FAMILIAR = 0.4, 0.6  # of a question's words


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is searched: its text, its vector (d,), and how near it is to unrelated text.

    ``base`` and ``spread`` are the mean and the standard deviation of its inner products with the cohort: sentences
    that belong to no article. Measured in these units a similarity means the same for any model and any language of
    question (cohort normalisation of speaker verification: Auckenthaler et al. 2000, test normalisation). ``tokens``
    are its token vectors (t, d), where the model has a scorer for them; ``kinds`` the kinds of answer it asks for.
    ``language`` is the likeliest.
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
    """An article's passages for one question: their numbers best first, for each the probability that it is the one
    if any is (n,), the fused scores (n,) that a learned ranker has to beat, and the features behind it all."""

    document: IndexedArticle
    order: tuple[int, ...]
    probabilities: Scores
    fused: Scores
    columns: Columns
    situation: Situation


class PassageSearch(Protocol):
    """What a library can find among the passages of all its articles."""

    def languages(self) -> list[str]:
        """The languages of the articles."""
        ...

    def nearest(self, vector: Vectors, k: int) -> list[int]:
        """The ids of ``k`` passages by inner product with ``vector`` (d,), best first."""
        ...

    def matching(self, terms: Sequence[str], k: int) -> dict[int, float]:
        """The ids of ``k`` passages that share a term, each with its BM25 over the whole library."""
        ...

    def blended(self, passage_ids: Sequence[int]) -> tuple[list[tuple[int, str]], Vectors]:
        """Of those passages that are still there the ids with their articles', and the blended vectors (n, d)."""
        ...


def ask(text: str, vector: Vectors, background: Vectors, tokens: Vectors | None = None, last: str = "") -> Question:
    """Prepare a question. ``vector`` has shape (d,), ``background`` (c, d). ``last`` is the part of a follow-up
    question that the reader wrote last: what it asks for counts, not what the question before it asked for."""
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
    """Rank the passages of one article; None when there is nothing to rank or nothing was asked."""
    columns, fused, situation = passage_features(question, document, scorer)
    if not len(fused):
        return None
    probabilities = ranker.probabilities(situation, columns)
    # A stable sort: of two equal passages the earlier one wins, on every machine.
    order = tuple(int(i) for i in np.argsort(-probabilities, kind="stable"))
    return Ranking(document, order, probabilities, fused, columns, situation)


def passage_features(
    question: Question, document: IndexedArticle, scorer: PassageScorer | None
) -> tuple[Columns, Scores, Situation]:
    """The features of every passage, the fused scores (n,), and the situation; n = 0 when there is nothing to rank."""
    asked = terms(question.text, document.article.language)
    if not document.passages or not asked:
        return {}, np.zeros(0), Situation(False, False)
    known = sorted(set(asked))
    counts = document.words.terms.counts(known)
    weights = idf(known, counts)
    same = _same_language(question.language, document, asked)

    def similarity(vectors: Vectors) -> Scores:
        return ((vectors @ question.vector).astype(np.float64) - question.base) / question.spread

    # In another language the words that match are names and accidents: there the vectors find better alone.
    matched = bm25(weights, counts, document.words.terms.lengths) if same else np.zeros(len(document.passages))
    sentence, context = similarity(document.sentences), similarity(document.contexts)
    # As from the blended vectors of the whole library.
    blended = (1 - CONTEXT_WEIGHT) * sentence + CONTEXT_WEIGHT * context
    fused = DENSE_WEIGHT * standardise(blended) + (1 - DENSE_WEIGHT) * standardise(matched)
    scored = _scored(question, document, fused, scorer)
    # A few words without capitals ("how tall is kawann short") are easily taken for another language.
    kinds = question.kinds or asked_for(question.text, document.article.language)
    columns = features(
        QuestionTerms(question.text, asked, weights if same else {}, kinds, same),
        Similarities(sentence, context, matched, fused, scored),
        document.words,
    )
    # A single word ("When?") that occurs somewhere ranks, but is not evidence of an answer.
    return columns, fused, Situation(same and len(weights) > 1, scored is not None)


def _scored(question: Question, document: IndexedArticle, fused: Scores, scorer: PassageScorer | None) -> Scores | None:
    """The late-interaction scores of the passages that are worth the time; the others get the lowest of these."""
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
    # A question may be too short to tell. Words of another language are hardly ever in the article, but for names.
    familiar = sum(term in document.words.terms for term in asked) / len(asked)
    return familiar >= (FAMILIAR if UNKNOWN in {spoken, language} else MOSTLY_FAMILIAR)


def articles_for(question: Question, passages: PassageSearch, count: int) -> list[str]:
    """The ids of the articles that may answer, best first: each by the best of its passages in the library's pool.

    The pool is the passages nearest by vector and the best by BM25 over the whole library, fused as in ``rank``.
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
