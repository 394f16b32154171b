"""Text -> terms, and BM25 over the passages of one article."""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import regex

from index.retrieve.postings import Numbers, Scores

WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*")
# Scripts that put no space between words, and Hangul, whose words carry their particles: pairs of characters.
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
K1, B = 1.2, 0.75


class Stems(Protocol):
    def stemWords(self, words: list[str]) -> list[str]: ...  # noqa: N802


def _stemmer(language: str) -> Stems | None:
    """A new one for each text: it keeps the word it is at in itself, and threads must not share that."""
    import Stemmer

    name = STEMMERS.get(language)
    return Stemmer.Stemmer(name, 0) if name else None


def terms(text: str, language: str) -> list[str]:
    """The words of a text, case-folded and stemmed (Snowball) for its language; pairs of characters where a script
    has no spaces. A language without a stemmer keeps its words whole.
    """
    words: list[str] = []
    for word in WORD.findall(text.casefold()):
        # "2024年" is a number and a word.
        for piece in (match.group() for match in PIECE.finditer(word)):
            if len(piece) > 1 and UNSPACED.match(piece):
                words += (piece[i : i + 2] for i in range(len(piece) - 1))
            else:
                words.append(piece)
    stemmer = _stemmer(language)
    return stemmer.stemWords(words) if stemmer else words


def idf(question: Sequence[str], counts: Numbers) -> dict[str, float]:
    """How rare each term of the question is among the passages; a term that none has counts as the rarest. ``counts``
    tells how often each stands in each passage, shape (t, n).

    The non-negative form of Robertson and Sparck Jones: ``log(1 + (N - n + 0.5) / (n + 0.5))``.
    """
    count = counts.shape[1]
    having = (counts > 0).sum(1).tolist()
    return {term: math.log1p((count - n + 0.5) / (n + 0.5)) for term, n in zip(question, having, strict=True)}


def bm25(weights: dict[str, float], counts: Numbers, lengths: Scores) -> Scores:
    """Okapi BM25 (Robertson et al. 1994, k1 = 1.2, b = 0.75) of each passage, shape (n,), from the weight of each term,
    how often it stands in each passage (t, n), and the passages' lengths in terms (n,)."""
    mean_length = lengths.sum() / max(len(lengths), 1) or 1.0
    norm = K1 * (1 - B + B * lengths / mean_length)
    rarity = np.array(list(weights.values()))[:, None]
    return np.asarray((rarity * counts * (K1 + 1) / (counts + norm)).sum(0))
