"""What becomes of our own questions, by kind."""

from collections import defaultdict

from index.embed.embedder import Embedder
from tests.support.own_questions import Outcome, outcomes


def measure(embedder: Embedder) -> dict[str, dict[str, float]]:
    """For each kind of question how many there are, and which share of them is answered, has a first quote that is
    right, and any quote that is right. Of questions without an answer it is right to answer none."""
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
