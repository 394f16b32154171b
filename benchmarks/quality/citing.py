"""Measure how well an article's sources are found, against sources marked by hand.

    python -m benchmarks.quality.citing --data ../shared/data [--errors]

``citing.json`` in this folder lists the sources that the text of each of 25 news pages names: every named person,
organisation, outlet, journal or report, and every official body ("police"), to which it attributes words, data or a
claim. A spokesperson counts as the organisation. Those who only declined to comment, welcomed or condemned do not
count, nor do unnamed groups ("analysts") or the page's own outlet. Each source is a list of its names; a second name
found for the same source is an error. Every page was marked before the program read it. The rules were corrected on
``first`` (ten pages); ``check`` (ten) showed a few more errors; ``last`` (five) was marked when the rules were final.
"""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from benchmarks.results import keep
from index.digest.sources import sources
from index.ingest.extract import extract
from index.text.sentences import split

Marks = dict[str, dict[str, list[list[str]]]]


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, without articles, full stops of titles and the possessive."""
    found = re.findall(r"[\w&]+(?:[-.][\w&]+)*", re.sub(r"['’]s?\b", "", name.casefold()))
    return tuple(word for word in found if word not in ("the", "a", "an"))


def means(found: str, spelling: str) -> bool:
    """Whether one name ends with the other: "Minister Ada Holm", "Ada Holm" and "Holm" are the same, "Holm Ltd" is not.

    There may be more words before a name (a person's office), but not after it.
    """
    ours, gold = words(found), words(spelling)
    size = min(len(ours), len(gold))
    return size > 0 and ours[-size:] == gold[-size:]


def judged(found: Sequence[str], marked: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """The wrong names among those found, including a second name of a source, and the missed sources."""
    wrong: list[str] = []
    left = list(marked)
    for name in found:
        hit = next((s for s in left if any(means(name, spelling) for spelling in s)), None)
        if hit is None:
            wrong.append(name)
        else:
            left.remove(hit)
    return wrong, [source[0] for source in left]


def measure(folder: Path, pages: dict[str, list[list[str]]], *, errors: bool) -> tuple[int, int, int]:
    """The numbers of sources found, found correctly, and marked."""
    total = right = marks = 0
    for key, marked in pages.items():
        name = f"{key}.html.gz"
        article = extract((folder / name).read_bytes(), name=name)
        found = [source.name for source in sources(article, split(article))]
        wrong, missed = judged(found, marked)
        total, right, marks = total + len(found), right + len(found) - len(wrong), marks + len(marked)
        if errors:
            print(f"  {key[:8]}  {len(marked) - len(missed)} of {len(marked)}; wrong: {wrong}; missed: {missed}")
    return total, right, marks


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--errors", action="store_true", help="print what was wrong and missed")
    options = parser.parse_args(arguments)
    folder = options.data / "pages"
    if not folder.exists():
        raise SystemExit(f"skipped: {folder} is not here (point --data at the folder that holds pages/)")
    marks = cast(Marks, json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")))
    figures = {}
    print("pages    marked  found  precision  recall")
    for group, pages in marks.items():
        total, right, marked = measure(folder, pages, errors=options.errors)
        figures[group] = {"marked": marked, "found": total, "precision": right / total, "recall": right / marked}
        print(f"{group:7}  {marked:6}  {total:5}  {right / total:9.3f}  {right / marked:6.3f}")
    keep("citing", figures)


if __name__ == "__main__":
    main()
