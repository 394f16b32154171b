"""Sums up the results of killing a library's processes, as a table and as figures."""

import statistics
from collections.abc import Sequence
from typing import Any

from tests.support.faults import Outcome

HARM = ("lost", "returned", "wrong", "unanswered")
KINDS = {
    "changing": ("add", "refresh", "remove"),
    "rebuilding": ("rebuild",),
    "other": ("save the index", "between two"),
}


def summed(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The number of kills, how many damaged data that was not synced, the harm they did, and seconds to an answer."""
    times = [one.seconds for one in outcomes]
    return {
        "runs": len(outcomes),
        "torn": sum(one.torn for one in outcomes),
        **{name: sum(getattr(one, name) for one in outcomes) for name in HARM},
        "to be mended": sum(bool(one.faults) for one in outcomes),
        "mended": sum(one.mended for one in outcomes if one.faults),
        "median": statistics.median(times),
        "longest": max(times),
    }


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    groups = {kind: [one for one in outcomes if one.during in names] for kind, names in KINDS.items()}
    return {kind: summed(some) for kind, some in {**groups, "any": list(outcomes)}.items() if some}


def table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "| killed during | runs | of them torn | articles lost | removed ones back | wrong quotes | unanswered "
        "| to be mended | mended by quoth rebuild | seconds to the first answer, median / longest |",
        "| --- |" + " ---: |" * 9,
    ]
    for name in (*sorted({one.during for one in outcomes}), "any"):
        *counts, median, longest = summed([one for one in outcomes if name in {one.during, "any"}]).values()
        lines.append(f"| {name} | {' | '.join(map(str, counts))} | {median:.2f} / {longest:.2f} |")
    return "\n".join(lines)
