"""The reading model: a question and a window of the article -> where in it the answer stands, or that it does not.

The first layers of the embedding model with two scores for each token: of being the answer's first, and its last; those
of the start mark stand for "not here" (Devlin et al. 2019, section 4.3, SQuAD 2.0). Written by ``training/reading``.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embed.tokenizing import Pieces
from index.read.windows import MOST_ASKED, Window

START, END = 0, 2  # the ids of <s> and </s>
MOST_ANSWERED = 30  # tokens of an answer
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """``starts`` and ``ends`` (t,): for each token of a window by how much it speaks for an answer that begins, or
    ends, there rather than for none in this window, as log-odds."""

    window: Window
    starts: Floats
    ends: Floats


class ReadingModel(Protocol):
    """Reads windows with a question. Raises ModelError."""

    @property
    def name(self) -> str: ...
    def pieces(self, text: str) -> Pieces: ...
    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]: ...


class WordVectors(Protocol):
    def __call__(self, ids: NDArray[np.int32]) -> Floats:
        """The input embeddings of tokens: (t,) -> (t, d)."""
        ...


class OnnxReadingModel:
    """The model in ``folder``, run by onnxruntime: each window by itself, several side by side (see
    ``embed/onnx_embedder.py``)."""

    def __init__(self, name: str, path: Path, tokenizer: Any, word_vectors: WordVectors, cores: int) -> None:
        self.name = name
        self._path, self._tokenizer, self._word_vectors, self._cores = path, tokenizer, word_vectors, cores

    def pieces(self, text: str) -> Pieces:
        found: Pieces = self._tokenizer.pieces(text)
        return found

    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]:
        asked = self.pieces(question).ids[:MOST_ASKED]

        def one(window: Window) -> Reading:
            return self._read(asked, window)

        return [one(window) for window in windows] if len(windows) < 2 else list(self._pool.map(one, windows))

    def _read(self, asked: NDArray[np.int32], window: Window) -> Reading:
        head = [START, *asked, END]
        ids = np.array([*head, *window.title, END, *window.ids, END], np.int32)
        types = np.ones((1, len(ids)), np.int64)
        types[0, : len(head)] = 0
        inputs = {"word_vectors": self._word_vectors(ids)[None], "types": types}
        scores = self._session.run(None, inputs)[0][0]  # (t, 2)
        body = len(head) + len(window.title) + 1
        there = scores[body : body + len(window.ids)] - scores[0]
        return Reading(window, there[:, 0], there[:, 1])

    @cached_property
    def _session(self) -> Any:
        from index.embed.onnx_embedder import open_session

        return open_session(self._path, self._cores)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._cores, "reading")


@dataclass(frozen=True, slots=True)
class Best:
    """Of a passage the best answer in it: its log-odds against none, and its range of code points of the article."""

    score: float
    span: tuple[int, int]


def best_in_passages(readings: Sequence[Reading]) -> dict[int, Best]:
    """The best span in each passage that was read, over all windows that hold it."""
    found: dict[int, Best] = {}
    for reading in readings:
        window, passages = reading.window, reading.window.passages
        for n, first, after in passages:
            starts, ends = reading.starts[first:after], reading.ends[first:after]
            if not len(starts):
                continue
            pairs = starts[:, None] + ends[None, :]
            size = len(starts)
            near = np.triu(np.ones((size, size), np.bool_)) & ~np.triu(np.ones((size, size), np.bool_), MOST_ANSWERED)
            flat = np.where(near, pairs, -np.inf).argmax()
            low, high = divmod(int(flat), size)
            score = float(pairs[low, high])
            if n not in found or score > found[n].score:
                span = int(window.starts[first + low]), int(window.ends[first + high])
                found[n] = Best(score, span)
    return found
