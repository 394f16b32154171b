"""Measure how well answers are found: python -m benchmarks.quality --data DIR [--model NAME]

XQuAD's questions are asked in three ways: to their article (``own``), to the article without the paragraph that answers
(``hard``), and to another article (``off``). A hit is the passage in which the answer begins. Then come all articles in
one library, SelQA, and our own questions. The ranker was fitted to the 32 articles of XQuAD, so the figures on these
are slightly too good; ``training/ranker.py`` prints cross-validated ones.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality import followups, outcomes, own, selqa
from benchmarks.quality.corpus import Told, load
from benchmarks.quality.measures import HEAD, Judged, measures
from benchmarks.quality.trials import Trial, trials
from benchmarks.results import DEFAULT_MODEL, keep, named
from index.embed.embedder import Embedder
from index.library import ONE_WRONG_IN, Library
from index.models import Answer
from index.retrieve.late_interaction import PassageScorer
from index.retrieve.ranker import Ranker, decision_columns, default_ranker

LANGUAGES = ["en", "ru", "de", "es"]  # the figures of fewer are not kept


def judged(trial: Trial, ranker: Ranker) -> Judged:
    ranking = trial.ranked(ranker.probabilities(trial.situation, trial.columns))
    columns = decision_columns(trial.columns, ranking.probabilities, ranking.order[0])
    holds, characters = trial.held(ranking)
    place = trial.place(ranking.order)
    return Judged(trial.language, trial.kind, place, ranker.confidence(trial.situation, columns), holds, characters)


def in_library(told: Sequence[Told], embedder: Embedder) -> tuple[float, float]:
    """With all articles in one ``Library``, the share of questions whose first candidate is right, and the share of
    answers that come from the right article."""
    library = Library.open(None, embedder)
    for one in told:
        library.add(one.document.article)
    hits, right_article, answers, count = 0, 0, 0, 0
    for one in told:
        for case in one.cases:
            found = library.ask(case.question)
            count += 1
            first = found.candidates[0]
            hits += first.article.id == one.document.article.id and first.start <= case.start < first.end
            if isinstance(found, Answer):
                answers += 1
                right_article += first.article.id == one.document.article.id
    return hits / count, right_article / max(answers, 1)


def reliability(found: Sequence[Judged]) -> None:
    """Print for ranges of the confidence the share of answers whose quotes contain the answer."""
    print("\nconfidence    questions  quotes hold the answer")
    for low in np.arange(0, 1, 0.1):
        inside = [
            one.holds for one in found if low <= one.confidence < low + 0.1 or (low > 0.85 and one.confidence == 1)
        ]
        if inside:
            print(f"{low:.1f} to {low + 0.1:.1f}  {len(inside):10}  {np.mean(inside):.2f}")


def selqa_part(folder: Path, embedder: Embedder, scorer: PassageScorer | None, ranker: Ranker) -> dict[str, object]:
    """Print and return the figures on SelQA."""
    tried = list(selqa.trials(folder, embedder, scorer))
    found = [judged(trial, ranker) for trial in tried]
    places = np.array([t.place(t.ranked(t.fused).order) for t in tried if t.kind == "own"])
    fused = {"hit@1": np.mean(places == 1), "MRR": np.mean(1 / places)}
    print(f"\nSelQA dev, {len(places)} questions; by the fused score alone hit@1 {fused['hit@1']:.3f}, ", end="")
    print(f"MRR {fused['MRR']:.3f}; by the ranker, which never saw them:")
    row = measures(found, ranker.threshold(ONE_WRONG_IN))
    print("  ".join(f"{value:>10}" for value in (selqa.LANGUAGE, *row.values())), flush=True)
    return {"count": len(places), "fused": fused, "ranker": row}


def main(arguments: Sequence[str] | None = None) -> None:
    from index.embed.embedder import SentenceTransformerEmbedder
    from index.embed.model_loader import LazyEmbedder
    from index.retrieve.late_interaction import scorer_for

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--parts", nargs="+", default=["xquad", "library", "followups", "selqa", "own", "readers"])
    parser.add_argument("--reference", action="store_true", help="with sentence-transformers, not the compiled model")
    options = parser.parse_args(arguments)
    embedder = SentenceTransformerEmbedder(options.model) if options.reference else LazyEmbedder(options.model)
    scorer, ranker = scorer_for(embedder.name), default_ranker()
    suffix = "-reference" * options.reference
    if {"xquad", "library", "followups"} & set(options.parts):
        told = load(options.data, embedder, scorer)
        print(f"{options.model}: {len(told)} articles, {sum(len(one.cases) for one in told)} questions a language\n")
    if "xquad" in options.parts:
        every = trials(options.data, told, embedder, scorer, options.languages)
        found = [judged(trial, ranker) for trial in every if not trial.short]
        print("  ".join(f"{name:>10}" for name in ("asked in", *HEAD)))
        rows = {}
        for language in options.languages:
            some = [one for one in found if one.language == language]
            rows[language] = measures(some, ranker.threshold(ONE_WRONG_IN))
            print("  ".join(f"{value:>10}" for value in (language, *rows[language].values())), flush=True)
        reliability([one for one in found if one.language == options.languages[0]])
        if set(LANGUAGES) <= set(rows):
            keep(named("xquad", options.model) + suffix, rows)
    if "library" in options.parts:
        hit, right = in_library(told, embedder)
        print(f"\nwhole library: hit@1 {hit:.3f}; of the answers, from the right article {right:.3f}")
        keep(named("library", options.model) + suffix, {"hit@1": hit, "right article": right})
    if "followups" in options.parts:
        figures = followups.measure(told, embedder)
        followups.report(figures)
        keep(named("followups", options.model) + suffix, figures)
    if "selqa" in options.parts:
        found_there = selqa_part(options.data, embedder, scorer, ranker)
        keep(named("selqa", options.model) + suffix, found_there)
    if "own" in options.parts:
        by_kind = own.measure(embedder)
        own.report(by_kind)
        keep(named("own", options.model) + suffix, by_kind)
    if "readers" in options.parts:
        given = outcomes.measure(options.data, embedder, scorer)
        outcomes.report(given)
        keep(named("readers", options.model) + suffix, given)


if __name__ == "__main__":
    main()
