"""Measure how well articles are extracted from pages and pasted text, and split into sentences.

    python -m benchmarks.quality.extraction --data ../shared/data [--facts]

F1 is computed from precision and recall over shingles of four words, averaged over the pages (Scrapinghub's article
extraction benchmark; ``training/boilerplate.py`` fits the weights for pasted text to the same pages). For each fact,
the pages that give it are counted, whether it is right or not; ``--facts`` prints the facts, so that a person can check
them.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import keep
from index.errors import SourceError
from index.ingest.extract import extract, from_text
from index.models import Article
from index.text.language import UNKNOWN
from index.text.sentences import sentences
from tests.support.browser.selection import visible

ZONED = re.compile(r"T.*[+-]\d\d:\d\d$")


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1))) if words else Counter()


def overlap(true: str, found: str) -> tuple[float, float]:
    """Precision and recall of one page."""
    gold, ours = shingles(true), shingles(found)
    both = (gold & ours).total()
    return both / ours.total() if ours else float(not gold), both / gold.total() if gold else float(not ours)


def averaged(pairs: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Precision and recall, averaged over the pages, and F1."""
    precision, recall = (float(value) for value in np.mean(pairs, axis=0))
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


def row(name: str, pairs: Sequence[tuple[float, float]]) -> str:
    return f"{name:44}  " + "  ".join(f"{value:.3f}" for value in averaged(pairs).values())


def bodies(folder: Path) -> dict[str, str]:
    """For each page's name the article text that a person marked."""
    return {key: page["articleBody"] for key, page in json.loads((folder / "ground-truth.json").read_text()).items()}


def lost(texts: Sequence[str]) -> float:
    """The share of the words of clean texts that are lost when they are pasted."""
    before = after = 0
    for text in texts:
        gold = shingles(text, 1)
        before += gold.total()
        after += (gold & shingles(from_text(text).text, 1)).total()
    return 1 - after / before


def pages(folder: Path, *, show: bool) -> dict[str, Any]:
    truth = bodies(folder)
    raw = {key: (folder / f"{key}.html.gz").read_bytes() for key in truth}
    seen = {key: visible(gzip.decompress(raw[key])) for key in truth}
    print(f"{len(truth)} pages{'precision  recall  F1':>63}")
    html = []
    articles = []
    for key, body in truth.items():
        try:
            articles.append(extract(raw[key], name=f"{key}.html.gz"))
            html.append(overlap(body, articles[-1].text))
        except SourceError as error:
            print(f"  {key[:8]}: {error}")
            html.append((0.0, 0.0))
    ways = {
        "HTML": html,
        "pasted whole, everything kept": [overlap(truth[k], "\n\n".join(seen[k])) for k in truth],
        "pasted whole": [overlap(truth[k], from_text("\n\n".join(seen[k])).text) for k in truth],
        "pasted whole, no blank lines": [overlap(truth[k], from_text("\n".join(seen[k])).text) for k in truth],
    }
    for name, pairs in ways.items():
        print(row(name, pairs))
    counts = facts(articles)
    print("\nfacts of", len(articles), "pages:", ", ".join(f"{name} {count}" for name, count in counts.items()))
    for one in articles if show else ():
        print("", one.title, one.author, one.published, one.site, one.language, one.url, sep="\n    ")
    shares = sorted(((lost([body]), key[:8]) for key, body in truth.items()), reverse=True)
    bare = lost(list(truth.values()))
    print(f"\nclean article bodies: {bare:.4f} of the words lost; most on", *shares[:3])
    figures = {name: averaged(pairs) for name, pairs in ways.items()}
    return {"pages": len(truth), **figures, "facts": counts, "bodies_lost": bare}


def facts(articles: Sequence[Article]) -> dict[str, int]:
    """For each fact the number of articles that have it."""
    return {
        "title": sum(bool(one.title) and not one.text.startswith(one.title.rstrip("…")) for one in articles),
        "author": sum(one.author is not None for one in articles),
        "published": sum(one.published is not None for one in articles),
        "at a time of day": sum("T" in (one.published or "") for one in articles),
        "with its zone": sum(bool(ZONED.search(one.published or "")) for one in articles),
        "site": sum(one.site is not None for one in articles),
        "language": sum(one.language != UNKNOWN for one in articles),
        "address": sum(one.url is not None for one in articles),
    }


def xquad(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    print("\nXQuAD      articles  words lost  sentences  answers inside one")
    for path in sorted(folder.glob("xquad.*.json")):
        language = path.name.split(".")[1]
        articles = json.loads(path.read_text())["data"]
        whole = ["\n\n".join(p["context"] for p in article["paragraphs"]) for article in articles]
        count = inside = asked = 0
        for paragraph in chain(*(article["paragraphs"] for article in articles)):
            spans = list(sentences(paragraph["context"], language))
            count += len(spans)
            for question in paragraph["qas"]:
                answer = question["answers"][0]
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                inside += any(first <= start and end <= last for first, last in spans)
                asked += 1
        figures[language] = {"lost": lost(whole), "sentences": count, "inside": inside / asked}
        print(f"{language:9}  {len(articles):8}  {figures[language]['lost']:10.4f}  {count:9}  {inside / asked:18.4f}")
    return figures


def selqa(path: Path) -> dict[str, Any]:
    gold_count = found_count = both = 0
    for candidates in _sections(path):
        text = " ".join(candidates)
        ends = {len(" ".join(candidates[:n])) for n in range(1, len(candidates))}
        found = {end for _, end in sentences(text, "en")} - {len(text)}
        gold_count, found_count, both = gold_count + len(ends), found_count + len(found), both + len(ends & found)
    precision, recall = both / found_count, both / gold_count
    print(f"\nSelQA sentence ends: precision {precision:.3f}, recall {recall:.3f}")
    return {"precision": precision, "recall": recall}


def _sections(path: Path) -> Iterator[list[str]]:
    sections = {(q["article"], q["section"], *q["candidates"]): q["candidates"] for q in json.loads(path.read_text())}
    for candidates in sections.values():
        yield [candidate.strip() for candidate in candidates]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--facts", action="store_true", help="print what is known of each page")
    options = parser.parse_args(arguments)
    parts: dict[str, tuple[str, Callable[[Path], dict[str, Any]]]] = {
        "pages": ("pages", partial(pages, show=options.facts)),
        "xquad": ("xquad", xquad),
        "sentence ends": ("selqa/dev.json", selqa),
    }
    missing = [options.data / path for path, _ in parts.values() if not (options.data / path).exists()]
    for path in missing:
        print(f"{path}: not there, skipped")
    figures = {
        name: measure(options.data / path)
        for name, (path, measure) in parts.items()
        if options.data / path not in missing
    }
    if not missing:
        keep("extraction", figures)


if __name__ == "__main__":
    main()
