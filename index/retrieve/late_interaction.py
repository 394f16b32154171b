"""Late interaction: scores how well a passage answers a question, token by token.

An embedding is the mean of a model's token vectors, and the mean does not show which word answers which. The scorer
compares the token vectors themselves: each token of a passage with the tokens of the question that it attends to
(decomposable attention, Parikh et al. 2016), and each token of the question with the nearest token of the passage
(MaxSim of ColBERT, Khattab and Zaharia 2020). The embedding model computes these vectors anyway. Those of a passage are
projected to a few dimensions, rounded to 8 bits and stored.

``training/late_interaction.py`` trains the weights for one embedding model. With any other model there is no scorer,
and the ranker works without one. The ranker's features and situations call this score "reader".
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
MOST_TOKENS = 80  # of a passage; the rest are left out
MOST_ASKED = 40  # of a question
_SHARPNESS = 4.0  # factor of the attention logits
_BACK = 4.0  # weight of the second direction, from the question's tokens to the passage's


class PassageScorer(Protocol):
    """A re-ranker: scores a few passages more precisely than their vectors do."""

    @property
    def width(self) -> int:
        """k, the number of values stored for each token."""
        ...

    def compress(self, tokens: Vectors) -> Tokens:
        """The form in which a passage's token vectors (t, d) are stored: shape (min(t, MOST_TOKENS), k)."""
        ...

    def score(self, question: Vectors, passages: Sequence[Tokens]) -> Scores:
        """The score of each of p passages, shape (p,); higher is better.

        ``question`` holds the question's token vectors (t, d), ``passages`` the compressed ones of each passage.
        """
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
        _use_one_thread()
        asked = question[:MOST_ASKED] @ w["question"] + w["question_bias"]  # (q, k)
        return self._score(asked, passages)

    def _quarters(self, name: str) -> tuple[Vectors, ...]:
        """The four parts of a layer's weights: for one input, the other, their product and their difference."""
        whole, size = self.weights[name], self.width
        return tuple(whole[i * size : (i + 1) * size] for i in range(4))

    def _score(self, asked: Vectors, passages: Sequence[Tokens]) -> Scores:
        w = self.weights
        nothing = np.zeros((1, self.width), np.int8)
        kept = [passage if len(passage) else nothing for passage in passages]
        starts = np.array([0, *accumulate(map(len, kept))])  # the tokens of all passages are in one unpadded matrix
        tokens = np.concatenate(kept).astype(np.float32) * w["step"]  # (t, k)
        sharpness = _SHARPNESS / asked.shape[1] ** 0.5
        # One matrix product gives both the attention logits and the cosines between tokens.
        beside = tokens @ np.concatenate([asked @ w["attention"] * sharpness, _unit(asked)]).T  # (t, 2 q)
        matched, near = beside[:, : len(asked)], beside[:, len(asked) :]

        attention = _softmax(matched, 1)  # (t, q)
        own, other, product, difference = self._quarters("token")
        # Multiplying the few question tokens by the weights first is cheaper than multiplying the many passage tokens.
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
    """Add ``[one * other, |one - other|] @ [product, difference]`` to ``total``."""
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
def _use_one_thread() -> None:
    """Let this process multiply matrices on one thread from now on.

    The matrices of a question are so small that several threads are slower, and much slower on a busy machine.
    Switching back and forth would cost more than it saves.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


@cache
def scorer_for(model: str) -> LateInteractionScorer | None:
    """The scorer trained for the embedding model with this name (see ``Embedder.name``); None if there is none."""
    name = model.partition("/")[0]
    path = files("index.retrieve") / "weights" / f"{name}.npz"
    if not path.is_file():
        return None
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        if str(stored["model"]) != model:
            return None
        return LateInteractionScorer({key: stored[key].astype(np.float32) for key in stored.files if key != "model"})
