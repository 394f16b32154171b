"""What a question asks for, and what a sentence holds that could be it: people, times, numbers, places, reasons.

The words that tell are data (``words.json``, and the names of months and days from Babel's CLDR); where a language has
none, digits and capital letters still speak, and what they cannot tell is counted as absent.
"""

import json
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import regex

from index.language import UNKNOWN
from index.models import Article, Passage

KINDS = ("person", "time", "number", "place", "reason", "manner")
_WORD = regex.compile(r"[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}'’.,-]*[\p{L}\p{N}\p{M}])?")
_TOKEN = re.compile(r"[^\W_]+")
_QUOTES = "\"“”„«‘'¿¡ "
_DIGIT = regex.compile(r"\p{N}")
_YEAR = regex.compile(r"(?<!\p{N})(?:[1١۱१]\d{3}|[2٢۲२][0٠۰०]\d{2})(?!\p{N})")
UNSPACED = frozenset(("ja", "ko", "th", "zh"))  # or with particles at the word, as in Korean


@dataclass(frozen=True, slots=True)
class Traits:
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


def traits(text: str, terms: Sequence[str], language: str) -> Traits:
    words = words_of(text)
    folded = text.casefold()
    tokens = frozenset(_TOKEN.findall(folded))
    digits = has_number(text)
    dates: frozenset[str] = frozenset(_YEAR.findall(text)) if digits else frozenset()
    named = _phrases(language, "dates")
    if named.may_be_in(tokens):
        dates |= frozenset(named.pattern.findall(folded))
    return Traits(
        frozenset(terms),
        pairs(terms),
        frozenset(word.casefold() for word in words[1:] if word[0].isupper()),
        frozenset(word.casefold() for word in words if has_number(word)) if digits else frozenset(),
        dates,
        digits or _phrases(language, "numbers").are_in(tokens, folded),
        _phrases(language, "causes").are_in(tokens, folded),
        bool(listed(language, "pronouns").match(folded.lstrip(_QUOTES))),
    )


def traits_of(article: Article, passages: Sequence[Passage], terms: Sequence[Sequence[str]]) -> tuple[Traits, ...]:
    """The traits of each passage, whose terms are given."""
    return tuple(
        traits(article.text[p.start : p.end], words, article.language) for p, words in zip(passages, terms, strict=True)
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
    kinds = {kind for kind in KINDS if listed(language, kind).search(folded)}
    # "How many" is no question of manner, nor is "how long ago" one of number.
    if kinds & {"number", "time"}:
        kinds -= {"manner"}
    if "time" in kinds:
        kinds -= {"number"}
    return frozenset(kinds)


def listed(language: str, kind: str) -> "regex.Pattern[str]":
    """Matches the words and phrases of one list of ``words.json`` in case-folded text; nothing where there is none."""
    return _phrases(language, kind).pattern


def languages() -> list[str]:
    """The languages that have lists."""
    return list(_lists())


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Words and phrases to be found in case-folded text, and the first token of each.

    Where words stand apart, a text that holds a phrase has its first token among its own; to look that up takes a
    hundredth of the time of a search. None where words do not stand apart.
    """

    pattern: "regex.Pattern[str]"
    beginnings: frozenset[str] | None

    def may_be_in(self, tokens: AbstractSet[str]) -> bool:
        return self.beginnings is None or not self.beginnings.isdisjoint(tokens)

    def are_in(self, tokens: AbstractSet[str], folded: str) -> bool:
        return self.may_be_in(tokens) and self.pattern.search(folded) is not None


@cache
def _phrases(language: str, kind: str) -> Phrases:
    """One list of ``words.json``, or ``dates``: the names of months and days."""
    words = date_names(language) if kind == "dates" else _lists().get(language, {}).get(kind, [])
    beginnings = frozenset(token.group() for word in words if (token := _TOKEN.search(word.casefold())))
    return Phrases(_any_of(words, language), None if words and language in UNSPACED else beginnings)


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    content: dict[str, dict[str, list[str]]] = json.loads((files("index") / "words.json").read_text("utf-8"))
    return content


def date_names(language: str) -> tuple[str, ...]:
    """The names of months and days of the week; none in a language that Babel does not know."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse("" if language == UNKNOWN else language)
    except (UnknownLocaleError, ValueError):
        return ()
    return tuple(
        name.casefold()
        for calendar in (locale.months, locale.days)
        for form in ("format", "stand-alone")
        for name in calendar[form]["wide"].values()
    )


def _any_of(words: Sequence[str], language: str) -> "regex.Pattern[str]":
    if not words:
        return regex.compile(r"(?!)")
    either = "|".join(sorted({regex.escape(word.casefold()) for word in words}, key=len, reverse=True))
    inside = either if language in UNSPACED else rf"(?<![\p{{L}}\p{{N}}])(?:{either})(?![\p{{L}}\p{{N}}])"
    return regex.compile(inside)
