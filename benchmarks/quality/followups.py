"""Measures follow-up questions on XQuAD's articles, and whether earlier questions change answers that need no context.

``followups.jsonl`` gives, by XQuAD's ids, the question before and the question that has the expected answer. The
follow-up itself ("And where?") was written for this benchmark. Two numbers in ``index/read/decision.py`` were chosen
with it.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality.corpus import Case, Told
from index.embed.embedder import Embedder
from index.library import Library
from index.models import Answer, Outcome
from index.read.conversation import completed

PATH = Path(__file__).parent / "followups.jsonl"


def asked(told: Sequence[Told]) -> Iterator[tuple[Told, str, str, Case]]:
    """The article, the question before, the follow-up, and the case with its answer."""
    cases = {case.id: (one, case) for one in told for case in one.cases}
    for line in PATH.read_text("utf-8").splitlines():
        entry = json.loads(line)
        one, before = cases[entry["after"]]
        yield one, before.question, entry["question"], cases[entry["answer"]][1]


def measure(told: Sequence[Told], embedder: Embedder) -> dict[str, Any]:
    """Shares of follow-ups that are answered, whose quotes contain the answer, and whose first passage is right, with
    and without the question before; the share of those with words of their own that another article answers; and the
    number of complete questions that are answered differently after another question."""
    library = Library.open(None, embedder)
    for one in told:
        library.add(one.document.article)
    every = list(asked(told))
    figures: dict[str, Any] = {"count": len(every)}
    for name, with_history in (("after", True), ("alone", False)):
        found = [
            (library.ask(question, one.document.article.id, history=[before] if with_history else []), case)
            for one, before, question, case in every
        ]
        judges = {"answered": _answered, "holds": _holds, "first": _first}
        figures[name] = {judged: sum(map(judge, found)) / len(found) for judged, judge in judges.items()}
    foreign = [
        library.ask(question, other.document.article.id, history=[before])
        for by in (7, 19, 31, 43)
        for (one, _, question, _), (other, before, _, _) in zip(every, every[by:] + every[:by], strict=True)
        if one is not other and completed(question, [before]) is None  # "And where?" fits any article
    ]
    answered = sum(isinstance(found, Answer) for found in foreign)
    figures["foreign"] = {"count": len(foreign), "answered": answered / len(foreign)}
    bent = count = 0
    for one in told:
        for case, other in zip(one.cases, one.cases[5:] + one.cases[:5], strict=True):
            alone = library.ask(case.question, one.document.article.id)
            after = library.ask(case.question, one.document.article.id, history=[other.question])
            bent += _shown(alone) != _shown(after)
            count += 1
    return figures | {"alone_anyway": {"count": count, "bent": bent}}


def report(figures: dict[str, Any]) -> None:
    print(f"\n{figures['count']} follow-ups                answered  quotes hold the answer  first passage right")
    for name, said in (("after", "with the question before"), ("alone", "alone")):
        one = figures[name]
        print(f"  {said:26} {one['answered']:8.2f}  {one['holds']:22.2f}  {one['first']:19.2f}")
    foreign, anyway = figures["foreign"], figures["alone_anyway"]
    print(
        f"  {foreign['count']} of them, with own words, asked to another article after one it answers: "
        f"{foreign['answered']:.2f} answered"
    )
    print(
        f"  of {anyway['count']} questions that stand alone, {anyway['bent']} are answered otherwise after another "
        f"({anyway['bent'] / anyway['count']:.1%})"
    )


def _shown(found: Outcome) -> list[tuple[int, int]]:
    return [(quote.start, quote.end) for quote in found.quotes] if isinstance(found, Answer) else []


def _answered(pair: tuple[Outcome, Case]) -> bool:
    return isinstance(pair[0], Answer)


def _holds(pair: tuple[Outcome, Case]) -> bool:
    found, case = pair
    return isinstance(found, Answer) and any(q.start <= case.start and case.end <= q.end for q in found.quotes)


def _first(pair: tuple[Outcome, Case]) -> bool:
    found, case = pair
    return bool(found.candidates) and found.candidates[0].start <= case.start < found.candidates[0].end
