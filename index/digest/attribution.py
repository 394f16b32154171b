"""How news attributes what it says: the words around the name of a source. The tables are in ``attribution.toml``."""

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
    """The words of one language that matter around a source's name, in lower case."""

    cues: tuple[tuple[str, ...], ...]  # the source follows: "according to"
    says: AttributionWords  # verbs that always attribute
    listens: tuple[tuple[str, ...], ...] = ()  # an outlet may follow, to which a source spoke: "interview with"
    claims: AttributionWords = NONE  # verbs that attribute what stands beside them: that ..., a colon, a quotation
    reacts: AttributionWords = NONE  # verbs that attribute the quotation beside them: called it "..."
    saying: AttributionWords = NONE  # participles that attribute to the sentence's subject: "..., saying"
    adding: AttributionWords = NONE  # those that do it beside "that" or a quotation
    beside: AttributionWords = NONE  # puts the speaker before them: "with X saying"
    issues: AttributionWords = NONE  # verbs that make a source of whom they name: issued a statement
    tells: AttributionWords = NONE  # verbs that attribute and take a listener, who is a source too when it is an outlet
    be: AttributionWords = NONE  # makes the verb passive: "was told"
    adverbs: AttributionWords = NONE  # may stand between a source and its verb
    that: AttributionWords = NONE
    articles: AttributionWords = NONE
    joins: AttributionWords = NONE  # inside names: "Bank of England"
    both: AttributionWords = NONE  # and
    origin: AttributionWords = NONE  # "data from X", "a report by X"
    place: AttributionWords = NONE  # "officials in Kyiv"
    other: AttributionWords = NONE  # words that are part of no name or noun phrase
    voices: AttributionWords = NONE  # a source even without a name
    bodies: AttributionWords = NONE  # a source beside a name: "Foreign Office spokesman"
    records: AttributionWords = NONE  # what a source publishes: "data from X" is X's
    nobody: AttributionWords = NONE  # capitalised, yet nobody's name
    # Nouns that keep the "of" behind them: "National Bank of Norwall", but not "Ada Holm of Norwall".
    wholes: AttributionWords = NONE
    genitives: AttributionWords = NONE  # endings of a noun that may stand between an office and its holder's name
    patronymics: AttributionWords = NONE
    titles: AttributionWords = NONE  # before a person's name, not part of it when names are compared
    times: AttributionWords = NONE
    months: AttributionWords = NONE  # months that are also other words: times only behind a preposition
    inverts: bool = True  # the source may follow its verb anywhere, not only after what it said


@cache
def speech_of(language: str) -> Speech:
    """The table of a language; the English one for a language that has none."""
    tables = _tables()["speech"]
    table = tables.get(language, tables["en"])
    return Speech(**{field.name: _read(table[field.name]) for field in fields(Speech) if field.name in table})


@cache
def papers() -> AttributionWords:
    """A paper is not the town that it is named after."""
    return AttributionWords(_tables()["papers"])


@cache
def outlets() -> AttributionWords:
    """Words that say that a listener is a news outlet."""
    return AttributionWords(_tables()["outlets"])


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((files("index.digest") / "attribution.toml").read_text("utf-8"))


def _read(value: str | list[str] | bool) -> Any:
    """A field of ``Speech``: words, sequences of words (the longest first), or a switch."""
    if isinstance(value, str):
        return AttributionWords(value)
    if isinstance(value, list):
        return tuple(sorted((tuple(sequence.split()) for sequence in value), key=len, reverse=True))
    return value
