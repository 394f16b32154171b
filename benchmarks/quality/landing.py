"""Measure whether links open pages at the quote.

    python -m benchmarks.quality.landing --data ../shared/data [--page NAME] [--every K] [--verbose]

It opens each saved page in a headless Chromium at the fragment of each of its passages, and of each two neighbouring
ones, and counts how many mark exactly the quoted text in its own place (``tests/support/browser/landings.py`` explains
how this is detected). The pages come from a local server. Their scripts do not run and nothing else is loaded, because
they were saved without it. Needs Chromium (Debian's ``chromium``).
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.results import keep
from index.errors import SourceError
from index.ingest.encodings import inflate
from index.ingest.extract import extract
from index.text.sentences import split
from tests.support.browser.chromium import ABSENT, Tab, find_chromium
from tests.support.browser.landings import ABSENT_TEXT, APART, ELSEWHERE, LANDED, Landing, Opened, Pages, landings


def parts(fragment: str) -> str:
    """Which parts a fragment has, as "prefix, start, end, suffix"."""
    pieces = fragment.removeprefix(":~:text=").split(",")
    prefix, suffix = pieces[0].endswith("-"), pieces[-1].startswith("-")
    names = ["prefix"] * prefix + ["range" if len(pieces) - prefix - suffix > 1 else "whole"] + ["suffix"] * suffix
    return " ".join(names)


def report(name: str, found: Sequence[Landing], *, verbose: bool) -> dict[str, Any]:
    """Print the results; return the number of links, and the shares that mark exactly the quote, and in its place."""
    outcomes = Counter(landing.outcome for landing in found)
    landed = outcomes[LANDED] + outcomes[APART]
    exact = landed + outcomes[ELSEWHERE]
    visible = sum(not landing.outcome.startswith(ABSENT_TEXT) for landing in found)
    lengths = sorted(len(landing.fragment) for landing in found)
    print(f"\n{name}: {exact} of {len(found)} mark exactly the quoted text, {exact / len(found):.2%}", end="")
    print(f" ({exact / max(1, visible):.2%} of those that are visible on the page);", end=" ")
    print(f"at its own place {landed / len(found):.2%}")
    print("  " + ", ".join(f"{kind}: {count}" for kind, count in outcomes.most_common()))
    print("  " + ", ".join(f"{k}: {n}" for k, n in Counter(parts(one.fragment) for one in found).most_common()))
    print(f"  length of the fragment: median {median(lengths):.0f}, p95 {lengths[int(0.95 * len(lengths))]}, "
          f"longest {lengths[-1]}")  # fmt: skip
    for landing in found if verbose else ():
        if landing.outcome not in {LANDED, APART}:
            print(f"  {landing.outcome}\n    quoted {landing.quoted!r}\n    {landing.fragment}")
            print(f"    marked {landing.marked!r}")
    return {"links": len(found), "exact": exact / len(found), "at_its_place": landed / len(found), "outcomes": outcomes}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--page", default="", help="only those whose names begin so")
    parser.add_argument("--every", type=int, default=1, help="only every K-th passage")
    parser.add_argument("--verbose", action="store_true", help="list what does not land")
    options = parser.parse_args(arguments)
    chromium = find_chromium()
    paths = sorted((options.data / "pages").glob(f"{options.page}*.html.gz"))
    if chromium is None:
        raise SystemExit(f"skipped: {ABSENT}")
    if not paths:
        raise SystemExit(f"skipped: there are no pages in {options.data / 'pages'}")
    single: list[Landing] = []
    double: list[Landing] = []
    with Tab(chromium) as tab, Pages() as pages:
        for path in paths:
            raw = path.read_bytes()
            try:
                article = extract(raw, name=path.name)
            except SourceError as error:
                print(f"{path.name[:8]}: {error}")
                continue
            opened = Opened(tab, pages.url(inflate(raw)))
            passages = split(article)
            one = list(landings(article, [(p.start, p.end) for p in passages][:: options.every], opened))
            runs = [(p.start, q.end) for p, q in pairwise(passages)][:: options.every]
            two = list(landings(article, runs, opened))
            counts = [f"{sum(x.outcome in (LANDED, APART) for x in xs)} of {len(xs)}" for xs in (one, two)]
            print(f"{path.name[:8]}: {counts[0]} passages land, {counts[1]} pairs", flush=True)
            single, double = single + one, double + two
    figures = {
        "pages": len(paths),
        "passage": report("Passages", single, verbose=options.verbose),
        "two": report("Runs of two passages", double, verbose=options.verbose),
    }
    if not options.page and options.every == 1:
        keep("landing", figures)


if __name__ == "__main__":
    main()
