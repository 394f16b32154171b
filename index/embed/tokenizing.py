"""Text -> token ids, for a compiled model. Without numpy, so that a vocabulary can be read before anything else."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECES = "tokenizer.spm"  # a SentencePiece model whose ids are the model's own


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


@dataclass(frozen=True, slots=True)
class Pieces:
    """The tokens of a text: their ids, and the range of code points that each stands for; (t,) each, int32."""

    ids: "NDArray[np.int32]"
    starts: "NDArray[np.int32]"
    ends: "NDArray[np.int32]"


class Tokenizer(Protocol):
    def ids(self, text: str) -> list[int]:
        """The ids of a text's tokens between the model's marks, cut to its length."""
        ...


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

    def pieces(self, text: str) -> Pieces:
        """The tokens of a text of any length, without marks."""
        import numpy as np

        found = self._processor.encode(text, return_type="proto").pieces
        encoded = np.frombuffer(text.encode(), np.uint8)
        # The library counts bytes. Before byte b stand as many code points as bytes that begin one.
        points = np.concatenate([[0], np.cumsum((encoded & 0xC0) != 0x80)]).astype(np.int32)
        starts, ends = np.array([(p.begin, p.end) for p in found], np.int64).reshape(-1, 2).T
        return Pieces(np.array([p.id for p in found], np.int32), points[starts], points[ends])


class Fast:
    """A file of the library ``tokenizers``, as transformers writes it."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(manifest.most_tokens)

    def ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)
