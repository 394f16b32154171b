"""What becomes of the data when things go wrong: python -m benchmarks.faults library [--runs 200] [--seed 1]

``library``: a process that adds, refreshes, removes and rebuilds is killed at random, and the library compared with
what it had said that it had done.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path


def library(runs: int, seed: int) -> bool:
    """Print the table; whether all went well."""
    from benchmarks.library_faults import run, table

    with tempfile.TemporaryDirectory() as name:
        outcomes = run(Path(name), runs, seed)
    print(table(outcomes))
    kinds = Counter(fault.partition(": ")[2] or fault for one in outcomes for fault in one.faults)
    for fault, times in kinds.most_common():
        print(f"\nto be mended, {times} times: {fault}")
    return all(one.mended and not (one.lost or one.returned or one.wrong or one.unanswered) for one in outcomes)


PARTS = {"library": library}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not PARTS[options.part](options.runs, options.seed):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
