"""Text -> terms, and BM25 over the passages of one article."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import regex
from numpy.typing import NDArray

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


def idf(question: set[str], documents: Sequence[Sequence[str]]) -> dict[str, float]:
    """How rare each term of the question is among the documents; a term that none has counts as the rarest.

    The non-negative form of Robertson and Sparck Jones: ``log(1 + (N - n + 0.5) / (n + 0.5))``.
    """
    count = len(documents)
    having = Counter(term for document in documents for term in question.intersection(document))
    return {term: float(np.log1p((count - having[term] + 0.5) / (having[term] + 0.5))) for term in sorted(question)}


def bm25(weights: dict[str, float], documents: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Okapi BM25 (Robertson et al. 1994, k1 = 1.2, b = 0.75) of each document; shape (len(documents),)."""
    scores = np.zeros(len(documents))
    mean_length = sum(map(len, documents)) / max(len(documents), 1) or 1.0
    for i, document in enumerate(documents):
        norm = K1 * (1 - B + B * len(document) / mean_length)
        for term, frequency in Counter(t for t in document if t in weights).items():
            scores[i] += weights[term] * frequency * (K1 + 1) / (frequency + norm)
    return scores
