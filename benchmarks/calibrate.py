"""Fit the decision to XQuAD and write ``index/calibration.json``: python -m benchmarks.calibrate --data DIR

Two logistic regressions (one for questions in the article's language, one for others) over ``search.Evidence``,
fitted to the questions asked in English, Russian, German and Spanish with both bundled models, so that neither leans
on one model's scale. The figures printed and stored are cross-validated by article.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import auroc
from benchmarks.evidence import loaded, trials
from index.search import Evidence

LANGUAGES = ("en", "ru", "de", "es")
NAMES = tuple(field.name for field in fields(Evidence))[:4]
FOLDS = 8
Matrix = NDArray[np.float64]


def fit(x: Matrix, y: Matrix, kind: NDArray[np.str_]) -> tuple[float, Matrix]:
    """Bias and weights. Each kind of trial weighs as much as half of the answerable ones."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    weight = np.where(kind == "own", 1.0, 0.5 * (kind == "own").sum() / np.maximum((kind == "off").sum(), 1))
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(x), y, sample_weight=weight)
    weights = model.coef_[0] / scaler.scale_
    return float(model.intercept_[0] - weights @ scaler.mean_), weights


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", nargs="+", default=["multilingual", "english"])
    parser.add_argument("--threshold", type=float, default=0.4)
    parser.add_argument("--out", type=Path, default=Path("index/calibration.json"))
    options = parser.parse_args(arguments)
    rows = []
    for model in options.models:
        told, embedder = loaded(options.data, model)
        # The English model does not read other languages; a calibration for them would only learn noise.
        languages = LANGUAGES if model == "multilingual" else ("en",)
        rows += [(model, trial) for trial in trials(options.data, told, embedder, languages)]
    models = np.array([model for model, _ in rows])
    article = np.array([trial.article for _, trial in rows])
    language = np.array([trial.language for _, trial in rows])
    kind = np.array([trial.kind for _, trial in rows])
    values = np.array([astuple(trial.ranking.evidence) for _, trial in rows])
    y = (kind == "own").astype(float)
    same = values[:, 4] == 1
    logits = np.zeros(len(rows))
    weights = {}
    for name, mask, columns in (("same", same, [0, 1, 2, 3]), ("other", ~same, [0])):
        x = values[:, columns]
        for fold in range(FOLDS):
            train, test = mask & (article % FOLDS != fold), mask & (article % FOLDS == fold)
            bias, coefficients = fit(x[train], y[train], kind[train])
            logits[test] = bias + x[test] @ coefficients
        bias, coefficients = fit(x[mask], y[mask], kind[mask])
        names = ["bias", *(NAMES[c] for c in columns)]
        weights[name] = dict(zip(names, (round(float(v), 4) for v in (bias, *coefficients)), strict=True))
    figures = {}
    answered = 1 / (1 + np.exp(-logits)) >= options.threshold
    for model in options.models:
        for code in LANGUAGES:
            here = (models == model) & (language == code)
            if here.any():
                shares = {k: round(float(answered[here & (kind == k)].mean()), 3) for k in ("own", "off", "hard")}
                areas = {
                    f"auroc_{k}": round(
                        auroc(list(logits[here & (kind == "own")]), list(logits[here & (kind == k)])), 3
                    )
                    for k in ("off", "hard")
                }
                figures[f"{model}, questions in {code}"] = {**shares, **areas}
                print(f"{model:12} {code}", figures[f"{model}, questions in {code}"])
    content = {
        "about": "From search.Evidence to the probability that the best passage answers; see benchmarks/calibrate.py.",
        "data": "XQuAD, 32 articles (Artetxe et al. 2019), CC BY-SA 4.0; figures cross-validated by article",
        "threshold": options.threshold,
        **weights,
        "answered": figures,
    }
    options.out.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
