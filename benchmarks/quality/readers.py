"""Questions as readers type them, about whole articles: asked to the article (``own``), to the article without the
sentences that answer (``removed``), and those that it does not answer (``tempting``)."""

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.embed.embedder import Embedder
from index.ingest.extract import extract
from index.models import Article
from index.retrieve.indexed_article import IndexedArticle, prepare
from index.retrieve.late_interaction import PassageScorer

MOST_OF_IT = 0.6  # of a marked sentence's words must stand in what is shown
SAME_MARKS = str.maketrans("’‘“”—–", "''\"\"--")


@dataclass(frozen=True, slots=True)
class Gold:
    """A sentence that answers, and the words in it that are the answer."""

    sentence: str
    key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a page; without golds the page does not answer it."""

    page: str
    language: str
    question: str
    golds: tuple[Gold, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """An article as it is searched, and what is asked about it."""

    document: IndexedArticle
    asked: tuple[Asked, ...]

    def answering(self, asked: Asked) -> tuple[int, ...]:
        """The numbers of the passages that answer a question, those of its best sentence first."""
        text, passages = self.document.article.text, self.document.passages
        found = [n for gold in asked.golds for n, p in enumerate(passages) if holds(text[p.start : p.end], [gold])] or [
            # The sentence was split another way.
            n
            for gold in asked.golds
            for n, p in enumerate(passages)
            if _is_part(text[p.start : p.end], gold)
        ]
        return tuple(dict.fromkeys(found))

    def without(self, numbers: Sequence[int]) -> IndexedArticle:
        return self.document.only([n for n in range(len(self.document.passages)) if n not in numbers])


def holds(text: str, golds: Sequence[Gold]) -> bool:
    """Whether a text holds the answer's words and most of the sentence that they stand in."""
    flat, there = _flat(text), _words(text)
    for gold in golds:
        need = _words(gold.sentence)
        shared = sum(min(n, there[word]) for word, n in need.items())
        if _flat(gold.key) in flat and shared >= MOST_OF_IT * need.total():
            return True
    return False


def _is_part(text: str, gold: Gold) -> bool:
    own, need = _words(text), _words(gold.sentence)
    shared = sum(min(n, need[word]) for word, n in own.items())
    return _flat(gold.key) in _flat(text) and shared >= MOST_OF_IT * own.total()


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(SAME_MARKS).split()).casefold()


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", _flat(text)))


def asked(path: Path) -> list[Asked]:
    """The questions of a file."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Asked(
            row["page"], row.get("lang", ""), row["question"], tuple(Gold(g["sentence"], g["key"]) for g in row["gold"])
        )
        for row in rows
    ]


def pages(
    questions: Sequence[Asked], articles: Mapping[str, Article], embedder: Embedder, scorer: PassageScorer | None
) -> Iterator[Page]:
    for name in dict.fromkeys(one.page for one in questions):
        document = prepare(articles[name], embedder, scorer)
        yield Page(document, tuple(one for one in questions if one.page == name))


def saved_pages(folder: Path, names: Sequence[str]) -> dict[str, Article]:
    """The articles of saved web pages, ``NAME.html.gz``."""
    about = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    return {
        name: extract(
            gzip.decompress((folder / f"{name}.html.gz").read_bytes()),
            name=f"{name}.html",
            content_type="text/html",
            url=about[name].get("url"),
        )
        for name in dict.fromkeys(names)
    }


def texts(folder: Path, names: Sequence[str]) -> dict[str, Article]:
    """The articles of text and Markdown files."""
    return {name: extract((folder / name).read_bytes(), name=name) for name in dict.fromkeys(names)}
