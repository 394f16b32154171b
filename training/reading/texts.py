"""What the reading model is trained on: texts as tokens and sentences, and what is asked about them."""

import gzip
import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.ingest.source import read_article
from index.models import Article
from index.text.sentences import sentences

MOST_ASKED = 48  # tokens of a question
MOST_NAMED = 20  # tokens of a title
NEAR = 8  # contexts in a row that count as one text where a source names no title
LONGEST = 12_000  # characters of a context; the rest is left out
EDGES = (attrgetter("begin"), attrgetter("end"))

Ids = NDArray[np.int32]


class Tokens(Protocol):
    def __call__(self, text: str) -> tuple[Ids, Ids, Ids]:
        """The tokens of a text: their ids, and where each begins and ends in it, in code points; each (t,)."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Tokens of a text, with the range of tokens of each of its sentences."""

    ids: Ids  # (t,)
    sentences: tuple[tuple[int, int], ...]  # [first, after) in tokens
    title: Ids
    headings: tuple[tuple[int, Ids], ...] = ()  # the token after each, and the heading's own


@dataclass(frozen=True, slots=True)
class Item:
    """A question about a text. ``golds`` are ranges of tokens that answer; none where the text does not.

    With ``loose`` only the part that holds the answer is known: each gold is a sentence or the whole text, and any
    words in it may be the answer.
    """

    source: str
    question: Ids
    text: int
    golds: tuple[tuple[int, int], ...]
    loose: bool
    written: bool  # a person wrote it to be unanswerable, or to be tempting
    group: int  # items whose texts may be parts of one article


@dataclass(frozen=True, slots=True)
class Collection:
    texts: list[Text]
    items: list[Item]


def sentencepiece(folder: Path) -> Tokens:
    """The tokens of a model whose folder holds a SentencePiece vocabulary."""
    from sentencepiece import SentencePieceProcessor

    from index.embed.tokenizing import PIECES

    processor = SentencePieceProcessor(model_file=str(folder / PIECES))

    def encode(text: str) -> tuple[Ids, Ids, Ids]:
        pieces = processor.encode(text, return_type="proto").pieces
        encoded = np.frombuffer(text.encode(), np.uint8)
        # The library counts bytes. The code point that holds byte b is the number of bytes up to b that begin one.
        points = np.concatenate([[0], np.cumsum((encoded & 0xC0) != 0x80)])
        starts, ends = (points[np.array([edge(p) for p in pieces], np.int64)] for edge in EDGES)
        return np.array([p.id for p in pieces], np.int32), starts.astype(np.int32), ends.astype(np.int32)

    return encode


class Builder:
    """Collects texts once each and the questions about them."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._places: dict[tuple[str, str], int] = {}
        self._spans: list[tuple[Ids, Ids]] = []
        self._groups: dict[tuple[str, object], int] = {}
        self.collection = Collection([], [])

    def text(self, context: str, title: str, language: str, headings: Sequence[tuple[int, int]] = ()) -> int:
        """The number of a text; ``headings`` are spans of it, in code points."""
        if (context, title) not in self._places:
            ids, starts, ends = self._tokens(context)
            found = []
            for first, after in _sentences(context, language):
                # A token belongs to the sentence in which it ends: its beginning may be the space before.
                low, high = np.searchsorted(ends, [first + 1, after + 1])
                if high > low:
                    found.append((int(low), int(high)))
            self._places[context, title] = len(self.collection.texts)
            self._spans.append((starts, ends))
            named = self._tokens(title)[0][:MOST_NAMED]
            above = [(int(np.searchsorted(starts, b)), self._tokens(context[a:b])[0][:MOST_NAMED]) for a, b in headings]
            self.collection.texts.append(Text(ids, tuple(found), named, tuple(above)))
        return self._places[context, title]

    def tokens_of(self, text: int, start: int, end: int) -> tuple[int, int] | None:
        """The tokens that hold the code points ``[start, end)`` of a text."""
        starts, ends = self._spans[text]
        low, high = int(np.searchsorted(ends, start, "right")), int(np.searchsorted(starts, end, "left"))
        return (low, high) if high > low else None

    def add(
        self,
        source: str,
        question: str,
        text: int,
        golds: Sequence[tuple[int, int]],
        group: object,
        *,
        loose: bool = False,
        written: bool = False,
    ) -> None:
        number = self._groups.setdefault((source, group), len(self._groups))
        asked = self._tokens(question)[0][:MOST_ASKED]
        self.collection.items.append(Item(source, asked, text, tuple(golds), loose, written, number))


def _sentences(context: str, language: str) -> Iterator[tuple[int, int]]:
    start = 0
    for part in context.split("\n\n"):
        for first, after in sentences(part, language):
            yield start + first, start + after
        start += len(part) + 2


def public(folder: Path, builder: Builder) -> None:
    """The sets of ``qa/`` but CLAP NQ, which is kept for validation."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        source = path.name.removesuffix(".jsonl.gz")
        if source != "clapnq_dev":
            add_public(source, lines(path), builder)


def lines(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def add_public(source: str, rows: Iterable[dict[str, Any]], builder: Builder) -> None:
    rows = list(rows)
    titled = len({row["title"] for row in rows}) > 1
    seen: dict[str, int] = {}
    for row in rows:
        context = row["context"][:LONGEST]
        near = seen.setdefault(context, len(seen)) // NEAR
        text = builder.text(context, row["title"] if titled else "", row["lang"])
        if row.get("nolabel"):
            golds = [(0, len(builder.collection.texts[text].ids))]
        else:
            spans = ((a["start"], a["start"] + len(a["text"])) for a in row["answers"])
            golds = [found for start, end in spans if (found := builder.tokens_of(text, start, end))]
        if not row["impossible"] and not golds:
            continue  # the answer stands in the part that was left out
        loose = bool(row.get("nolabel")) or row.get("granularity") == "sentence"
        group = row["title"] if titled else near
        written = row["impossible"] and row.get("imp_kind") != "retrieved"
        builder.add(source, row["q"], text, golds, group, loose=loose, written=written)


def own(rows: Iterable[dict[str, Any]], articles: Path, source: str, builder: Builder) -> None:
    """Questions as readers type them, each about the whole of its article; ``gold`` sentences with their ``key``."""
    read: dict[str, Article] = {}
    for row in rows:
        article = _once(read, articles / row["page"])
        headings = [article.paragraphs[number - 1] for number in article.headings]
        text = builder.text(article.text, article.title, article.language, headings)
        golds = []
        for gold in row["gold"]:
            at = article.text.find(gold["sentence"])
            inside = gold["sentence"].find(gold["key"])
            if at >= 0 and inside >= 0:
                found = builder.tokens_of(text, at + inside, at + inside + len(gold["key"]))
                golds += [found] if found else []
        if row["gold"] and not golds:
            continue  # the page reads differently
        builder.add(source, row["question"], text, golds, row["page"], written=not row["gold"])


def kept(path: Path, make: Callable[[], Collection]) -> Collection:
    """A collection from ``path``, or made and kept there."""
    if path.exists():
        found: Collection = pickle.loads(path.read_bytes())
        return found
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(made, protocol=5))
    return made


def _once(read: dict[str, Article], path: Path) -> Article:
    if path.name not in read:
        read[path.name] = read_article(str(path))
    return read[path.name]
