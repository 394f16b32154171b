"""The features by which the ranker judges each passage as an answer to a question.

No feature depends on the scale of an embedding model. Each score comes in four forms: standardised over the article
(``_z``); the distance to the best score in standard deviations, at most 0 (``_gap``); the same, but for the best
passage its distance to the second (``_lead``); and the reciprocal rank (``_rank``). Similarities are in the question's
standard units (see ``search.Question``). All other features are shares and counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.retrieve.arrays import Flags, Scores
from index.retrieve.postings import Layout, Words
from index.text.answer_types import KINDS, has_number, pairs, words_of

Columns = dict[str, Scores]
SAME = 1e-9  # a smaller standard deviation counts as 0
FARTHEST = 20.0  # similarities are clipped to this many standard units; those of the bundled models stay below it
ABSENT = -1.0  # the standardised score of a missing neighbour


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """The terms of a question, the IDF weight of each, and the kinds of answer it asks for.

    ``weights`` is empty if the question is not in the article's language.
    """

    text: str
    terms: Sequence[str]
    weights: dict[str, float]
    kinds: frozenset[str]
    same_language: bool


@dataclass(frozen=True, slots=True)
class Similarities:
    """The scores of each passage for a question, all of shape (n,).

    ``sentence`` and ``context`` are the similarities of the passage's and its context's vector, in the question's
    standard units. ``fused`` combines them with BM25. ``scorer`` is the late-interaction score; None without a scorer.
    """

    sentence: Scores
    context: Scores
    bm25: Scores
    fused: Scores
    scorer: Scores | None


def standardise(scores: Scores) -> Scores:
    """The scores with mean 0 and standard deviation 1; all 0 if they do not differ."""
    centred = scores - scores.sum() / len(scores)
    deviation = math.sqrt((centred * centred).sum() / len(scores))
    return centred / deviation if deviation > SAME else np.zeros_like(scores)


def features(asked: QuestionTerms, near: Similarities, words: Words) -> Columns:
    """All features by name, each of shape (n,), for n > 0 passages."""
    scores = {"sentence": near.sentence, "context": near.context, "bm25": near.bm25, "fused": near.fused}
    if near.scorer is not None:
        scores["reader"] = near.scorer
    found = _scores(scores)
    found |= _neighbours(near.fused, found["sentence_z"], words.layout)
    found |= {
        "sentence": np.clip(near.sentence, -FARTHEST, FARTHEST),
        "context": np.clip(near.context, -FARTHEST, FARTHEST),
    }
    if near.scorer is not None:
        found["reader"] = near.scorer
    said = words_of(asked.text)
    found |= _words(asked, said, words)
    known = {word.casefold() for word in said}
    new_names = words.names.lengths - words.names.held(known)
    new_numbers = words.numbers.lengths - words.numbers.held(known)
    new_dates = words.dates.lengths - words.dates.held(known)
    found |= _kinds(asked, words, new_names > 0, new_numbers > 0, new_dates > 0)
    found |= {
        "length": np.log1p(words.different),
        "new_terms": np.log1p(words.different - (words.terms.counts(set(asked.terms)) > 0).sum(0)),
        "new_names": np.log1p(new_names),
        "new_numbers": np.log1p(new_numbers),
        "pronoun": words.pronoun,
        "position": np.arange(len(near.fused)) / max(len(near.fused) - 1, 1),
    }
    return found


def _scores(scores: dict[str, Scores]) -> Columns:
    every = np.stack(list(scores.values()))  # (s, n)
    centred = every - every.sum(1, keepdims=True) / every.shape[1]
    deviations = np.sqrt((centred * centred).sum(1, keepdims=True) / every.shape[1])
    z = np.where(deviations > SAME, centred / np.maximum(deviations, SAME), 0.0)
    order = np.argsort(-every, axis=1, kind="stable")
    count, rows = every.shape[1], np.arange(len(every))
    ranks = np.empty_like(every)
    ranks[rows[:, None], order] = 1 / np.arange(1.0, count + 1)
    best = z[rows, order[:, 0]][:, None]
    second = z[rows, order[:, 1]][:, None] if count > 1 else best
    lead = z - np.where(np.arange(count) == order[:, :1], second, best)
    parts = {"z": z, "gap": z - best, "lead": lead, "rank": ranks}
    return {f"{name}_{part}": values[i] for i, name in enumerate(scores) for part, values in parts.items()}


def _words(asked: QuestionTerms, said: Sequence[str], words: Words) -> Columns:
    """How much of the question's terms, weighted by IDF, a passage holds, alone and together with its neighbours."""
    weights = np.array(list(asked.weights.values()))  # (t,)
    total = weights.sum() or 1.0
    rarest = weights.max(initial=0.0) or 1.0
    held = words.terms.counts(asked.weights) > 0  # (t, n)
    layout = words.layout
    together = np.repeat(np.logical_or.reduceat(held, layout.starts, axis=1), layout.sizes, axis=1)
    before = np.logical_or.accumulate(held, axis=1)
    first = held.copy()
    first[:, 1:] &= ~before[:, :-1]
    both = (held | held[:, layout.previous], held | held[:, layout.following])
    parts = np.stack([held, together, *both, first])  # (5, t, n)
    alone, paragraph, previous, following, mentioned = weights @ parts / total
    asked_pairs = pairs(asked.terms) if asked.same_language else frozenset()
    names = {word.casefold() for word in said[1:] if word[0].isupper()}
    numbers = {word.casefold() for word in said if has_number(word)}
    count = len(alone)
    return {
        "coverage": alone,
        "coverage_paragraph": paragraph,
        "coverage_article": np.full(count, weights @ held.any(1) / total),
        "coverage_with_previous": np.where(layout.previous >= 0, previous - alone, 0.0),
        "coverage_with_next": np.where(layout.following >= 0, following - alone, 0.0),
        "coverage_first_mention": mentioned,
        "coverage_unweighted": held.sum(0) / max(len(weights), 1),
        "rarest_matched": (weights[:, None] * held).max(0, initial=0.0) / rarest,
        "pairs": words.pairs.held(asked_pairs) / max(len(asked_pairs), 1),
        "names": ((words.names.counts(names) + words.terms.counts(names)) > 0).sum(0) / max(len(names), 1),
        "numbers": words.numbers.held(numbers) / max(len(numbers), 1),
    }


def _neighbours(fused: Scores, dense: Scores, layout: Layout) -> Columns:
    """The scores of a passage's neighbours: the answer often stands next to the sentence that repeats the question."""
    found: Columns = {}
    for side, neighbours in (("previous", layout.previous), ("next", layout.following)):
        absent = neighbours < 0
        found[f"{side}_absent"] = absent.astype(np.float64)
        found[f"{side}_fused"] = np.where(absent, ABSENT, fused[neighbours])
        found[f"{side}_sentence"] = np.where(absent, ABSENT, dense[neighbours])
        found[f"{side}_better"] = np.where(absent, 0.0, np.maximum(0.0, fused[neighbours] - fused))
    best = np.maximum.reduceat(fused, layout.starts)
    found["paragraph_fused"] = np.repeat(best, layout.sizes)
    return found


def _kinds(asked: QuestionTerms, words: Words, names: Flags, numbers: Flags, dates: Flags) -> Columns:
    """For each kind of answer: 1 if it is asked for and the passage has one that the question does not name."""
    held = {
        "person": names,
        "time": dates,
        "number": numbers,
        "place": names,
        "reason": words.cause,
        "manner": words.cause,
    }
    found = {f"asked_{kind}": np.multiply(held[kind], float(kind in asked.kinds)) for kind in KINDS}
    found["asked_number_word"] = words.counts * ("number" in asked.kinds)
    found["asked_time_number"] = np.multiply(numbers, float("time" in asked.kinds))
    found["asked_other_name"] = np.multiply(names, float(not asked.kinds))
    return found
