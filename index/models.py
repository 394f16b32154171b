"""The engine's data types: frozen dataclasses without I/O.

All offsets are code points of ``Article.text``, and all ranges are half-open, ``[start, end)``.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

ARTICLE_ID = re.compile(r"[0-9a-f]{12}")
PARAGRAPH_BREAK = "\n\n"  # separates the paragraphs of a text
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def split_paragraphs(text: str) -> list[str]:
    """The paragraphs of a canonical text (see ``Article``), in order. Paragraph numbers count from 1."""
    return text.split(PARAGRAPH_BREAK)


def join_paragraphs(paragraphs: Iterable[str]) -> str:
    """The reverse of ``split_paragraphs``."""
    return PARAGRAPH_BREAK.join(paragraphs)


def paragraph_spans(text: str) -> tuple[tuple[int, int], ...]:
    """``[start, end)`` of each paragraph."""
    lengths = [len(paragraph) for paragraph in split_paragraphs(text)]
    starts = accumulate((length + len(PARAGRAPH_BREAK) for length in lengths), initial=0)
    return tuple((start, start + length) for start, length in zip(starts, lengths, strict=False))


def paragraph_number(text: str, offset: int) -> int:
    """The number (from 1) of the paragraph that contains ``offset``."""
    return text.count(PARAGRAPH_BREAK, 0, offset) + 1


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence of an article: ``article.text[start:end]``, in paragraph number ``paragraph`` (from 1)."""

    start: int
    end: int
    paragraph: int


@dataclass(frozen=True)  # without slots, because cached properties need a ``__dict__``
class Article:
    """One text and what is known about it.

    ``text`` is canonical: Unicode NFC, no surrogates, paragraphs separated by exactly one blank line, no white space at
    either end. ``headings`` are the numbers (from 1) of the paragraphs that are headings. ``published`` is an ISO 8601
    date, or a date and time to the second, with a UTC offset if it is known: ``2024-06-14T08:00:00+02:00``. ``author``
    is one name, or several separated by ``"; "``. ``language`` is an ISO 639-1 code, or ``"und"`` if it is unknown.
    ``pages`` are the offsets where the pages of a document begin, the first of them 0; empty for articles without
    pages. ``visible_text`` is the whole text of the web page that the article was taken from, which links need
    (ingest/html/visible_text.py). ``aliases`` are other addresses that led to the article when it was read.
    """

    text: str
    title: str
    url: str | None = None
    site: str | None = None
    author: str | None = None
    published: str | None = None
    language: str = "und"
    headings: tuple[int, ...] = ()
    pages: tuple[int, ...] = ()
    visible_text: str | None = field(default=None, compare=False, repr=False)
    aliases: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that identify the text: the same text always has the same id."""
        return self.digest[:12]

    @cached_property
    def paragraphs(self) -> tuple[tuple[int, int], ...]:
        """``[start, end)`` of each paragraph of the text; paragraph number n is at index n - 1."""
        return paragraph_spans(self.text)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def day(self) -> str | None:
        """The day of publication in the publisher's time zone, as readers see it: ``2024-06-14``; None if unknown."""
        match = _DAY.match(self.published or "")
        return match[0] if match else None


@dataclass(frozen=True, slots=True)
class Quote:
    """One or more neighbouring passages of an article. Its text is always a slice of the article's.

    ``focus`` is the range of the passage that answers, if the quote has more than that one.

    Raises:
        ValueError: the range is empty or outside the article, or the focus is empty or outside the range.
    """

    article: Article
    start: int
    end: int
    paragraph: int
    score: float = 0.0
    focus: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= len(self.article.text):
            raise ValueError(f"[{self.start}, {self.end}) is not a part of article {self.article.id}")
        if self.focus is not None and not self.start <= self.focus[0] < self.focus[1] <= self.end:
            raise ValueError(f"[{self.focus[0]}, {self.focus[1]}) is not a part of the quote")

    @property
    def text(self) -> str:
        return self.article.text[self.start : self.end]

    def stands_in(self, article: Article) -> bool:
        """Whether ``article`` contains the quote word for word, in any place and with any white space."""
        words = r"\s+".join(map(re.escape, self.text.split()))
        # "The crane" does not stand in "The cranes".
        edges = self.text.strip()[:1], self.text.strip()[-1:]
        before, after = (r"\b" if re.match(r"\w", edge) else "" for edge in edges)
        return bool(re.search(before + words + after, article.text))

    @property
    def page(self) -> int | None:
        """The number (from 1) of the page on which the quote begins; None if the article has no pages."""
        return bisect_right(self.article.pages, self.start) or None


@dataclass(frozen=True, slots=True)
class Answer:
    """The quotes that answer a question, best first. ``confidence`` is the probability that they do.

    ``candidates`` are the closest passages.
    """

    question: str
    quotes: tuple[Quote, ...]
    confidence: float
    candidates: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Closest:
    """Nothing surely answers; ``quotes``, best first, come closest. They are shown, and said not to be sure."""

    question: str
    quotes: tuple[Quote, ...]
    confidence: float
    candidates: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The article does not answer the question. ``candidates`` are its closest passages, shown on request."""

    question: str
    confidence: float
    candidates: tuple[Quote, ...] = ()


SMALL_TALK = ("gist", "greeting", "thanks", "about_us", "symbols", "other")


@dataclass(frozen=True, slots=True)
class NotAQuestion:
    """A greeting, thanks, an emoji: nothing that a passage could answer.

    ``kind`` is one of ``SMALL_TALK``. "gist" asks what the article is about, which ``Library.summary`` answers.
    """

    question: str
    kind: str = "other"
    confidence: float = 0.0
    candidates: tuple[Quote, ...] = ()


Outcome = Answer | Closest | NoAnswer | NotAQuestion


@dataclass(frozen=True, slots=True)
class Summary:
    """A few sentences that summarise an article, in its own order."""

    article: Article
    sentences: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A source that the article names, and the passages that cite it."""

    name: str
    mentions: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One line about an article of the library.

    ``added`` and ``corrected``, when its text last replaced another, are ISO 8601 in UTC. ``passages`` is their number.
    """

    id: str
    title: str
    url: str | None
    added: str
    passages: int
    corrected: str | None = None
