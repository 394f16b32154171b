"""Inverted indexes of an article: which passages hold a word."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from index.models import Passage
from index.retrieve.arrays import Numbers, Scores
from index.text.answer_types import AnswerTypes


class Postings:
    """An inverted index of n passages: for each word the passages that hold it."""

    def __init__(self, passages: Sequence[Collection[Hashable]]) -> None:
        self.lengths = np.array([len(words) for words in passages], np.float64)  # (n,)
        places: dict[Hashable, list[int]] = defaultdict(list)
        for number, words in enumerate(passages):
            for word in words:
                places[word].append(number)
        self._places = dict(places)

    def __contains__(self, word: Hashable) -> bool:
        return word in self._places

    def counts(self, words: Collection[Hashable]) -> Numbers:
        """How often each of w words occurs in each passage, shape (w, n)."""
        found = np.zeros((len(words), len(self.lengths)), np.int64)
        for row, word in zip(found, words, strict=True):
            for number in self._places.get(word, ()):
                row[number] += 1
        return found

    def held(self, words: Iterable[Hashable]) -> Numbers:
        """How many of the words each passage holds, shape (n,).

        Correct only if neither ``words`` nor a passage has a word twice.
        """
        return np.asarray(self.counts([word for word in words if word in self._places]).sum(0))


@dataclass(frozen=True, slots=True)
class Layout:
    """How n passages are distributed over p paragraphs.

    ``previous`` and ``following`` (n,) are the neighbours of each passage in its paragraph, -1 where there is none.
    ``starts`` and ``sizes`` (p,) are the first passage of each paragraph and the number of its passages.
    """

    previous: Numbers
    following: Numbers
    starts: Numbers
    sizes: Numbers

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> "Layout":
        count = len(passages)
        paragraphs = np.array([passage.paragraph for passage in passages], np.int64)
        together = paragraphs[1:] == paragraphs[:-1]
        previous, following = np.full(count, -1), np.full(count, -1)
        previous[1:][together] = np.arange(count - 1)[together]
        following[:-1][together] = np.arange(1, count)[together]
        starts = np.flatnonzero(previous < 0)
        return cls(previous, following, starts, np.diff(starts, append=count))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of n passages as inverted indexes, and counts and flags as arrays of shape (n,).

    ``different`` is the number of different terms of each passage.
    """

    layout: Layout
    terms: Postings
    pairs: Postings
    names: Postings
    numbers: Postings
    dates: Postings
    different: Scores
    counts: Scores
    cause: Scores
    pronoun: Scores

    @classmethod
    def of(
        cls, passages: Sequence[Passage], terms: Sequence[Sequence[str]], answer_types: Sequence[AnswerTypes]
    ) -> "Words":
        return cls(
            Layout.of(passages),
            Postings(terms),
            Postings([one.pairs for one in answer_types]),
            Postings([one.names for one in answer_types]),
            Postings([one.numbers for one in answer_types]),
            Postings([one.dates for one in answer_types]),
            np.array([len(one.terms) for one in answer_types], np.float64),
            np.array([one.counts for one in answer_types], np.float64),
            np.array([one.cause for one in answer_types], np.float64),
            np.array([one.pronoun for one in answer_types], np.float64),
        )
