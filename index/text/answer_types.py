"""What a question asks for, and what a sentence holds that could be it: people, times, numbers, places, reasons.

The words that tell are data (``words.json``, and in ``dates.json`` the names of months and days from CLDR); where a
language has none, digits and capital letters still speak, and what they cannot tell is counted as absent.
"""

import json
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise

import regex

from index.models import Article, Passage

KINDS = ("person", "time", "number", "place", "reason", "manner")
_WORD = regex.compile(r"[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}'’.,-]*[\p{L}\p{N}\p{M}])?")
_TOKEN = re.compile(r"[^\W_]+")
_QUOTES = "\"“”„«‘'¿¡ "
_DIGIT = regex.compile(r"\p{N}")
_YEAR = regex.compile(r"(?<!\p{N})(?:[1١۱१]\d{3}|[2٢۲२][0٠۰०]\d{2})(?!\p{N})")
UNSPACED = frozenset(("ja", "ko", "th", "zh"))  # or with particles at the word, as in Korean


@dataclass(frozen=True, slots=True)
class AnswerTypes:
    """One sentence: its terms, pairs of neighbouring terms, capitalised words, numbers, and what it could answer.

    ``names`` leaves out the first word, which is capitalised anyway. ``pronoun``: it begins with a word that only the
    sentence before explains.
    """

    terms: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    names: frozenset[str]
    numbers: frozenset[str]
    dates: frozenset[str]
    counts: bool
    cause: bool
    pronoun: bool


def answer_types(text: str, terms: Sequence[str], language: str) -> AnswerTypes:
    words = words_of(text)
    folded = text.casefold()
    tokens = tokens_of(folded)
    digits = has_number(text)
    years = frozenset(_YEAR.findall(text)) if digits else frozenset()
    return AnswerTypes(
        frozenset(terms),
        pairs(terms),
        frozenset(word.casefold() for word in words[1:] if word[0].isupper()),
        frozenset(word.casefold() for word in words if has_number(word)) if digits else frozenset(),
        years.union(listed(language, "dates").found_in(folded, tokens)),
        digits or listed(language, "numbers").are_in(folded, tokens),
        listed(language, "causes").are_in(folded, tokens),
        listed(language, "pronouns").begin(folded.lstrip(_QUOTES)),
    )


def answer_types_of(
    article: Article, passages: Sequence[Passage], terms: Sequence[Sequence[str]]
) -> tuple[AnswerTypes, ...]:
    """The traits of each passage, whose terms are given."""
    return tuple(
        answer_types(article.text[p.start : p.end], words, article.language)
        for p, words in zip(passages, terms, strict=True)
    )


def pairs(terms: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(terms))


def has_number(word: str) -> bool:
    """Whether it has a digit or a number sign of any script."""
    return _DIGIT.search(word) is not None


def words_of(text: str) -> list[str]:
    """Words and numbers as they are written, inner points and commas included: "6.5", "U.S"."""
    return list(_WORD.findall(text))


def asked_for(question: str, language: str) -> frozenset[str]:
    """Which of ``KINDS`` the question asks for; none for "What ...?" and in languages without a list."""
    folded = question.casefold()
    tokens = tokens_of(folded)
    kinds = {kind for kind in KINDS if listed(language, kind).are_in(folded, tokens)}
    # "How many" does not ask for a manner, nor "how long ago" for a number.
    if kinds & {"number", "time"}:
        kinds -= {"manner"}
    if "time" in kinds:
        kinds -= {"number"}
    return frozenset(kinds)


def languages() -> list[str]:
    """The languages that have lists."""
    return list(_lists())


class Phrases:
    """Words and phrases of a language, to be found in case-folded text. ``pattern`` matches each, whole.

    Where words stand apart, a text that holds a phrase has the phrase's first token among its own; to look that up
    takes a hundredth of the time of a search, and most patterns never need to be compiled.
    """

    def __init__(self, phrases: Sequence[str], language: str) -> None:
        self._phrases = sorted({phrase.casefold() for phrase in phrases}, key=len, reverse=True)
        self._apart = language not in UNSPACED
        self._beginnings = frozenset(token.group() for one in self._phrases if (token := _TOKEN.search(one)))

    @cached_property
    def pattern(self) -> "regex.Pattern[str]":
        if not self._phrases:
            return regex.compile(r"(?!)")
        either = "|".join(map(regex.escape, self._phrases))
        return regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{either})(?![\p{{L}}\p{{N}}])" if self._apart else either)

    def found_in(self, folded: str, tokens: AbstractSet[str]) -> list[str]:
        """Those in a text, whose ``tokens`` are given."""
        if self._apart and self._beginnings.isdisjoint(tokens):
            return []
        return list(self.pattern.findall(folded))

    def are_in(self, folded: str, tokens: AbstractSet[str]) -> bool:
        if self._apart and self._beginnings.isdisjoint(tokens):
            return False
        return self.pattern.search(folded) is not None

    def begin(self, folded: str, start: int = 0) -> bool:
        """Whether one stands at ``start``, before which no word ends."""
        if self._apart:
            token = _TOKEN.search(folded, start)
            if token is None or token.group() not in self._beginnings:
                return False
        return self.pattern.match(folded, start) is not None


def tokens_of(folded: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(folded))


@cache
def listed(language: str, kind: str) -> Phrases:
    """One list of ``words.json``, or ``dates``: the names of months and days; empty where there is none."""
    return Phrases(
        _dates().get(language, []) if kind == "dates" else _lists().get(language, {}).get(kind, []), language
    )


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    content: dict[str, dict[str, list[str]]] = json.loads(
        (files("index.text") / "answer_types.json").read_text("utf-8")
    )
    return content


@cache
def _dates() -> dict[str, list[str]]:
    """By language; written by ``training/dates.py`` from CLDR."""
    content: dict[str, list[str]] = json.loads((files("index.text") / "dates.json").read_text("utf-8"))
    return content
