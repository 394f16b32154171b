"""Questions as readers type them, about whole articles: asked to the article (``own``), to the article without the
sentences that answer (``hard``: the same words and style, no answer), to another one (``off``), and those that it
does not answer, though they are about its own people and things (``tempting``)."""

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.trials import OTHER, Trial, embed_questions
from index.embed.embedder import Embedder
from index.ingest.extract import extract
from index.models import Article
from index.retrieve.indexed_article import IndexedArticle, prepare
from index.retrieve.late_interaction import PassageScorer
from index.retrieve.search import ask, passage_features

LANGUAGE, DEV = "readers", "readers, dev"
FIRST = 1000  # the number of the first page, behind those of all articles of other sets
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


def trials(folder: Path, embedder: Embedder, scorer: PassageScorer | None) -> Iterator[Trial]:
    """Those of ``train.jsonl``, then those of ``dev.jsonl``."""
    train, dev = (asked(folder / "readers" / f"{name}.jsonl") for name in ("train", "dev"))
    articles = texts(folder / "readers" / "articles", [one.page for one in train])
    yield from _trials(list(pages(train, articles, embedder, scorer)), FIRST, LANGUAGE, embedder, scorer)
    saved = saved_pages(folder / "pages", [one.page for one in dev])
    yield from _trials(list(pages(dev, saved, embedder, scorer)), 2 * FIRST, DEV, embedder, scorer)


def _trials(
    told: Sequence[Page], first: int, language: str, embedder: Embedder, scorer: PassageScorer | None
) -> Iterator[Trial]:
    unrelated = embedder.background()
    for number, page in enumerate(told):
        other = told[(number + OTHER) % len(told)].document
        vectors, tokens = embed_questions([one.question for one in page.asked], embedder, scorer)
        for one, vector, token in zip(page.asked, vectors, tokens, strict=True):
            question = ask(one.question, vector, unrelated, token)
            golds = page.answering(one)
            if one.golds and not golds:
                continue  # the page reads differently
            sides = [("off", other)]
            if golds:
                sides += [("own", page.document), ("hard", page.without(golds))]
            else:
                sides += [("tempting", page.document)]
            for kind, document in sides:
                columns, fused, situation = passage_features(question, document, scorer)
                if not len(fused):
                    continue
                right = golds if kind == "own" else ()
                spans = tuple((document.passages[n].start, document.passages[n].end) for n in right)
                yield Trial(first + number, language, kind, False, document, columns, fused, situation, right, spans)


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
