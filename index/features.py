"""What speaks for each passage as the answer to a question, as named numbers that are free of any model's scale.

Scores are standardised over the article (``_z``), measured from the article's best (``_gap``, in standard deviations,
at most 0; ``_lead`` also counts by how much the best leads the second) or given as a reciprocal rank (``_rank``);
similarities are in the question's own standard units (see ``search.Question``); the rest are shares and counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.models import Passage
from index.traits import KINDS, Traits, has_number, pairs, words_of

Scores = NDArray[np.float64]
Columns = dict[str, Scores]
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
    return (scores - scores.mean()) / deviation if deviation > 1e-9 else np.zeros_like(scores)


def features(asked: Asked, near: Similarities, passages: Sequence[Passage], traits: Sequence[Traits]) -> Columns:
    """Every feature by its name, each of shape (n,), n > 0 passages."""
    found: Columns = {}
    found |= _scores("sentence", near.sentence) | _scores("context", near.context) | _scores("bm25", near.bm25)
    found |= _scores("fused", near.fused)
    found |= {
        "sentence": np.clip(near.sentence, -FARTHEST, FARTHEST),
        "context": np.clip(near.context, -FARTHEST, FARTHEST),
    }
    if near.reader is not None:
        found |= _scores("reader", near.reader) | {"reader": near.reader}
    previous, following = _neighbours(passages)
    found |= _words(asked, passages, traits, previous, following)
    found |= _around(near, passages, previous, following)
    known = {word.casefold() for word in words_of(asked.text)}
    found |= _kinds(asked, known, traits)
    found |= _shape(asked, known, passages, traits)
    return found


def _scores(name: str, scores: Scores) -> Columns:
    z = standardise(scores)
    order = np.argsort(-scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = 1 / np.arange(1, len(scores) + 1)
    best = z[order[0]]
    second = z[order[1]] if len(scores) > 1 else best
    lead = z - np.where(np.arange(len(z)) == order[0], second, best)
    return {f"{name}_z": z, f"{name}_gap": z - best, f"{name}_lead": lead, f"{name}_rank": ranks}


def _neighbours(passages: Sequence[Passage]) -> tuple[list[int | None], list[int | None]]:
    """The number of the passage before and after each one, in its paragraph."""
    together = [a.paragraph == b.paragraph for a, b in pairwise(passages)]
    previous = [None, *(i if same else None for i, same in enumerate(together))]
    following = [*(i + 1 if same else None for i, same in enumerate(together)), None]
    return previous, following


def _words(
    asked: Asked,
    passages: Sequence[Passage],
    traits: Sequence[Traits],
    previous: Sequence[int | None],
    following: Sequence[int | None],
) -> Columns:
    """What of the question's terms, weighted by rarity, a passage holds, alone and with what stands around it."""
    weights = asked.weights
    total = sum(weights.values()) or 1.0
    rarest = max(weights.values(), default=0.0) or 1.0
    held = [weights.keys() & one.terms for one in traits]
    together: dict[int, set[str]] = {}
    for passage, matched in zip(passages, held, strict=True):
        together.setdefault(passage.paragraph, set()).update(matched)

    def share(matched: set[str]) -> float:
        return sum(weights[term] for term in matched) / total

    def joined(neighbours: Sequence[int | None]) -> Scores:
        both = [share(held[i] | held[j]) - share(held[i]) if j is not None else 0.0 for i, j in enumerate(neighbours)]
        return np.array(both)

    seen: set[str] = set()
    first = []
    for matched in held:
        first.append(share(matched - seen))
        seen |= matched
    asked_pairs = pairs(asked.terms) if asked.same_language else frozenset()
    words = words_of(asked.text)
    names = {word.casefold() for word in words[1:] if word[0].isupper()}
    numbers = {word.casefold() for word in words if has_number(word)}
    return {
        "coverage": np.array([share(matched) for matched in held]),
        "coverage_paragraph": np.array([share(together[passage.paragraph]) for passage in passages]),
        "coverage_article": np.full(len(passages), share(seen)),
        "coverage_with_previous": joined(previous),
        "coverage_with_next": joined(following),
        "coverage_first_mention": np.array(first),
        "coverage_unweighted": np.array([len(matched) / max(len(weights), 1) for matched in held]),
        "rarest_matched": np.array([max((weights[t] for t in matched), default=0.0) / rarest for matched in held]),
        "pairs": np.array([len(asked_pairs & one.pairs) / max(len(asked_pairs), 1) for one in traits]),
        "names": np.array([len(names & (one.names | one.terms)) / max(len(names), 1) for one in traits]),
        "numbers": np.array([len(numbers & one.numbers) / max(len(numbers), 1) for one in traits]),
    }


def _around(
    near: Similarities, passages: Sequence[Passage], previous: Sequence[int | None], following: Sequence[int | None]
) -> Columns:
    """What the neighbours score: the answer often stands beside the sentence that repeats the question."""
    found: Columns = {}
    dense = standardise(near.sentence)
    for side, neighbours in (("previous", previous), ("next", following)):
        found[f"{side}_absent"] = np.array([float(j is None) for j in neighbours])
        for name, scores in (("fused", near.fused), ("sentence", dense)):
            found[f"{side}_{name}"] = np.array([scores[j] if j is not None else ABSENT for j in neighbours])
        found[f"{side}_better"] = np.array(
            [max(0.0, near.fused[j] - near.fused[i]) if j is not None else 0.0 for i, j in enumerate(neighbours)]
        )
    best: dict[int, float] = {}
    for passage, score in zip(passages, near.fused, strict=True):
        best[passage.paragraph] = max(best.get(passage.paragraph, -np.inf), float(score))
    found["paragraph_fused"] = np.array([best[passage.paragraph] for passage in passages])
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
