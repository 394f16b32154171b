"""Splits a text into terms: the stemmed words that BM25 compares."""

from typing import Protocol

import regex

WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*")
# Scripts without spaces between words, and Hangul, whose words carry particles: indexed by pairs of characters.
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Hangul}]+")
PIECE = regex.compile(rf"{UNSPACED.pattern}|{UNSPACED.pattern.replace('[', '[^', 1)}")
STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}


class Stems(Protocol):
    def stemWords(self, words: list[str]) -> list[str]: ...  # noqa: N802


def _stemmer(language: str) -> Stems | None:
    """A new stemmer for each text: a stemmer stores the word it is working on, so threads must not share one."""
    import Stemmer

    name = STEMMERS.get(language)
    return Stemmer.Stemmer(name, 0) if name else None


def terms(text: str, language: str) -> list[str]:
    """The words of a text, case-folded and stemmed (Snowball) for its language.

    Scripts without spaces give pairs of characters. Words of a language without a stemmer are only case-folded.
    """
    words: list[str] = []
    for word in WORD.findall(text.casefold()):
        # "2024年" is two pieces: a number and a word.
        for piece in (match.group() for match in PIECE.finditer(word)):
            if len(piece) > 1 and UNSPACED.match(piece):
                words += (piece[i : i + 2] for i in range(len(piece) - 1))
            else:
                words.append(piece)
    stemmer = _stemmer(language)
    return stemmer.stemWords(words) if stemmer else words
