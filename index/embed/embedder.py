"""Turns texts into vectors: the interface of embedders, and the reference embedder, with sentence-transformers."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from index.embed.background_sentences import background_sentences
from index.embed.bundled_models import BUNDLED, Progress, default_cache, folder_for, full_name
from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Maps texts to unit vectors, whose inner product is the similarity of two texts."""

    @property
    def name(self) -> str:
        """The unique name of the model, which is stored with its vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(texts), dimension), float32, rows of length 1."""
        ...

    def questions(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions, in the same shape. Some models use another prompt for questions."""
        ...

    def passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """The result of ``passages``, and for each text its token vectors (t, dimension), without the prompt and the
        start and end tokens."""
        ...

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """The result of ``questions``, and the token vectors of each question, as in ``passage_tokens``."""
        ...

    def background(self) -> Vectors:
        """The vectors of ``background_sentences`` as passages, shape (c, dimension)."""
        ...


def lead_of(model: "SentenceTransformer", prompt: str) -> int:
    """The number of tokens before the text itself: the start token and those of the prompt."""
    # A space at the end of the prompt belongs to the first token of the text, but alone it would be a token.
    return len(model.tokenizer(prompt.rstrip())["input_ids"]) - 1


class SentenceTransformerEmbedder:
    """The reference embedder: a model run by sentence-transformers, loaded on first use.

    Args:
        model: a bundled model's name, a folder, or a hub id.
        cache: the folder of prepared models.
        progress: called with the share done (0 to 1) while a bundled model is prepared.

    Raises (on first use):
        ModelError: the model is missing, altered or cannot be loaded.
    """

    def __init__(self, model: str, *, cache: Path | None = None, progress: Progress = lambda share: None) -> None:
        self._model_name = model
        self._cache = cache
        self._progress = progress
        self._model: SentenceTransformer | None = None
        # Fast tokenizers raise "Already borrowed" if two threads use one at the same time.
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return full_name(self._model_name)

    @property
    def dimension(self) -> int:
        return int(self.model().get_embedding_dimension() or 0)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, query=False)

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, query=True)

    def passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        return self._encode_tokens(texts, query=False)

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        return self._encode_tokens(texts, query=True)

    def _encode_tokens(self, texts: Sequence[str], *, query: bool) -> tuple[Vectors, list[Vectors]]:
        model = self.model()
        if not texts:
            return np.zeros((0, self.dimension), np.float32), []
        prompt = model.prompts.get("query" if query else "document") or ""
        with self._lock:
            lead = lead_of(model, prompt)
            encode = model.encode_query if query else model.encode_document
            found = cast(
                "list[dict[str, Tensor]]",
                encode(list(texts), batch_size=32, show_progress_bar=False, output_value=None),
            )
        vectors = np.stack([one["sentence_embedding"].numpy() for one in found]).astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        tokens = [
            one["token_embeddings"][: int(one["attention_mask"].sum())][lead:-1].numpy().astype(np.float32)
            for one in found
        ]
        return vectors, tokens

    def _encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        model = self.model()
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            encode = model.encode_query if query else model.encode_document
            vectors = encode(list(texts), batch_size=32, show_progress_bar=False, normalize_embeddings=True)
        return np.asarray(vectors, np.float32)

    def background(self) -> Vectors:
        return self.passages(background_sentences())

    def model(self) -> "SentenceTransformer":
        """The model, loaded if it is not yet. Raises ModelError."""
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> "SentenceTransformer":
        where = self._model_name
        if where in BUNDLED:
            where = str(folder_for(where, self._cache or default_cache(), self._progress))
        _refuse_pickles(Path(where))
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        # Readers should not see its progress bars and its report of unused weights.
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(where, device="cpu", model_kwargs={"use_safetensors": True})
        except Exception as error:
            # The library passes on exceptions of the hub client, the file format and torch.
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            what = f"The model {self._model_name!r} cannot be loaded ({reason})."
            raise ModelError(what, "not_loadable", model=self._model_name) from error


def _refuse_pickles(folder: Path) -> None:
    """Refuse a model with pickled weights, because unpickling a file can run code that it contains.

    Raises:
        ModelError: a part of the model has no other weights.
    """
    for pickled in folder.rglob("pytorch_model*.bin"):
        if not any(pickled.parent.glob("model*.safetensors")):
            where = pickled.relative_to(folder)
            what = f"The model {str(folder)!r} has weights in {where}, a format that can run code."
            raise ModelError(what, "runs_code", model=str(folder))
