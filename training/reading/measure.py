"""How well a model reads windows that it was not trained on."""

from collections.abc import Sequence

import torch

from training.reading.model import Batch, Reader, best, losses, scores
from training.reading.windows import NULL, Window


def measure(model: Reader, windows: Sequence[Window]) -> dict[str, float]:
    """``loss``; ``auroc`` of the best span's margin over "not here", between windows with and without the answer;
    ``overlaps``, the share of windows with the answer in which the best span touches it."""
    ordered = sorted(windows, key=lambda w: len(w.ids))
    lost, margins, touched = [], [], []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for at in range(0, len(ordered), 32):
            some = ordered[at : at + 32]
            batch = Batch(some)
            found = scores(model, batch)
            lost += losses(found, batch).tolist()
            margin, places = best(found)
            margins += margin.tolist()
            touched += [
                any(first <= at <= last for at in (*w.starts, *w.ends))
                for w, (first, last) in zip(some, places.tolist(), strict=True)
            ]
    there = [w.starts != (NULL,) for w in ordered]
    high = [m for m, yes in zip(margins, there, strict=True) if yes]
    low = [m for m, yes in zip(margins, there, strict=True) if not yes]
    wins = sum((h > m) + (h == m) / 2 for h in high for m in low)
    return {
        "loss": round(sum(lost) / len(lost), 4),
        "auroc": round(wins / max(1, len(high) * len(low)), 4),
        "overlaps": round(sum(t for t, yes in zip(touched, there, strict=True) if yes) / max(1, len(high)), 4),
    }
