"""Runs a model compiled by ``onnx_export`` with onnxruntime, without importing torch.

Each text is run alone, several in parallel, one on each core. In a batch the texts would be padded and share one scale
of their 8-bit activations, so that the vector of a text would depend on the others; and on a CPU a batch is not faster.
"""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.embedder import Vectors
from index.embed.tokenizing import Manifest, Tokenizer

MOST_THREADS = 8
SPIN = "20"  # microseconds that a waiting thread spins


class OnnxEmbedder:
    """The compiled model in ``folder``. ``tokenizer`` is a future, because reading it takes longest."""

    def __init__(self, name: str, folder: Path, manifest: Manifest, tokenizer: "Future[Tokenizer]") -> None:
        self.name = name
        self._folder = folder
        self._manifest = manifest
        self._cores = min(_cores(), MOST_THREADS)
        # With more texts at a time than cores, each would only take longer.
        self._turn = threading.BoundedSemaphore(self._cores)
        self._tokenizer = tokenizer
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

    def background(self) -> Vectors:
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
        # A copy, because a slice would keep the whole array in memory.
        return vector[0], tokens[0, self._manifest.leads[kind] : -1].copy()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._cores, "embedding")

    def _open(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._cores
        # A thread that spins while it waits takes a core from the other texts and from the event loop. A thread that
        # sleeps at once wakes up too late for the next operation, a few microseconds later. So it spins, but briefly.
        options.add_session_config_entry("session.intra_op.spin_duration_us", SPIN)
        options.add_session_config_entry("session.force_spinning_stop", "1")
        # The arena would never release the memory of the longest text.
        options.enable_cpu_mem_arena = False
        return onnxruntime.InferenceSession(
            str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
