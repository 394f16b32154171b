"""Windows: the parts of an article that the reading model reads together with a question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.embed.tokenizing import Pieces
from index.models import PARAGRAPH_BREAK
from index.retrieve.indexed_article import IndexedArticle

MOST_ASKED = 48  # tokens of a question
MOST_NAMED = 20  # tokens of the title, and as many of a heading
MOST_READ = 110  # tokens of a window, unless one sentence is longer
LONGEST = 300  # tokens of such a sentence; the rest is not read

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Window:
    """The passages ``[low, high)`` of an article, read at once. ``ids`` (t,) are the tokens of their text and
    ``starts`` and ``ends`` (t,) the range of code points of the article that each stands for; ``title`` are the tokens
    of the article's title and of the heading above."""

    low: int
    high: int
    ids: Ids
    starts: Ids
    ends: Ids
    title: Ids
    passages: tuple[tuple[int, int, int], ...]  # each passage's number and its range of the window's tokens


@dataclass(frozen=True)
class ReadableArticle:
    """An article's tokens: (t,) each, in the order of its text. ``edges`` (n, 2) are the ranges of tokens of its
    passages."""

    document: IndexedArticle
    pieces: Pieces
    edges: Ids
    joined: tuple[bool, ...]  # for each passage but the first: nothing but headings between it and the one before
    title: Ids
    headings: tuple[tuple[int, Ids], ...]  # the token behind each, and its own tokens

    @classmethod
    def of(cls, document: IndexedArticle, pieces_of: Callable[[str], Pieces]) -> "ReadableArticle":
        article = document.article
        pieces = pieces_of(article.text)
        begins, afters = np.array([[p.start, p.end] for p in document.passages], np.int32).reshape(-1, 2).T
        # A token belongs to the passage in which it ends: its beginning may be the space before.
        edges = np.stack([np.searchsorted(pieces.ends, begins + 1), np.searchsorted(pieces.ends, afters + 1)], axis=1)
        between = [article.text[one.end : other.start] for one, other in pairwise(document.passages)]
        known = {article.text[slice(*article.paragraphs[number - 1])].strip() for number in article.headings}
        joined = tuple(all(not line or line in known for line in _lines(gap)) for gap in between)
        title = pieces_of(article.title).ids[:MOST_NAMED]
        headings = []
        for number in article.headings:
            start, end = article.paragraphs[number - 1]
            ids = pieces_of(article.text[start:end]).ids[:MOST_NAMED]
            if not np.array_equal(ids, title):
                headings.append((int(np.searchsorted(pieces.starts, end)), ids))
        return cls(document, pieces, edges.astype(np.int32), joined, title, tuple(headings))

    def window(self, low: int, high: int) -> Window:
        tokens = np.concatenate([np.arange(*self._range(n, high)) for n in range(low, high)])[:LONGEST]
        above = [ids for behind, ids in self.headings if behind <= tokens[0]] if len(tokens) else []
        title = np.concatenate([self.title, *above[-1:]]).astype(np.int32)
        found = self.pieces
        held = []
        for n in range(low, high):
            first, after = np.searchsorted(tokens, self.edges[n])
            held.append((n, int(first), int(after)))
        return Window(low, high, found.ids[tokens], found.starts[tokens], found.ends[tokens], title, tuple(held))

    def size(self, low: int, high: int) -> int:
        """The tokens of a window."""
        return sum(after - first for first, after in (self._range(n, high) for n in range(low, high)))

    def _range(self, n: int, high: int) -> tuple[int, int]:
        """The tokens of a passage, and of the headings behind it where the window goes on."""
        first, after = int(self.edges[n, 0]), int(self.edges[n, 1])
        return first, int(self.edges[n + 1, 0]) if n + 1 < high and self.joined[n] else after


def _lines(gap: str) -> list[str]:
    return [line.strip() for line in gap.split(PARAGRAPH_BREAK)]


def windows(article: ReadableArticle, order: Sequence[int], most: int) -> list[Window]:
    """At most ``most`` windows that hold the first passages of ``order``, each with the passages around it, as many as
    fit. What is in a window already makes no other one."""
    found: list[tuple[int, int]] = []
    for n in order:
        if len(found) == most:
            break
        if not any(low <= n < high for low, high in found):
            found.append(_around(article, n))
    return [article.window(low, high) for low, high in found]


def _around(article: ReadableArticle, n: int) -> tuple[int, int]:
    """The passage with its neighbours, those before and after it in turn, as long as they fit."""
    low, high, count = n, n + 1, len(article.document.passages)
    sides = [(1, 0), (0, 1)]
    while sides:
        before, after = sides.pop(0)
        wider = low - before, high + after
        if wider[0] >= 0 and wider[1] <= count and article.size(*wider) <= MOST_READ:
            low, high = wider
            sides.append((before, after))
    return low, high
