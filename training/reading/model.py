"""The reading model with gradients: the first layers of the embedding model, and span heads with a null score (Devlin
et al. 2019, section 4.3)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.reading.windows import Window

PAD = 1
FAR = -1e4


class Reader(nn.Module):
    """(b, t) token ids and types -> (b, t, 2) scores of where the answer begins and where it ends; those at the first
    position stand for "not in this window"."""

    def __init__(self, folder: Path, layers: int) -> None:
        from transformers import AutoConfig, BertModel

        super().__init__()
        config = AutoConfig.from_pretrained(folder)
        # Of the ways to compute attention the plain one is the fastest in bfloat16 on a CPU. Dropout costs a fifth of
        # the time, and no window is seen twice.
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
        self.trunk = BertModel.from_pretrained(
            folder, config=config, add_pooling_layer=False, attn_implementation="eager"
        )
        self.trunk.encoder.layer = self.trunk.encoder.layer[:layers]
        self.trunk.embeddings.word_embeddings.weight.requires_grad = False
        self.spans = nn.Linear(config.hidden_size, 2)

    def forward(self, ids: Tensor, types: Tensor, there: Tensor) -> Tensor:
        found = self.trunk(input_ids=ids, token_type_ids=types, attention_mask=there).last_hidden_state
        scores: Tensor = self.spans(found)
        return scores.float()


class Batch:
    """Windows, padded to the longest."""

    def __init__(self, windows: Sequence[Window]) -> None:
        shape = len(windows), max(len(w.ids) for w in windows)
        self.ids, self.types = np.full(shape, PAD, np.int64), np.zeros(shape, np.int64)
        self.there, self.open = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
        self.golds = np.zeros((*shape, 2), np.bool_)
        for n, window in enumerate(windows):
            size = len(window.ids)
            self.ids[n, :size], self.types[n, :size], self.there[n, :size] = window.ids, window.types, 1
            self.open[n, 0] = True
            self.open[n, window.body : size - 1] = True
            self.golds[n, list(window.starts), 0] = self.golds[n, list(window.ends), 1] = True

    def __len__(self) -> int:
        return len(self.ids)


def scores(model: Reader, batch: Batch) -> Tensor:
    """(b, t, 2), far below zero where no answer may begin or end."""
    found: Tensor = model(*map(torch.from_numpy, (batch.ids, batch.types, batch.there)))
    return found.masked_fill(~torch.from_numpy(batch.open)[..., None], FAR)


def losses(found: Tensor, batch: Batch) -> Tensor:
    """(b,): the marginal negative log-likelihood of the right positions (Clark and Gardner 2018)."""
    right = found.masked_fill(~torch.from_numpy(batch.golds), FAR)
    return (found.logsumexp(1) - right.logsumexp(1)).mean(1)


def best(found: Tensor, longest: int = 30) -> tuple[Tensor, Tensor]:
    """Of each window the margin of the best span over "not here", (b,), and that span's first and last position,
    (b, 2)."""
    starts, ends = found[:, 1:, 0], found[:, 1:, 1]
    pairs = starts[:, :, None] + ends[:, None, :]
    size = pairs.shape[1]
    near = torch.ones(size, size, dtype=torch.bool).triu().tril(longest - 1)
    flat = pairs.masked_fill(~near, 4 * FAR).flatten(1).max(1)
    place = torch.stack([flat.indices // size + 1, flat.indices % size + 1], 1)
    return flat.values - found[:, 0].sum(1), place
