"""Brings any decoded text into the canonical form of article texts (see ``Article``)."""

import re
import unicodedata

from index.models import PARAGRAPH_BREAK, join_paragraphs

_LINE_BREAKS = re.compile(r"\r\n?|[\v\f\x85\u2028]")
_SPACES = re.compile(r"[^\S\n]+")
_SOFT_HYPHEN_AND_BOM = re.compile("[\u00ad\ufeff]")
# Invisible characters that mean nothing at either end of a line. Inside it, ZWJ and ZWNJ shape letters and emoji.
_EDGE_JUNK = " \n\u200b\u200c\u200d\u200e\u200f\u2060"
_BLANK_LINE = re.compile(r"\n\s*\n")
# Runs that may hold more combining marks on one letter than any script uses. NFC would sort them in quadratic time.
_MARKS = re.compile(r"[^\w\s]{31,}")
_MOST_MARKS = 30  # the Stream-Safe Text Format's limit (UAX #15, section 13)
# Control characters, and surrogates, which UTF-8 cannot encode.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def normalize(text: str) -> str:
    """The text in Unicode NFC, without control characters and surrogates, with single spaces.

    One blank line separates paragraphs.
    """
    text = _LINE_BREAKS.sub("\n", text).replace("\u2029", PARAGRAPH_BREAK)
    text = _SOFT_HYPHEN_AND_BOM.sub("", _UNWANTED.sub("", text))
    text = unicodedata.normalize("NFC", _MARKS.sub(_thinned, text))
    return normalize_paragraphs(_BLANK_LINE.split(text))


def _thinned(match: re.Match[str]) -> str:
    """The match with at most 30 combining marks in a row."""
    kept: list[str] = []
    run = 0
    for character in match.group():
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def normalize_paragraphs(paragraphs: list[str]) -> str:
    """One text of the tidied paragraphs, without those that have no visible character."""
    return join_paragraphs(filter(None, map(tidy, paragraphs)))


def tidy(paragraph: str) -> str:
    """The paragraph with single spaces, without empty lines and invisible characters at either end of a line."""
    lines = (_SPACES.sub(" ", line).strip(_EDGE_JUNK) for line in paragraph.split("\n"))
    return "\n".join(filter(None, lines))


def line(text: str) -> str:
    """Any decoded text in canonical form, on one line."""
    return " ".join(normalize(text).split())


def comparison_key(text: str) -> str:
    """Only the letters and digits, case-folded: texts with equal keys say the same."""
    return "".join(filter(str.isalnum, text.casefold()))


def shorten(text: str, limit: int = 80) -> str:
    """``text`` on one line of at most ``limit`` code points, cut between words; "…" marks a cut."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    return (head[: head.rfind(" ")] if " " in head[limit // 2 :] else head).rstrip(" ,;:—–-") + "…"
