"""A trained reading model -> the file that the package holds: python -m training.reading.export STATE FILE

An ONNX graph with 8-bit weights (each channel by a scale of its own). It takes word vectors, so their table is not in
it: at run time they are read from the embedding model's own file.
"""

import argparse
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from index.embed.bundled_models import default_cache, folder_for
from index.embed.onnx_export import EIGHT_BITS, OPSET
from training.reading.model import Reader


class Graph(nn.Module):
    """(1, t, d) word vectors and (1, t) types -> (1, t, 2) scores, without padding."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, word_vectors: Tensor, types: Tensor) -> Tensor:
        trunk = self.reader.trunk
        hidden = trunk.embeddings(inputs_embeds=word_vectors, token_type_ids=types)
        for layer in trunk.encoder.layer:
            hidden = layer(hidden)
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        scores: Tensor = self.reader.spans(hidden)
        return scores


def export(state: Path, out: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    stored = torch.load(state)
    folder = folder_for("multilingual", default_cache(), lambda _: None)
    reader = Reader(folder, stored["plan"]["layers"])
    reader.load_state_dict(stored["model"], strict=False)
    sizes = reader.trunk.config
    some = torch.zeros(1, 7, sizes.hidden_size), torch.zeros(1, 7, dtype=torch.long)
    with tempfile.TemporaryDirectory() as work, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, about shapes that it takes for constants
        exact, fused = Path(work) / "exact.onnx", Path(work) / "fused.onnx"
        torch.onnx.export(
            Graph(reader).eval(),
            some,
            str(exact),
            input_names=["word_vectors", "types"],
            output_names=["scores"],
            dynamic_axes={name: {1: "tokens"} for name in ("word_vectors", "types", "scores")},
            opset_version=OPSET,
            dynamo=False,
        )
        optimize_model(
            str(exact), "bert", sizes.num_attention_heads, sizes.hidden_size, opt_level=0
        ).save_model_to_file(str(fused))
        quantize_dynamic(fused, out, weight_type=QuantType.QInt8, **EIGHT_BITS)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    export(options.state, options.out)


if __name__ == "__main__":
    main()
