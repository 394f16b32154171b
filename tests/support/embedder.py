"""A small deterministic embedder: hashed, stemmed words, so that texts which share words are near."""

import zlib
from collections.abc import Sequence

import numpy as np

from index.embed.background_sentences import background_sentences
from index.embed.embedder import Vectors
from index.text.terms import terms

COMMON = frozenset(
    ("a an and at be by do for from he her his how i in is it of on or she that the they to was what when where which "
     "who why will with").split()
)  # fmt: skip


class WordEmbedder:
    """Vectors of length 1 and dimension 256; ``name`` can be changed to play another model."""

    def __init__(self, name: str = "words") -> None:
        self.name = name
        self.dimension = 256

    def passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.full((len(texts), self.dimension), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for term in terms(text, "en"):
                vectors[row, zlib.crc32(term.encode()) % self.dimension] += 0.1 if term in COMMON else 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self.passages(texts)

    def passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Each word is a token."""
        return self.passages(texts), [self.passages(text.split()) for text in texts]

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        return self.passage_tokens(texts)

    def background(self) -> Vectors:
        return self.passages(background_sentences())
