"""What becomes of our own questions, by kind."""

from collections import defaultdict

from index.embed.embedder import Embedder
from tests.support.own_questions import outcomes


def report(embedder: Embedder) -> None:
    by_kind = defaultdict(list)
    for outcome in outcomes(embedder):
        by_kind[outcome.kind].append(outcome)
    print("\nour own questions      count  answered  first quote right  any quote right")
    for kind, some in by_kind.items():
        shares = [sum(getattr(one, name) for one in some) / len(some) for name in ("answered", "first", "right")]
        print(f"  {kind:18} {len(some):6}  {shares[0]:8.2f}  {shares[1]:17.2f}  {shares[2]:15.2f}")
