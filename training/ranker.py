"""Fit the ranker and the decision to XQuAD, and write ``index/retrieve/ranker.json``:
python -m training.ranker --data DIR

The questions are in English, Russian, German and Spanish, on the English articles, and the English ones also in loose
wording. All bundled models are used, so that the weights do not depend on the scale of one model. All figures, printed
and stored, are cross-validated by article. ``--ablation`` adds what the ranking loses without each group of features,
for questions in the article's language.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.quality.corpus import LOOSE, load
from benchmarks.quality.measures import HEAD, Judged, measures
from benchmarks.quality.readers import LANGUAGE as READERS
from benchmarks.quality.readers import trials as readers_trials
from benchmarks.quality.trials import Trial, trials
from benchmarks.results import keep
from index.library import ONE_WRONG_IN
from index.retrieve.arrays import Scores
from index.retrieve.ranker import Blend, Linear, Ranker, Situation, decision_columns
from training.fitting import calibrated, fit_decision, fit_ranking, matrix

LANGUAGES = ("en", LOOSE, "ru", "de", "es")
FALSE_NO = 0.04  # of readers' questions that the article answers nothing is shown
FOLDS = 8
ENOUGH = 300  # the least questions for a row of figures; smaller groups are those with a wrongly detected language
SHORT_WEIGHT = 0.5  # weight of short articles: many readers have them, but most figures are of long ones
LOOSE_WEIGHT = 0.5  # weight of the questions in loose wording
GROUPS = {  # groups of features by the beginnings of their names
    "reader": ("reader",),
    "vectors": ("sentence", "context"),
    "words": ("bm25", "coverage", "rarest", "pairs", "names", "numbers"),
    "fused": ("fused",),
    "neighbours": ("previous", "next", "paragraph"),
    "kind of answer": ("asked",),
    "shape": ("length", "new_", "pronoun", "position"),
}
SHARES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100)


@dataclass(frozen=True, slots=True)
class Fitted:
    """For one situation, both models fitted to all trials, and each trial judged by models without its article."""

    ranking: Linear
    decision: Blend
    judged: list[Judged]


def ranked_apart(tried: Sequence[Trial], names: Sequence[str], situation: Situation) -> list[Scores]:
    """The probabilities (n,) of each trial's passages, from a ranking fitted without that trial's article."""
    found: list[Scores] = [np.zeros(0)] * len(tried)
    for fold in range(FOLDS):
        train = [t for t in tried if t.article % FOLDS != fold and t.kind == "own" and not t.short]
        ranker = Ranker({str(situation): fit_ranking(train, names)}, {}, ())
        for i, trial in enumerate(tried):
            if trial.article % FOLDS == fold:
                found[i] = ranker.probabilities(situation, trial.columns)
    return found


def fitted(tried: Sequence[Trial], situation: Situation) -> Fitted:
    names = [name for name in tried[0].columns if situation.scored or not name.startswith("reader")]
    tried = [replace(t, columns={name: t.columns[name] for name in names}) for t in tried]
    ranking_model = fit_ranking([t for t in tried if t.kind == "own" and not t.short], names)
    apart = ranked_apart(tried, names, situation)
    looked, right, characters = [], [], []
    for trial, probabilities in zip(tried, apart, strict=True):
        ranking = trial.ranked(probabilities)
        looked.append(decision_columns(trial.columns, probabilities, ranking.order[0]))
        holds, length = trial.held(ranking)
        right.append(holds)
        characters.append(length)
    seen = list(looked[0])
    x = np.concatenate([matrix(columns, seen) for columns in looked])
    y = np.array([trial.kind == "own" for trial in tried])
    weight = np.array([weight_of(trial) for trial in tried])
    fold_of = np.array([trial.article % FOLDS for trial in tried])
    models = []
    logits = np.zeros(len(tried))
    for fold in range(FOLDS):
        other = (fold_of != fold) & (weight > 0)
        models.append(fit_decision(x[other], y[other], weight[other], seen))
        for i in np.flatnonzero(fold_of == fold):
            logits[i] = models[fold](looked[i])[0]
    held = np.array(right)
    counted = (weight > 0) & ~np.array([trial.short for trial in tried])
    confidence = np.zeros(len(tried))
    for fold in range(FOLDS):
        other = (fold_of != fold) & counted
        ranker = Ranker({}, {str(situation): calibrated(models[fold], logits[other], held[other])}, ())
        for i in np.flatnonzero(fold_of == fold):
            confidence[i] = ranker.confidence(situation, looked[i])
    judged = [
        Judged(t.language, t.kind, t.place(t.ranked(probabilities).order), float(p), holds, length)
        for t, probabilities, p, holds, length in zip(tried, apart, confidence, right, characters, strict=True)
        if not t.short
    ]
    everything = weight > 0
    decision = fit_decision(x[everything], y[everything], weight[everything], seen)
    return Fitted(ranking_model, calibrated(decision, logits[counted], held[counted]), judged)


def weight_of(trial: Trial) -> float:
    """The weight of a trial in the fit of the decision.

    Tempting questions are only measured. No feature distinguishes them from questions with an answer, so in the fit
    they would only make the decision refuse everything.
    """
    if trial.kind == "tempting":
        return 0.0
    return (SHORT_WEIGHT if trial.short else 1.0) * (LOOSE_WEIGHT if trial.language == LOOSE else 1.0)


def thresholds(judged: Sequence[Judged]) -> list[list[float]]:
    """For each of ``SHARES`` the lowest confidence at which one answer in so many is wrong.

    An answer is wrong if no quote contains the answer. Each kind of trial counts as a third of the questions.
    """
    ordered = sorted((one for one in judged if one.kind != "tempting"), key=lambda one: -one.confidence)
    wrong = np.cumsum([not one.holds for one in ordered]) / np.arange(1, len(ordered) + 1)
    found = []
    for share in SHARES:
        fits = np.flatnonzero(wrong <= 1 / share)
        found.append([share, round(ordered[fits[-1]].confidence if len(fits) else 1.0, 3)])
    return found


def shown_from(ranker: Ranker, readers: Sequence[Trial]) -> float:
    """The confidence from which the closest passages are shown: all but ``FALSE_NO`` of the questions of readers that
    their article answers have it. They decide nothing else."""
    certain = []
    for trial in readers:
        if trial.kind == "own" and trial.language == READERS:
            probabilities = ranker.probabilities(trial.situation, trial.columns)
            best = trial.ranked(probabilities).order[0]
            certain.append(ranker.confidence(trial.situation, decision_columns(trial.columns, probabilities, best)))
    return round(float(np.quantile(certain, FALSE_NO)), 3)


def ablation(tried: Sequence[Trial], situation: Situation) -> dict[str, list[float]]:
    """hit@1 and hit@3 without each group of features, printed and returned."""
    own = [trial for trial in tried if trial.kind == "own" and not trial.short]
    every = [name for name in own[0].columns if situation.scored or not name.startswith("reader")]
    print(f"\n{situation}: hit@1 / hit@3 without each group of features")
    found = {}
    for group, starts in {"(all features)": (), **GROUPS}.items():
        names = [name for name in every if not (starts and name.startswith(starts))]
        if starts and len(names) == len(every):
            continue
        apart = ranked_apart(own, names, situation)
        places = np.array([t.place(t.ranked(probabilities).order) for t, probabilities in zip(own, apart, strict=True)])
        found[group] = [round(float(np.mean(places <= k)), 3) for k in (1, 3)]
        print(f"  {group:16} {len(names):3}  {found[group][0]:.3f} / {found[group][1]:.3f}", flush=True)
    fused = np.array([trial.place(trial.ranked(trial.fused).order) for trial in own])
    found["fused score only"] = [round(float(np.mean(fused <= k)), 3) for k in (1, 3)]
    print(f"  {'fused score only':16}   1  {found['fused score only'][0]:.3f} / {found['fused score only'][1]:.3f}")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    from index.embed.model_loader import LazyEmbedder
    from index.retrieve.late_interaction import scorer_for

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", nargs="+", default=["multilingual", "english"])
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("index/retrieve/ranker.json"))
    options = parser.parse_args(arguments)
    tried: list[Trial] = []
    readers: list[Trial] = []
    for model in options.models:
        embedder = LazyEmbedder(model)
        scorer = scorer_for(embedder.name)
        told = load(options.data, embedder, scorer)
        # The English model does not understand other languages; weights for them would only fit noise.
        languages = LANGUAGES if model == "multilingual" else ("en", LOOSE)
        tried += trials(options.data, told, embedder, scorer, languages)
        readers += readers_trials(options.data, embedder, scorer)
    write(tried, readers, options.out, with_ablation=options.ablation)


def write(tried: Sequence[Trial], readers: Sequence[Trial], out: Path, *, with_ablation: bool) -> None:
    content: dict[str, object] = {
        "about": "What each feature of index/retrieve/features.py weighs; written by training/ranker.py.",
        "data": "XQuAD, 32 articles (Artetxe et al. 2019), CC BY-SA 4.0, and benchmarks/quality/loose.jsonl; "
        "figures cross-validated by article",
    }
    rankings, decisions = {}, {}
    whole = Ranker({}, {}, ())
    figures: dict[str, Mapping[str, float | list[float]]] = {}
    first: list[list[float]] = []
    print("  ".join(f"{name:>10}" for name in ("", *HEAD)))
    for situation in (Situation(s, r) for s in (True, False) for r in (True, False)):
        part = [
            t
            for t in tried
            if t.situation.same_language == situation.same_language and (t.situation.scored or not situation.scored)
        ]
        if not part:
            continue
        fit = fitted(part, situation)
        first = first or thresholds(fit.judged)
        rankings[str(situation)] = _rounded(fit.ranking)
        models = {str(situation): fit.ranking}, {str(situation): fit.decision}
        whole = Ranker({**whole.rankings, **models[0]}, {**whole.decisions, **models[1]}, ())
        decisions[str(situation)] = {
            length: {"bias": round(model.bias, 4), **_rounded(model)}
            for length, model in (("few", fit.decision.few), ("many", fit.decision.many))
        }
        ranker = Ranker({}, {}, tuple((pair[0], pair[1]) for pair in first))
        for language in LANGUAGES:
            some = [one for one in fit.judged if one.language == language]
            if len(some) < ENOUGH:
                continue
            row = measures(some, ranker.threshold(ONE_WRONG_IN))
            figures[f"{situation}, {language}"] = row
            print(f"{situation}")
            print("  ".join(f"{value:>10}" for value in (language, *row.values())), flush=True)
        if with_ablation and situation == Situation(same_language=True, scored=True):
            figures[f"{situation}, without a group"] = ablation(part, situation)
    content |= {"closest": shown_from(whole, readers), "thresholds": first}
    content |= {"figures": figures, "rankings": rankings, "decisions": decisions}
    out.write_text(json.dumps(content, indent=1) + "\n")
    keep("ranker", figures)


def _rounded(model: Linear) -> dict[str, float]:
    return {name: float(f"{weight:.4g}") for name, weight in model.weights.items() if abs(weight) > 1e-6}


if __name__ == "__main__":
    main()
