"""How well answers are found: python -m benchmarks.quality --data DIR [--model NAME]

XQuAD, asked three ways: to the article (``own``), to the article without the paragraph that answers (``hard``), and to
another article (``off``). A hit is the passage in which the answer begins.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.corpus import Told, auroc, calibration_error
from benchmarks.evidence import Trial, loaded, trials
from index.answer import default_calibration, quotes
from index.embedder import Embedder
from index.library import Library
from index.models import Answer


def in_article(told: Sequence[Told], found: Sequence[Trial], language: str) -> list[str]:
    calibration = default_calibration()
    confidence: dict[str, list[float]] = {}
    ranks: list[int] = []
    holds: list[bool] = []
    right: list[bool] = []
    characters: list[int] = []
    for trial in (t for t in found if t.language == language):
        p = calibration.confidence(trial.ranking.evidence)
        confidence.setdefault(trial.kind, []).append(p)
        if trial.kind != "own":
            right.append(False)
            continue
        case = told[trial.article].cases[trial.case]
        ranks.append(trial.ranking.order.index(trial.gold) + 1)
        shown = quotes(trial.ranking)
        text = told[trial.article].document.article.text
        assert all(quote.text == text[quote.start : quote.end] for quote in shown)
        holds_it = any(quote.start <= case.start and case.end <= quote.end for quote in shown)
        right.append(holds_it)
        if p >= calibration.threshold:
            holds.append(holds_it)
            characters.append(sum(quote.end - quote.start for quote in shown))
    every = [p for kind in ("own", "hard", "off") for p in confidence[kind]]
    outcomes = [True] * len(confidence["own"]) + [False] * (len(every) - len(confidence["own"]))
    answered = {kind: np.mean(np.array(ps) >= calibration.threshold) for kind, ps in confidence.items()}
    r = np.array(ranks)
    return [
        language,
        f"{np.mean(r == 1):.3f}",
        f"{np.mean(r <= 3):.3f}",
        f"{np.mean(1 / r):.3f}",
        f"{answered['own']:.3f}",
        f"{answered['off']:.3f}",
        f"{answered['hard']:.3f}",
        f"{auroc(confidence['own'], confidence['off']):.3f}",
        f"{auroc(confidence['own'], confidence['hard']):.3f}",
        f"{calibration_error(every, outcomes):.3f}",
        f"{np.mean(holds):.3f}",
        f"{np.mean(characters):.0f}",
    ]


def in_library(told: Sequence[Told], embedder: Embedder) -> tuple[float, float]:
    """The share of questions whose first candidate is right with all articles in one library, by the public face;
    and the share of answers that come from the right article."""
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


def reliability(found: Sequence[Trial]) -> None:
    """What the confidence says against what is so, for English."""
    calibration = default_calibration()
    rows = [(calibration.confidence(t.ranking.evidence), t.kind == "own") for t in found if t.language == "en"]
    print("\nconfidence    questions  answerable")
    for low in np.arange(0, 1, 0.1):
        inside = [own for p, own in rows if low <= p < low + 0.1 or (low > 0.85 and p == 1)]
        if inside:
            print(f"{low:.1f} to {low + 0.1:.1f}  {len(inside):10}  {np.mean(inside):.2f}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="multilingual")
    parser.add_argument("--languages", nargs="+", default=["en", "ru", "de", "es"])
    parser.add_argument("--no-library", action="store_true", help="skip the whole-library run")
    options = parser.parse_args(arguments)
    told, embedder = loaded(options.data, options.model)
    found = trials(options.data, told, embedder, options.languages)
    print(f"{options.model}: {len(told)} articles, {sum(len(one.cases) for one in told)} questions a language\n")
    head = [
        "asked",
        "hit@1",
        "hit@3",
        "MRR",
        "answered",
        "off",
        "hard",
        "AUROC-off",
        "AUROC-hard",
        "ECE",
        "holds",
        "chars",
    ]
    print("  ".join(f"{name:>10}" for name in head))
    for language in options.languages:
        print("  ".join(f"{value:>10}" for value in in_article(told, found, language)))
    reliability(found)
    if not options.no_library:
        hit, right = in_library(told, embedder)
        print(f"\nwhole library: hit@1 {hit:.3f}; of the answers, from the right article {right:.3f}")


if __name__ == "__main__":
    main()
