"""Fit the weights of index/ingest/plain/boilerplate.py to saved pages: python -m training.boilerplate --data DIR

It prints the weights, and their cross-validated figures.
"""

import argparse
import gzip
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from benchmarks.quality.extraction import bodies, overlap, row, shingles
from index.ingest.plain.boilerplate import WEIGHTS, article_blocks, features
from index.text.language import detect
from index.text.normalize import tidy
from tests.support.browser.selection import visible

FOLDS = 10
CAUTION = 1.0  # added to the fitted intercept, because losing a sentence is worse than keeping a line of boilerplate


def belongs(body: str, block: str) -> bool:
    """Whether a block of a page is part of the marked article."""
    gold, ours = shingles(body), shingles(block)
    words, all_words = (" ".join(re.findall(r"\w+", text)) for text in (block, body))
    whole = words.count(" ") > 1 and f" {words} " in f" {all_words} "
    return whole or 2 * (gold & ours).total() > ours.total()


def learnt(truth: dict[str, str], seen: dict[str, list[str]]) -> None:
    """Fit on the blocks of nine tenths of the pages and of their article texts, and measure on the rest."""
    from sklearn.linear_model import LogisticRegression

    bare = {key: [block for part in body.split("\n\n") if (block := tidy(part))] for key, body in truth.items()}
    rows = {key: features(seen[key]) + features(bare[key]) for key in truth}
    labels = {key: [belongs(truth[key], b) for b in seen[key]] + [True] * len(bare[key]) for key in truth}

    def fit(keys: Sequence[str]) -> tuple[list[float], float]:
        model = LogisticRegression(max_iter=3000)
        model.fit(list(chain(*(rows[key] for key in keys))), list(chain(*(labels[key] for key in keys))))
        return model.coef_[0].tolist(), float(model.intercept_[0]) + CAUTION

    pairs = []
    for fold in range(FOLDS):
        held_back = sorted(truth)[fold::FOLDS]
        weights, intercept = fit([key for key in truth if key not in held_back])
        for key in held_back:
            run = article_blocks(seen[key], detect("\n\n".join(seen[key])), weights, intercept)
            pairs.append(overlap(truth[key], "\n\n".join(seen[key][i] for i in run)))
    print(row(f"pasted whole, {FOLDS}-fold by page", pairs))
    weights, intercept = fit(list(truth))
    print({name: round(weight, 2) for name, weight in zip(WEIGHTS, weights, strict=True)}, round(intercept, 2))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder = parser.parse_args(arguments).data / "pages"
    if not folder.exists():
        raise SystemExit(f"skipped: {folder} is not here (point --data at the folder that holds pages/)")
    truth = bodies(folder)
    learnt(truth, {key: visible(gzip.decompress((folder / f"{key}.html.gz").read_bytes())) for key in truth})


if __name__ == "__main__":
    main()
