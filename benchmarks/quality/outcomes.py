"""What readers get: the questions of ``readers/dev.jsonl``, on which nothing is fitted, through the public face."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.quality.measures import auroc
from benchmarks.quality.readers import Asked, Page, asked, holds, pages, saved_pages
from index.embed.embedder import Embedder
from index.library import ONE_WRONG_IN, Library
from index.models import Answer, Article, Closest, Outcome
from index.retrieve.late_interaction import PassageScorer

CANDIDATES = 10
PROMISES = (4.0, 6.0, 9.0, 20.0)  # one wrong answer in so many
TEMPTING_SHARE = 0.25  # of the questions, where the promise is checked


@dataclass(frozen=True, slots=True)
class Judged:
    """A question and what became of it. ``kind``: ``own``, ``removed`` (without the sentences that answer) or
    ``tempting``; ``rank`` is the place of the first candidate that answers, 99 where none does."""

    kind: str
    asserted: bool
    shown: bool  # anything
    right: bool
    rank: int
    confidence: float
    characters: int


def measure(folder: Path, embedder: Embedder, scorer: PassageScorer | None) -> dict[str, float]:
    """The figures for the default setting, and the precision of what is asserted for each of ``PROMISES``."""
    questions = asked(folder / "readers" / "dev.jsonl")
    told = list(pages(questions, saved_pages(folder / "pages", [one.page for one in questions]), embedder, scorer))
    found = figures(
        [one for page in told for one in (*_judged(page, embedder, ONE_WRONG_IN), *_removed(page, embedder))]
    )
    kept = {n: [one for page in told for one in _judged(page, embedder, n)] for n in PROMISES}
    return found | {f"precision, N = {n:g}": precision(some) for n, some in kept.items()}


def _judged(page: Page, embedder: Embedder, one_wrong_in: float) -> Iterator[Judged]:
    """The page's questions to itself."""
    with Library.open(None, embedder, one_wrong_in=one_wrong_in) as library:
        name = library.add(page.document.article).article.id
        for one in page.asked:
            found = library.ask(one.question, name, candidates=CANDIDATES)
            yield _judge(one, found, "own" if one.golds else "tempting")


def _removed(page: Page, embedder: Embedder) -> Iterator[Judged]:
    """Each question to an article of the page's other sentences."""
    article = page.document.article
    for one in page.asked:
        if not one.golds:
            continue
        gone = [page.document.passages[n] for n in page.answering(one)]
        text = article.text
        for passage in sorted(gone, key=lambda p: -p.start):
            text = text[: passage.start] + text[passage.end :]
        rest = "\n\n".join(part for part in (" ".join(p.split()) for p in text.split("\n\n")) if part)
        with Library.open(None, embedder) as library:
            name = library.add(Article(rest, article.title, language=article.language)).article.id
            yield _judge(one, library.ask(one.question, name, candidates=CANDIDATES), "removed")


def _judge(one: Asked, found: Outcome, kind: str) -> Judged:
    quotes = found.quotes if isinstance(found, Answer | Closest) else ()
    ranks = [n for n, quote in enumerate(found.candidates, 1) if holds(quote.text, one.golds)]
    return Judged(
        kind,
        isinstance(found, Answer),
        bool(quotes),
        any(holds(quote.text, one.golds) for quote in quotes),
        ranks[0] if ranks else 99,
        found.confidence,
        sum(len(quote.text) for quote in quotes),
    )


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    by = {kind: [one for one in judged if one.kind == kind] for kind in ("own", "removed", "tempting")}
    own, removed, tempting = by["own"], by["removed"], by["tempting"]
    asserted = [one for one in (*own, *tempting) if one.asserted]
    certain = {kind: [one.confidence for one in some] for kind, some in by.items()}
    return {
        "questions": len(own) + len(tempting),
        "first": _share(one.rank == 1 for one in own),
        "among three": _share(one.rank <= 3 for one in own),
        "among ten": _share(one.rank <= 10 for one in own),
        "right, asserted": _share(one.right and one.asserted for one in own),
        "right, shown": _share(one.right for one in own),
        "false no": _share(not one.shown for one in own),
        "tempting asserted": _share(one.asserted for one in tempting),
        "removed asserted": _share(one.asserted for one in removed),
        "precision": _share(one.right for one in asserted),
        "AUROC tempting": auroc(certain["own"], certain["tempting"]),
        "AUROC removed": auroc(certain["own"], certain["removed"]),
        "characters": float(np.mean([one.characters for one in (*own, *tempting) if one.shown])),
    }


def precision(judged: Sequence[Judged]) -> float:
    """Of what is asserted the share that is right, with one tempting question among every four; 1 where nothing is."""
    own, tempting = ([one for one in judged if one.kind == kind and one.asserted] for kind in ("own", "tempting"))
    counts = {kind: sum(one.kind == kind for one in judged) for kind in ("own", "tempting")}
    weight = TEMPTING_SHARE / (1 - TEMPTING_SHARE) * counts["own"] / counts["tempting"]
    total = len(own) + weight * len(tempting)
    return sum(one.right for one in own) / total if total else 1.0


def _share(flags: Iterator[bool]) -> float:
    return float(np.mean(list(flags)))


def report(found: dict[str, float]) -> None:
    print("\nreaders' questions (dev)")
    for name, value in found.items():
        print(f"  {name:22} {value:.3f}" if value <= 1 else f"  {name:22} {value:.0f}")
