"""Late interaction: how well a passage answers, read token by token.

An embedding is the mean of a model's token vectors, and the mean forgets which word answers which. The scorer looks at
the token vectors themselves: each token of a passage beside the tokens of the question that it attends to (decomposable
attention, Parikh et al. 2016), and each token of the question beside the nearest of the passage (MaxSim of ColBERT,
Khattab and Zaharia 2020). The embedding model computes these vectors anyway; a passage's are kept, projected to a few
dimensions and rounded to 8 bits. Trained by ``benchmarks/train_reader.py`` for one embedding model, in which the
token vectors' meaning lies; with any other model there is no scorer, and the ranker does without. Where a
feature or a situation is called "reader", this score is meant: the ranker's weights know it by that name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embed.embedder import Vectors
from index.retrieve.arrays import Scores

Tokens = NDArray[np.int8]
Floats = NDArray[np.floating]
MOST_TOKENS = 80  # of a passage; later ones are left out
MOST_ASKED = 40  # of a question
_SHARPNESS = 4.0  # of attention
_BACK = 4.0  # what the question's side weighs


class PassageScorer(Protocol):
    """Scores a few passages more closely than vectors can; the place of any re-ranker."""

    @property
    def width(self) -> int:
        """k, the number of values kept of a token."""
        ...

    def compress(self, tokens: Vectors) -> Tokens:
        """What is kept of a passage's token vectors (t, d): shape (min(t, MOST_TOKENS), k)."""
        ...

    def score(self, question: Vectors, passages: Sequence[Tokens]) -> Scores:
        """How well each of the passages answers; higher is better. ``question`` holds token vectors (t, d)."""
        ...


@dataclass(frozen=True, slots=True)
class LateInteractionScorer:
    """The trained weights: matrices of shape (inputs, outputs) and biases, float32."""

    weights: dict[str, Vectors]

    @property
    def width(self) -> int:
        return len(self.weights["step"])

    def compress(self, tokens: Vectors) -> Tokens:
        w = self.weights
        projected = (tokens[:MOST_TOKENS] @ w["passage"] + w["passage_bias"]) / w["step"]
        return np.asarray(np.clip(np.rint(projected), -127, 127), np.int8)

    def score(self, question: Vectors, passages: Sequence[Tokens]) -> Scores:
        w = self.weights
        if not passages or not len(question):
            return np.zeros(len(passages))
        _multiply_alone()
        asked = question[:MOST_ASKED] @ w["question"] + w["question_bias"]  # (q, k)
        return self._score(asked, passages)

    def _quarters(self, name: str) -> tuple[Vectors, ...]:
        """What of a layer is for the one, the other, their product and their difference."""
        whole, size = self.weights[name], self.width
        return tuple(whole[i * size : (i + 1) * size] for i in range(4))

    def _score(self, asked: Vectors, passages: Sequence[Tokens]) -> Scores:
        w = self.weights
        nothing = np.zeros((1, self.width), np.int8)
        kept = [passage if len(passage) else nothing for passage in passages]
        starts = np.array([0, *accumulate(map(len, kept))])  # all passages' tokens stand in one matrix, without padding
        tokens = np.concatenate(kept).astype(np.float32) * w["step"]  # (t, k)
        sharpness = _SHARPNESS / asked.shape[1] ** 0.5
        # Both in one product: where attention goes, and how near the tokens are to each other.
        beside = tokens @ np.concatenate([asked @ w["attention"] * sharpness, _unit(asked)]).T  # (t, 2 q)
        matched, near = beside[:, : len(asked)], beside[:, len(asked) :]

        attention = _softmax(matched, 1)  # (t, q)
        own, other, product, difference = self._quarters("token")
        # What is multiplied by the question's few tokens first costs little for the passages' many.
        hidden = np.asarray(tokens @ own + attention @ (asked @ other + w["token_bias"]), np.float32)
        hidden = _relu(_compared(hidden, tokens, attention @ asked, product, difference))
        answers = (_relu(hidden @ w["token2"] + w["token2_bias"]) @ w["answers"] + w["answers_bias"])[:, 0]
        answered = np.logaddexp.reduceat(answers, starts[:-1])  # (p,)

        lengths = np.diff(starts)
        raised = np.exp(matched - np.repeat(np.maximum.reduceat(matched, starts[:-1], axis=0), lengths, axis=0))
        raised /= np.repeat(np.add.reduceat(raised, starts[:-1], axis=0), lengths, axis=0)
        each = [raised[a:b].T @ tokens[a:b] for a, b in pairwise(starts.tolist())]
        found = np.concatenate(each)  # (p * q, k)
        own, other, product, difference = self._quarters("back")
        again = (len(kept), 1)
        hidden = np.asarray(found @ other + np.tile(asked @ own + w["back_bias"], again), np.float32)
        hidden = _relu(_compared(hidden, np.tile(asked, again), found, product, difference))
        covered = (hidden @ w["covers"] + w["covers_bias"]).reshape(len(kept), len(asked))
        importance = _softmax(asked @ w["importance"] + w["importance_bias"], 0)[:, 0]
        nearest = np.maximum.reduceat(near / _lengths(tokens), starts[:-1], axis=0)  # (p, q)
        total = answered + _BACK * covered @ importance + w["nearest"][0] * (nearest @ importance) + w["bias"][0]
        return np.asarray(total, np.float64)


def _compared(total: Vectors, one: Vectors, other: Floats, product: Vectors, difference: Vectors) -> Vectors:
    """Adds ``[one * other, |one - other|] @ [product, difference]`` to ``total``."""
    total += (one * other) @ product
    apart = one - other
    total += np.abs(apart, out=apart) @ difference
    return total


def _relu(x: Vectors) -> Vectors:
    return np.maximum(x, 0, out=x)


def _softmax(x: Floats, axis: int) -> Vectors:
    raised = np.exp(x - x.max(axis, keepdims=True))
    return np.asarray(raised / raised.sum(axis, keepdims=True), np.float32)


def _unit(x: Vectors) -> Vectors:
    return x / _lengths(x)


def _lengths(x: Vectors) -> Vectors:
    return np.asarray(np.maximum(np.sqrt(np.einsum("ij,ij->i", x, x)), 1e-12)[:, None], np.float32)


@cache
def _multiply_alone() -> None:
    """From now on this process multiplies matrices on one thread. Those of a question are so small that several
    threads are slower, and much slower on a busy machine. Switching back and forth would cost more than it saves."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


@cache
def scorer_for(model: str) -> LateInteractionScorer | None:
    """The scorer trained for an embedding model, by the embedder's name; None where there is none."""
    name = model.partition("/")[0]
    path = files("index.retrieve") / "weights" / f"{name}.npz"
    if not path.is_file():
        return None
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        if str(stored["model"]) != model:
            return None
        return LateInteractionScorer({key: stored[key].astype(np.float32) for key in stored.files if key != "model"})
