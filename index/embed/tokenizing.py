"""Turns text into token ids for a compiled model. It does not import numpy, so a vocabulary can be read early."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

PIECES = "tokenizer.spm"  # a SentencePiece model with the ids of the embedding model


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts about a compiled model that its graph does not hold.

    The keys of ``prompts`` and ``leads`` are "query" and "document". A lead is the number of tokens before the text
    itself: the start token and the prompt. ``marks`` are the ids of the start and end tokens if the tokenizer is a
    SentencePiece model, which does not add them; None if it is a file of the library ``tokenizers``.
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
        """The token ids of a text with the start and end tokens, cut to the longest input of the model."""
        ...


def tokenizer(manifest: Manifest, folder: Path) -> Tokenizer:
    return SentencePiece(manifest, folder) if manifest.marks else Fast(manifest, folder)


class SentencePiece:
    """A SentencePiece model. For a large vocabulary it takes 50 MB of memory, ``tokenizers`` 300 MB."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        assert manifest.marks is not None
        self._start, self._end = manifest.marks
        self._most = manifest.most_tokens - 2
        self._processor = SentencePieceProcessor(model_file=str(folder / PIECES))

    def ids(self, text: str) -> list[int]:
        return [self._start, *self._processor.encode(text)[: self._most], self._end]


class Fast:
    """A tokenizer file of the library ``tokenizers``, as transformers writes it."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(manifest.most_tokens)

    def ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)
