"""Compiles a sentence-transformers model to the folder that ``onnx_embedder`` runs: an ONNX graph with 8-bit weights.

The graph takes the token ids of texts and returns their pooled unit vectors and their token vectors. Weights are
quantised to 8 bits with one scale for each channel, activations at run time (onnxruntime's dynamic quantisation). There
are several ways to do this; the first whose vectors are near enough to the model's own is used.

``python -m index.embed.onnx_export MODEL FOLDER`` compiles in a separate process, so that all memory, above all
torch's, is freed at the end. It prints lines: ``done`` and the share done (0 to 1). If it fails, the last line is
``cannot`` and the reason, ``missing`` with the kind and text of the ModelError, or ``full`` (the disk).
"""

import logging
import shutil
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.embed.background_sentences import background_sentences
from index.embed.bundled_models import Progress
from index.embed.embedder import SentenceTransformerEmbedder, lead_of
from index.embed.model_loader import open_onnx
from index.embed.tokenizing import PIECES, Manifest
from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)
NEAR = 0.98  # the least cosine between a compiled vector and the model's own
OPSET = 17
# Only seven of the eight bits of a weight are used, because products of two full bytes overflow AVX2's 16-bit sums.
EIGHT_BITS = {"per_channel": True, "reduce_range": True, "extra_options": {"DefaultTensorType": 1}}


class CannotExport(Exception):
    """This model cannot be compiled; the message says why."""


def export_model(reference: SentenceTransformerEmbedder, folder: Path, progress: Progress) -> None:
    """Compile ``reference`` into the existing, empty ``folder``.

    Raises:
        CannotExport
    """
    model = reference.model()
    progress(0.3)
    _manifest(model, Path(reference.name), folder).write(folder)
    exact, fused, small = (folder / f"{name}.onnx" for name in ("exact", "fused", "small"))
    _export(model, exact)
    progress(0.45)
    own = [reference.passages(background_sentences()), reference.questions(background_sentences())]
    ways: tuple[Callable[[], Path], ...] = (
        lambda: _quantised(_fused(model, exact, fused), small),
        lambda: _quantised(exact, small),
        lambda: exact,
    )
    for way in ways:
        try:
            _split(way(), folder)
        except Exception as error:  # the tools raise many kinds of errors on graphs that they do not support
            log.warning("One way to compile the model failed: %s", error)
            continue
        progress(0.9)
        compiled = open_onnx(reference.name, folder)
        vectors = [compiled.passages(background_sentences()), compiled.questions(background_sentences())]
        if min(float((a * b).sum(1).min()) for a, b in zip(own, vectors, strict=True)) >= NEAR:
            np.save(folder / "cohort.npy", vectors[0])
            break
    else:
        raise CannotExport("its compiled vectors differ too much from its own")
    for path in (exact, fused, small):
        path.unlink(missing_ok=True)
    progress(1.0)


def _manifest(model: "SentenceTransformer", source: Path, folder: Path) -> Manifest:
    prompts = {kind: model.prompts.get(kind) or "" for kind in ("query", "document")}
    marks = None
    if (source / PIECES).is_file():
        shutil.copyfile(source / PIECES, folder / PIECES)
        start, *_, end = model.tokenizer("a")["input_ids"]
        marks = (start, end)
    elif fast := getattr(model.tokenizer, "backend_tokenizer", None):
        fast.save(str(folder / "tokenizer.json"))
    else:
        raise CannotExport("its tokenizer is not from the library tokenizers")
    return Manifest(
        int(model.get_embedding_dimension() or 0),
        int(model.max_seq_length or 512),
        prompts,
        {kind: lead_of(model, prompt) for kind, prompt in prompts.items()},
        marks,
    )


def _export(model: "SentenceTransformer", path: Path) -> None:
    import torch
    from transformers import PreTrainedModel

    for module in model.modules():
        if isinstance(module, PreTrainedModel):
            module.set_attn_implementation("eager")  # the only form that onnxruntime can fuse

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            found = self.inner({"input_ids": input_ids, "attention_mask": attention_mask})
            vector = torch.nn.functional.normalize(found["sentence_embedding"], dim=-1)
            return vector, found["token_embeddings"]

    some = model.tokenizer(["A text.", "A text that is longer."], padding=True, return_tensors="pt")
    free = {0: "texts", 1: "tokens"}
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer warns of shapes that it treats as constants
            torch.onnx.export(
                Graph().eval(),
                (some["input_ids"], some["attention_mask"]),
                str(path),
                input_names=["input_ids", "attention_mask"],
                output_names=["vector", "tokens"],
                dynamic_axes={"input_ids": free, "attention_mask": free, "vector": {0: "texts"}, "tokens": free},
                opset_version=OPSET,
                dynamo=False,
            )
    except Exception as error:
        raise CannotExport(f"{type(error).__name__} while its graph was exported") from error


def _fused(model: "SentenceTransformer", exact: Path, path: Path) -> Path:
    """Write the graph with onnxruntime's fused operations for parts of a transformer, which are a third faster."""
    from onnxruntime.transformers.optimizer import optimize_model
    from transformers import PreTrainedModel

    sizes = next(module for module in model.modules() if isinstance(module, PreTrainedModel)).config
    heads, hidden = sizes.num_attention_heads, sizes.hidden_size
    optimize_model(str(exact), "bert", heads, hidden, opt_level=0).save_model_to_file(str(path))
    return path


def _quantised(source: Path, path: Path) -> Path:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, path, weight_type=QuantType.QInt8, **EIGHT_BITS)
    return path


def _split(source: Path, folder: Path) -> None:
    """Write the graph and its weights to separate files, so that the weights can be mapped into memory."""
    import onnx

    graph = onnx.load(source)
    (folder / "model.onnx").unlink(missing_ok=True)
    (folder / "weights").unlink(missing_ok=True)
    onnx.save(
        graph, folder / "model.onnx", save_as_external_data=True, all_tensors_to_one_file=True, location="weights"
    )


def main(model: str, folder: Path) -> None:
    out = sys.stdout

    def say(line: str) -> None:
        print(line, file=out, flush=True)

    with redirect_stdout(sys.stderr):
        try:
            export_model(SentenceTransformerEmbedder(model), folder, lambda share: say(f"done {share}"))
        except CannotExport as error:
            say(f"cannot {error}")
        except ModelError as error:
            say(f"missing {error.kind} {error}")
        except OSError as error:
            say(f"full {error}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
