"""The words with which news attributes statements to sources. The tables are in ``attribution.toml``."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any


class AttributionWords:
    """A set of words, word beginnings (``word*``) and word endings (``*word``), written as one string."""

    def __init__(self, listed: str) -> None:
        words = listed.split()
        self.exact = frozenset(word for word in words if "*" not in word)
        self.beginnings = tuple(word[:-1] for word in words if word.endswith("*"))
        self.endings = tuple(word[1:] for word in words if word.startswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self.exact or word.startswith(self.beginnings) or word.endswith(self.endings)


NONE = AttributionWords("")


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one language that occur around the name of a source, in lower case."""

    cues: tuple[tuple[str, ...], ...]  # before a source: "according to"
    says: AttributionWords  # verbs that always attribute
    listens: tuple[tuple[str, ...], ...] = ()  # before an outlet to which a source spoke: "interview with"
    claims: AttributionWords = NONE  # verbs that attribute only before "that", a colon or a quotation
    reacts: AttributionWords = NONE  # verbs that attribute a quotation next to them: called it "..."
    saying: AttributionWords = NONE  # participles that attribute to the subject of the sentence: "..., saying"
    adding: AttributionWords = NONE  # participles that do so only before "that" or a quotation
    beside: AttributionWords = NONE  # prepositions before a speaker and a participle: "with X saying"
    issues: AttributionWords = NONE  # verbs that attribute together with a record: issued a statement
    tells: AttributionWords = NONE  # verbs that attribute and have a listener, which is a source too if it is an outlet
    be: AttributionWords = NONE  # auxiliary verbs of the passive: "was told"
    adverbs: AttributionWords = NONE  # may stand between a source and its verb
    that: AttributionWords = NONE
    articles: AttributionWords = NONE
    joins: AttributionWords = NONE  # words inside names: "Bank of England"
    both: AttributionWords = NONE  # "and"
    origin: AttributionWords = NONE  # "data from X", "a report by X"
    place: AttributionWords = NONE  # "officials in Kyiv"
    other: AttributionWords = NONE  # words that are never part of a name or noun phrase
    voices: AttributionWords = NONE  # nouns that are a source even without a name
    bodies: AttributionWords = NONE  # nouns that are a source together with a name: "Foreign Office spokesman"
    records: AttributionWords = NONE  # what sources publish: in "data from X" the source is X
    nobody: AttributionWords = NONE  # capitalised words that are not names
    # Nouns whose name includes the "of" after them: "National Bank of Norwall", but not "Ada Holm of Norwall".
    wholes: AttributionWords = NONE
    genitives: AttributionWords = NONE  # endings of nouns that may stand between an office and its holder's name
    patronymics: AttributionWords = NONE
    titles: AttributionWords = NONE  # words before a person's name that are ignored when names are compared
    times: AttributionWords = NONE
    months: AttributionWords = NONE  # months that are also other words ("May"); a time only after a preposition
    inverts: bool = True  # a source may follow its verb anywhere, not only after the statement


@cache
def speech_of(language: str) -> Speech:
    """The words of a language; the English ones for a language without a table."""
    tables = _tables()["speech"]
    table = tables.get(language, tables["en"])
    return Speech(**{field.name: _read(table[field.name]) for field in fields(Speech) if field.name in table})


@cache
def papers() -> AttributionWords:
    """Words in names of newspapers: a paper is not the town that it is named after."""
    return AttributionWords(_tables()["papers"])


@cache
def outlets() -> AttributionWords:
    """Words that show that a listener is a news outlet."""
    return AttributionWords(_tables()["outlets"])


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((files("index.digest") / "attribution.toml").read_text("utf-8"))


def _read(value: str | list[str] | bool) -> Any:
    """A field of ``Speech`` from its TOML value: words, sequences of words (the longest first), or a flag."""
    if isinstance(value, str):
        return AttributionWords(value)
    if isinstance(value, list):
        return tuple(sorted((tuple(sequence.split()) for sequence in value), key=len, reverse=True))
    return value
