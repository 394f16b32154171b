"""The kind of answer a question asks for (person, time, number, place ...), and the kinds a sentence contains.

The words that show it are data: ``answer_types.json``, and ``dates.json`` with the names of months and days from CLDR.
For a language without such words only digits and capital letters count, and every other kind is taken as absent.
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
# Languages whose words are not separated by spaces or, as in Korean, carry particles.
UNSPACED = frozenset(("ja", "ko", "th", "zh"))


@dataclass(frozen=True, slots=True)
class AnswerTypes:
    """The terms of one sentence, its pairs of neighbouring terms, names, numbers and dates, and what it can answer.

    ``names`` are the capitalised words without the first, which is always capitalised. ``counts`` says that there is a
    number, in digits or words. ``pronoun`` says that its first word refers to the sentence before.
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
    """The answer types of each passage. ``terms`` are the terms of each passage, in the same order."""
    return tuple(
        answer_types(article.text[p.start : p.end], words, article.language)
        for p, words in zip(passages, terms, strict=True)
    )


def pairs(terms: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(terms))


def has_number(word: str) -> bool:
    """Whether a word has a digit or another number character of any script."""
    return _DIGIT.search(word) is not None


def words_of(text: str) -> list[str]:
    """The words and numbers of a text as written, with the points and commas inside them: "6.5", "U.S"."""
    return list(_WORD.findall(text))


def asked_for(question: str, language: str) -> frozenset[str]:
    """Which of ``KINDS`` the question asks for: none for "What ...?" and in languages without a word list."""
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
    """The codes of the languages that have word lists."""
    return list(_lists())


class Phrases:
    """Words and phrases of a language, to be found as whole words in case-folded text.

    Where spaces separate words, a text that has a phrase also has the first token of the phrase among its tokens.
    Looking that up takes a hundredth of the time of a search, and most patterns never need to be compiled.
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
        """The phrases that a text contains; ``tokens`` are the tokens of that text (see ``tokens_of``)."""
        if self._apart and self._beginnings.isdisjoint(tokens):
            return []
        return list(self.pattern.findall(folded))

    def are_in(self, folded: str, tokens: AbstractSet[str]) -> bool:
        if self._apart and self._beginnings.isdisjoint(tokens):
            return False
        return self.pattern.search(folded) is not None

    def begin(self, folded: str, start: int = 0) -> bool:
        """Whether a phrase begins at ``start``, which must be the beginning of a word."""
        if self._apart:
            token = _TOKEN.search(folded, start)
            if token is None or token.group() not in self._beginnings:
                return False
        return self.pattern.match(folded, start) is not None


def tokens_of(folded: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(folded))


@cache
def listed(language: str, kind: str) -> Phrases:
    """A word list of a language from ``answer_types.json`` or, for "dates", its names of months and days.

    Empty if there is no such list.
    """
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
    """The names of months and days by language; ``training/dates.py`` writes the file from CLDR."""
    content: dict[str, list[str]] = json.loads((files("index.text") / "dates.json").read_text("utf-8"))
    return content
