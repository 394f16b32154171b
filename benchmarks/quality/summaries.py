"""Compare summaries, and the article's first sentences, with the page's own description.

    python -m benchmarks.quality.summaries --data ../shared/data [--model multilingual]

The reference is a page's description (from its meta tags), if it has at least ``WORDS`` words. There are two groups:
descriptions in their own words (or from further down in the article), and those that repeat the article's first
sentences, often cut off, where nothing can be better than the lead. The lead is measured twice: with as many sentences
as the summary, and with as many words. The measure is ROUGE (Lin, "ROUGE: A Package for Automatic Evaluation of
Summaries", 2004), F1 and recall, by torchmetrics. Words are compared without case and without stemming, in any script.
"""

import argparse
import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import DEFAULT_MODEL, keep, named
from index.digest.summary import summary
from index.embed.embedder import Embedder
from index.errors import SourceError
from index.ingest.encodings import decode
from index.ingest.extract import extract
from index.models import Article, Passage
from index.text.normalize import tidy
from index.text.sentences import split

WORDS = 10  # a description with fewer words is ignored
OPENING = 5  # the number of first sentences that a description may repeat
REPEATED = 0.5  # a description with at least this share of its word pairs in these sentences is a copy of them
NAMES = frozenset(("description", "og:description", "twitter:description"))
KEYS = ("rouge1", "rouge2", "rougeL")
FIGURES = tuple(f"{key}_{figure}" for key in KEYS for figure in ("fmeasure", "recall"))


@dataclass(frozen=True, slots=True)
class Page:
    """An article, its passages, its page's description, and whether that repeats the article's opening."""

    key: str
    article: Article
    passages: tuple[Passage, ...]
    reference: str
    repeats: bool

    def text(self, numbers: Sequence[int]) -> str:
        return " ".join(self.article.text[self.passages[n].start : self.passages[n].end] for n in numbers)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def repeated(description: str, opening: str) -> float:
    """The share of the description's pairs of neighbouring words that are also in the opening."""
    ours, theirs = words(description), words(opening)
    pairs = set(pairwise(ours))
    return len(pairs & set(pairwise(theirs))) / max(len(pairs), 1)


def descriptions(raw: bytes) -> list[str]:
    """The descriptions in the page's meta tags with at least ``WORDS`` words, the longest first."""
    from lxml import html

    tree = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", decode(raw)))
    found = {
        tidy(" ".join((tag.get("content") or "").split()))
        for tag in tree.iter("meta")
        if (tag.get("name") or tag.get("property") or "").lower() in NAMES
    }
    return sorted((d for d in found if len(words(d)) >= WORDS), key=len, reverse=True)


def load(folder: Path) -> Iterator[Page]:
    """The pages with a description. If there are several, one in its own words is preferred to a copy."""
    for path in sorted(folder.glob("*.html.gz")):
        raw = path.read_bytes()
        try:
            article = extract(raw, name=path.name)
        except SourceError:
            continue
        passages = split(article)
        opening = article.text[: passages[min(OPENING, len(passages)) - 1].end]
        ranked = sorted(
            (repeated(d, opening) >= REPEATED, n, d) for n, d in enumerate(descriptions(gzip.decompress(raw)))
        )
        if ranked:
            repeats, _, description = ranked[0]
            yield Page(path.name.split(".")[0], article, passages, description, repeats)


def scores(text: str, reference: str) -> list[float]:
    """The ``FIGURES`` of one text."""
    from torchmetrics.functional.text.rouge import rouge_score

    found = rouge_score(text, reference, rouge_keys=KEYS, normalizer=str.casefold, tokenizer=words)
    return [float(found[figure]) for figure in FIGURES]


def summarised(page: Page, embedder: Embedder) -> list[int]:
    """The indexes of the passages that the summary quotes."""
    vectors = embedder.passages([page.text([n]) for n in range(len(page.passages))])
    starts = {quote.start for quote in summary(page.article, page.passages, vectors).sentences}
    return [n for n, passage in enumerate(page.passages) if passage.start in starts]


def interval(differences: Sequence[float]) -> str:
    """The mean of the differences and its 95 % confidence interval, by resampling the pages."""
    values = np.array(differences)
    drawn = np.random.default_rng(0).choice(values, (10_000, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return f"{values.mean():+.3f} ({low:+.3f} to {high:+.3f})"


def table(pages: Sequence[Page], chosen: Sequence[list[int]]) -> dict[str, Any]:
    """Print and return the ``FIGURES`` of the summaries and of both leads."""
    ours = [scores(page.text(numbers), page.reference) for page, numbers in zip(pages, chosen, strict=True)]
    count = [scores(page.text(range(len(n))), page.reference) for page, n in zip(pages, chosen, strict=True)]
    length = []
    for page, numbers in zip(pages, chosen, strict=True):
        lead = words(page.text(range(len(page.passages))))[: len(words(page.text(numbers)))]
        length.append(scores(" ".join(lead), page.reference))
    print(f"{'':24}" + "".join(f"{key:>8} F1  recall" for key in ("R-1", "R-2", "R-L")))
    figures: dict[str, Any] = {"pages": len(pages)}
    for name, rows in (("summary", ours), ("lead, as many sentences", count), ("lead, as many words", length)):
        means = np.mean(rows, axis=0)
        figures[name] = dict(zip(FIGURES, means, strict=True))
        print(f"{name:24}" + "".join(f"{value:9.3f}" for value in means))
    for name, rows in (("sentences", count), ("words", length)):
        difference = partial(_difference, ours, rows)
        print(f"over the lead of as many {name}: R-1 F1 {interval(difference(0))}, R-L F1 {interval(difference(4))}")
    places = [n / max(len(page.passages) - 1, 1) for page, numbers in zip(pages, chosen, strict=True) for n in numbers]
    figures["second half"] = np.mean(np.array(places) > 0.5)
    print(f"sentences from the article's second half: {figures['second half']:.2f}\n")
    return figures


def _difference(ours: list[list[float]], theirs: list[list[float]], figure: int) -> list[float]:
    return [a[figure] - b[figure] for a, b in zip(ours, theirs, strict=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    import torch

    from index.embed.model_loader import LazyEmbedder

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args(arguments)
    folder = options.data / "pages"
    if not folder.exists():
        raise SystemExit(f"skipped: {folder} is not here (point --data at the folder that holds pages/)")
    torch.set_num_threads(1)
    embedder = LazyEmbedder(options.model)
    pages = list(load(folder))
    chosen = [summarised(page, embedder) for page in pages]
    figures = {}
    for repeats, group in ((False, "own words"), (True, "a copy of the opening")):
        numbers = [n for n, page in enumerate(pages) if page.repeats is repeats]
        print(f"{len(numbers)} pages whose description is {group}")
        figures[group] = table([pages[n] for n in numbers], [chosen[n] for n in numbers])
    keep(named("summaries", options.model), figures)


if __name__ == "__main__":
    main()
