"""Whether any input can break the readers of articles and feeds:

    python -m fuzzing --data ../shared/data [--minutes 10] [--seed N] [--cases N] [--keep FOLDER]

Documents of all kinds are spoiled at random (``fuzzing/cases.py``) and read, one at a time, in a process that is
watched (``fuzzing/watched.py``). Case N is made from the number N alone: ``--seed N --cases 1`` reads it once more.
"""

import argparse
import random
import time
from collections import Counter
from pathlib import Path

from fuzzing.cases import case, seeds
from fuzzing.watched import LARGEST, LONGEST, Outcome, Watched


def main() -> None:
    parser = argparse.ArgumentParser(description="Spoiled documents")
    parser.add_argument("--data", type=Path, help="the folder that holds pages/")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9), help="number of the first case")
    parser.add_argument("--cases", type=int, help="how many, however long it takes")
    parser.add_argument("--keep", type=Path, help="a folder for what failed")
    given = parser.parse_args()
    pages = given.data / "pages" if given.data else None
    if pages is not None and not pages.exists():
        raise SystemExit(f"skipped: {pages} is not here (point --data at the folder that holds pages/)")
    documents = seeds(pages)
    print(
        f"{len(documents)} documents; the first case is {given.seed}; {LONGEST:.0f} s and {LARGEST} MB each", flush=True
    )
    verdicts: Counter[str] = Counter()
    slowest: list[tuple[float, int]] = []
    largest: tuple[int, int] = (0, 0)
    failures: list[tuple[int, Outcome]] = []
    started = time.monotonic()
    number = given.seed
    with Watched() as watched:
        while number - given.seed < given.cases if given.cases else time.monotonic() - started < 60 * given.minutes:
            one = case(number, documents)
            outcome = watched.run(one)
            kind = f"{one.kind} {outcome.verdict}" + f": {outcome.detail}" * (outcome.verdict == "refused")
            verdicts[kind] += 1
            slowest = sorted([*slowest, (outcome.seconds, number)])[-3:]
            largest = max(largest, (outcome.megabytes, number))
            if outcome.verdict == "failed":
                failures.append((number, outcome))
                print(f"--seed {number} --cases 1: {one!r}: {outcome.detail}", flush=True)
                if given.keep:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / str(number)).write_bytes(one.data)
            number += 1
    seconds = time.monotonic() - started
    print(
        f"{number - given.seed:,} cases in {seconds / 60:.1f} minutes ({(number - given.seed) / seconds:.0f} a second)"
    )
    for kind, count in verdicts.most_common():
        print(f"{count:9,}  {kind}")
    print("slowest: " + ", ".join(f"{took:.1f} s (case {which})" for took, which in reversed(slowest)))
    print(f"largest memory: {largest[0]} MB (case {largest[1]})")
    print(f"{len(failures) or 'none'} failed")
    if failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
