"""Follow-up questions on XQuAD's articles, and whether a conversation bends a question that stands alone.

``followups.jsonl`` names, by XQuAD's ids, the question before and the question whose answer is wanted; what is asked
between them ("And where?") was written for this. Two numbers in ``index/read/decision.py`` were chosen on them.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.quality.corpus import Case, Told
from index.embed.embedder import Embedder
from index.library import Library
from index.models import Answer, NoAnswer, NotAQuestion
from index.read.conversation import completed

PATH = Path(__file__).parent / "followups.jsonl"
Found = Answer | NoAnswer | NotAQuestion


def asked(told: Sequence[Told]) -> Iterator[tuple[Told, str, str, Case]]:
    """The article, the question before, the follow-up, and where its answer stands."""
    cases = {case.id: (one, case) for one in told for case in one.cases}
    for line in PATH.read_text("utf-8").splitlines():
        entry = json.loads(line)
        one, before = cases[entry["after"]]
        yield one, before.question, entry["question"], cases[entry["answer"]][1]


def report(told: Sequence[Told], embedder: Embedder) -> None:
    library = Library.open(None, embedder)
    for one in told:
        library.add(one.document.article)
    every = list(asked(told))
    print(f"\n{len(every)} follow-ups                answered  quotes hold the answer  first passage right")
    for name, with_history in (("with the question before", True), ("alone", False)):
        found = [
            (library.ask(question, one.document.article.id, history=[before] if with_history else []), case)
            for one, before, question, case in every
        ]
        shares = [sum(map(judge, found)) / len(found) for judge in (_answered, _holds, _first)]
        print(f"  {name:26} {shares[0]:8.2f}  {shares[1]:22.2f}  {shares[2]:19.2f}")
    foreign = [
        library.ask(question, other.document.article.id, history=[before])
        for by in (7, 19, 31, 43)
        for (one, _, question, _), (other, before, _, _) in zip(every, every[by:] + every[:by], strict=True)
        if one is not other and completed(question, [before]) is None  # "And where?" may be asked of anything
    ]
    share = sum(isinstance(found, Answer) for found in foreign) / len(foreign)
    print(
        f"  {len(foreign)} of them, with own words, asked to another article after one it answers: {share:.2f} answered"
    )
    bent = count = 0
    for one in told:
        for case, other in zip(one.cases, one.cases[5:] + one.cases[:5], strict=True):
            alone = library.ask(case.question, one.document.article.id)
            after = library.ask(case.question, one.document.article.id, history=[other.question])
            bent += _shown(alone) != _shown(after)
            count += 1
    print(f"  of {count} questions that stand alone, {bent} are answered otherwise after another ({bent / count:.1%})")


def _shown(found: Found) -> list[tuple[int, int]]:
    return [(quote.start, quote.end) for quote in found.quotes] if isinstance(found, Answer) else []


def _answered(pair: tuple[Found, Case]) -> bool:
    return isinstance(pair[0], Answer)


def _holds(pair: tuple[Found, Case]) -> bool:
    found, case = pair
    return isinstance(found, Answer) and any(q.start <= case.start and case.end <= q.end for q in found.quotes)


def _first(pair: tuple[Found, Case]) -> bool:
    found, case = pair
    return bool(found.candidates) and found.candidates[0].start <= case.start < found.candidates[0].end
