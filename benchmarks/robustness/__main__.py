"""Test that no data or question is lost when things fail: python -m benchmarks.robustness PART [--runs N] [--seed 1]

``library``: a process that adds, refreshes, removes and rebuilds is killed at random (200 times), and the library is
compared with what the process had reported as done. ``questions``: 1,000 questions through a failing Telegram, to a bot
that is stopped and killed several times; ``webhook``: the same by webhook. ``soak``: 100,000 questions, for more than
an hour, and what the bot uses during that time.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import keep

Judged = tuple[bool, dict[str, Any]]  # whether the test passed, and its figures


def library(runs: int, seed: int) -> Judged:
    from benchmarks.robustness.library import figures, table
    from tests.support.faults import run

    with tempfile.TemporaryDirectory() as name:
        outcomes = run(Path(name), runs, seed)
    print(table(outcomes))
    kinds = Counter(fault.partition(": ")[2] or fault for one in outcomes for fault in one.faults)
    for fault, times in kinds.most_common():
        print(f"\nto be mended, {times} times: {fault}")
    harmed = any(one.lost or one.returned or one.wrong or one.unanswered for one in outcomes)
    return all(one.mended for one in outcomes) and not harmed, figures(outcomes)


def questions(runs: int, seed: int) -> Judged:
    from benchmarks.robustness.questions import run

    return run(runs, seed)


def webhook(runs: int, seed: int) -> Judged:
    from benchmarks.robustness.questions import run

    return run(runs, seed, by_webhook=True)


def soak(runs: int, seed: int) -> Judged:
    from benchmarks.robustness.soak import run

    return run(runs, seed)


PARTS: dict[str, tuple[Callable[[int, int], Judged], int]] = {
    "library": (library, 200),
    "questions": (questions, 1000),
    "webhook": (webhook, 1000),
    "soak": (soak, 100_000),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    part, runs = PARTS[options.part]
    well, figures = part(options.runs or runs, options.seed)
    if options.runs in {None, runs}:
        keep(f"faults-{options.part}", figures)
    if not well:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
