"""What became of a library whose processes were killed, as a table."""

import statistics
from collections.abc import Sequence

from tests.support.faults import Outcome


def table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "| killed during | runs | of them torn | articles lost | removed ones back | wrong quotes | unanswered "
        "| to be mended | mended by quoth rebuild | seconds to the first answer, median / longest |",
        "| --- |" + " ---: |" * 9,
    ]
    each = sorted({one.during for one in outcomes})
    for name in (*each, "any"):
        some = [one for one in outcomes if name in {one.during, "any"}]
        sums = [sum(getattr(one, field) for one in some) for field in ("lost", "returned", "wrong", "unanswered")]
        faulty = [one for one in some if one.faults]
        times = [one.seconds for one in some]
        lines.append(
            f"| {name} | {len(some)} | {sum(one.torn for one in some)} | {' | '.join(map(str, sums))} | {len(faulty)} "
            f"| {sum(one.mended for one in faulty)} | {statistics.median(times):.2f} / {max(times):.2f} |"
        )
    return "\n".join(lines)
