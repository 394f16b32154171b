"""Measures our own questions, by kind."""

from collections import defaultdict

from index.embed.embedder import Embedder
from tests.support.own_questions import Outcome, outcomes


def measure(embedder: Embedder) -> dict[str, dict[str, float]]:
    """For each kind of question their number, and the shares that are answered, that have a right first quote, and that
    have any right quote. If a question has no answer, it is right not to answer it."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes(embedder):
        by_kind[outcome.kind].append(outcome)
    return {
        kind: {"count": len(some)}
        | {name: sum(getattr(one, name) for one in some) / len(some) for name in ("answered", "first", "right")}
        for kind, some in by_kind.items()
    }


def report(figures: dict[str, dict[str, float]]) -> None:
    print("\nour own questions      count  answered  first quote right  any quote right")
    for kind, one in figures.items():
        print(f"  {kind:18} {one['count']:6}  {one['answered']:8.2f}  {one['first']:17.2f}  {one['right']:15.2f}")
