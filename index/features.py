"""What speaks for each passage as the answer to a question, as named numbers that are free of any model's scale.

Scores are standardised over the article (``_z``), measured from the article's best (``_gap``, in standard deviations,
at most 0; ``_lead`` also counts by how much the best leads the second) or given as a reciprocal rank (``_rank``);
similarities are in the question's own standard units (see ``search.Question``); the rest are shares and counts.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.models import Passage
from index.traits import KINDS, Traits, has_number, pairs, words_of

Scores = NDArray[np.float64]
Columns = dict[str, Scores]
Numbers = NDArray[np.int64]
SAME = 1e-9  # a smaller standard deviation is none
FARTHEST = 20.0  # no bundled model's similarity is more of its standard units from unrelated text; another's may be
ABSENT = -1.0  # the standardised score of a neighbour that is not there


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as its words: its terms, how rare each is in the article (none when it is in another language), the
    kinds of answer that it asks for."""

    text: str
    terms: Sequence[str]
    weights: dict[str, float]
    kinds: frozenset[str]
    same_language: bool


@dataclass(frozen=True, slots=True)
class Similarities:
    """Of each passage's own vector and its context's with the question, in the question's standard units, shape (n,)
    both; the BM25 score; the token reader's score, where the model has a reader; the fused score that is the
    baseline."""

    sentence: Scores
    context: Scores
    bm25: Scores
    fused: Scores
    reader: Scores | None


def standardise(scores: Scores) -> Scores:
    """Mean 0, standard deviation 1; all zero when the scores do not differ."""
    deviation = float(scores.std())
    return (scores - scores.mean()) / deviation if deviation > SAME else np.zeros_like(scores)


def features(asked: Asked, near: Similarities, passages: Sequence[Passage], traits: Sequence[Traits]) -> Columns:
    """Every feature by its name, each of shape (n,), n > 0 passages."""
    scores = {"sentence": near.sentence, "context": near.context, "bm25": near.bm25, "fused": near.fused}
    if near.reader is not None:
        scores["reader"] = near.reader
    found = _scores(scores)
    found |= {
        "sentence": np.clip(near.sentence, -FARTHEST, FARTHEST),
        "context": np.clip(near.context, -FARTHEST, FARTHEST),
    }
    if near.reader is not None:
        found["reader"] = near.reader
    previous, following = _neighbours(passages)
    found |= _words(asked, passages, traits, previous, following)
    found |= _around(near, passages, previous, following)
    known = {word.casefold() for word in words_of(asked.text)}
    found |= _kinds(asked, known, traits)
    found |= _shape(asked, known, passages, traits)
    return found


def _scores(scores: dict[str, Scores]) -> Columns:
    every = np.stack(list(scores.values()))  # (s, n)
    centred = every - every.sum(1, keepdims=True) / every.shape[1]
    deviations = np.sqrt((centred * centred).sum(1, keepdims=True) / every.shape[1])
    z = np.where(deviations > SAME, centred / np.maximum(deviations, SAME), 0.0)
    order = np.argsort(-every, axis=1, kind="stable")
    count = every.shape[1]
    ranks = np.empty_like(every)
    np.put_along_axis(ranks, order, 1 / np.arange(1.0, count + 1)[None], 1)
    best = np.take_along_axis(z, order[:, :1], 1)
    second = np.take_along_axis(z, order[:, 1:2], 1) if count > 1 else best
    lead = z - np.where(np.arange(count) == order[:, :1], second, best)
    parts = {"z": z, "gap": z - best, "lead": lead, "rank": ranks}
    return {f"{name}_{part}": values[i] for i, name in enumerate(scores) for part, values in parts.items()}


def _neighbours(passages: Sequence[Passage]) -> tuple[Numbers, Numbers]:
    """The number of the passage before and after each one, in its paragraph; -1 where there is none."""
    count = len(passages)
    paragraphs = np.array([passage.paragraph for passage in passages])
    together = paragraphs[1:] == paragraphs[:-1]
    previous, following = np.full(count, -1), np.full(count, -1)
    previous[1:][together] = np.arange(count - 1)[together]
    following[:-1][together] = np.arange(1, count)[together]
    return previous, following


def _paragraphs(passages: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    """Where the passages of each paragraph begin and end."""
    start = 0
    for end in range(1, len(passages) + 1):
        if end == len(passages) or passages[end].paragraph != passages[start].paragraph:
            yield start, end
            start = end


def _words(
    asked: Asked, passages: Sequence[Passage], traits: Sequence[Traits], previous: Numbers, following: Numbers
) -> Columns:
    """What of the question's terms, weighted by rarity, a passage holds, alone and with what stands around it."""
    weights = np.array(list(asked.weights.values()))  # (t,)
    total = weights.sum() or 1.0
    rarest = weights.max(initial=0.0) or 1.0
    held = np.array([[term in one.terms for one in traits] for term in asked.weights], bool)  # (t, n)
    held = held.reshape(len(weights), len(traits))
    together = np.empty_like(held)
    for start, end in _paragraphs(passages):
        together[:, start:end] = held[:, start:end].any(1, keepdims=True)

    def share(matched: NDArray[np.bool_]) -> Scores:
        return np.asarray(weights @ matched / total, np.float64)

    def joined(neighbours: Numbers) -> Scores:
        both = held | held[:, neighbours]
        return np.where(neighbours >= 0, share(both) - share(held), 0.0)

    before = np.logical_or.accumulate(held, axis=1)
    first = held.copy()
    first[:, 1:] &= ~before[:, :-1]
    asked_pairs = pairs(asked.terms) if asked.same_language else frozenset()
    words = words_of(asked.text)
    names = {word.casefold() for word in words[1:] if word[0].isupper()}
    numbers = {word.casefold() for word in words if has_number(word)}
    return {
        "coverage": share(held),
        "coverage_paragraph": share(together),
        "coverage_article": share(np.broadcast_to(held.any(1, keepdims=True), held.shape)),
        "coverage_with_previous": joined(previous),
        "coverage_with_next": joined(following),
        "coverage_first_mention": share(first),
        "coverage_unweighted": held.sum(0) / max(len(weights), 1),
        "rarest_matched": (weights[:, None] * held).max(0, initial=0.0) / rarest,
        "pairs": _shares(asked_pairs, [one.pairs for one in traits]),
        "names": _shares(names, [one.names | one.terms for one in traits]),
        "numbers": _shares(numbers, [one.numbers for one in traits]),
    }


def _shares(sought: AbstractSet[Any], held: Sequence[frozenset[Any]]) -> Scores:
    """Of what is sought the share that each holds; none of nothing."""
    if not sought:
        return np.zeros(len(held))
    return np.array([len(sought & one) for one in held]) / len(sought)


def _around(near: Similarities, passages: Sequence[Passage], previous: Numbers, following: Numbers) -> Columns:
    """What the neighbours score: the answer often stands beside the sentence that repeats the question."""
    found: Columns = {}
    dense = standardise(near.sentence)
    for side, neighbours in (("previous", previous), ("next", following)):
        absent = neighbours < 0
        found[f"{side}_absent"] = absent.astype(np.float64)
        for name, scores in (("fused", near.fused), ("sentence", dense)):
            found[f"{side}_{name}"] = np.where(absent, ABSENT, scores[neighbours])
        found[f"{side}_better"] = np.where(absent, 0.0, np.maximum(0.0, near.fused[neighbours] - near.fused))
    found["paragraph_fused"] = np.concatenate(
        [np.full(end - start, near.fused[start:end].max()) for start, end in _paragraphs(passages)]
    )
    return found


def _kinds(asked: Asked, known: set[str], traits: Sequence[Traits]) -> Columns:
    """For each kind of answer: 1 where it is asked for and the passage holds one that the question does not name."""
    names = [bool(one.names - known) for one in traits]
    numbers = [bool(one.numbers - known) for one in traits]
    held = {
        "person": names,
        "time": [bool(one.dates - known) for one in traits],
        "number": numbers,
        "place": names,
        "reason": [one.cause for one in traits],
        "manner": [one.cause for one in traits],
    }
    found = {f"asked_{kind}": np.array(held[kind], float) * (kind in asked.kinds) for kind in KINDS}
    found["asked_number_word"] = np.array([one.counts for one in traits], float) * ("number" in asked.kinds)
    found["asked_time_number"] = np.array(numbers, float) * ("time" in asked.kinds)
    found["asked_other_name"] = np.array(names, float) * (not asked.kinds)
    return found


def _shape(asked: Asked, known: set[str], passages: Sequence[Passage], traits: Sequence[Traits]) -> Columns:
    count = len(passages)
    return {
        "length": np.log1p([len(one.terms) for one in traits]),
        "new_terms": np.log1p([len(one.terms - set(asked.terms)) for one in traits]),
        "new_names": np.log1p([len(one.names - known) for one in traits]),
        "new_numbers": np.log1p([len(one.numbers - known) for one in traits]),
        "pronoun": np.array([one.pronoun for one in traits], float),
        "position": np.arange(count) / max(count - 1, 1),
    }
