"""Lines -> text: words that were divided at the end of a line are put together again."""

import re
from collections import Counter
from collections.abc import Iterable
from unicodedata import is_normalized

from index.text.language import frequent_words

_LAST = re.compile(r"([^\W\d_][\w'’-]*?|[^\W_]+)[-\u2010]$")
_FIRST = re.compile(r"[^\W_][\w'’]*")
_WORD = re.compile(r"[^\W_][\w'’-]*")
_HANGING = frozenset(
    ("und", "oder", "bzw", "bis", "and", "or", "to", "et", "ou", "y", "o", "e", "i", "lub", "en", "of")
)
_UNSPACED = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
# They write compounds as one word: two words at a hyphen are one that was divided.
_CLOSED = frozenset(("de", "nl", "sv", "da", "no", "fi", "hu", "et"))
_INVERTED = frozenset(
    "il elle on ils elles ce je tu nous vous là ci le la les moi toi lui leur même mêmes y en".split()  # noqa: SIM905
)

_LONGEST = 60  # code points of a word


class Joiner:
    """Knows the words of a text, which tell how a divided one is written: ``lines`` are those of the text."""

    def __init__(self, lines: Iterable[str], language: str) -> None:
        self._words: Counter[str] = Counter()
        for line in lines:
            words = _WORD.findall(line)
            # The parts of a divided word are not words.
            ends = words[:-1] if line.endswith(("-", "\u2010", "\u00ad")) else words
            self._words.update(word.rstrip("-") for word in ends)
        self._frequent = frequent_words(language)
        self._language = language

    def seam(self, before: str, line: str) -> str:
        """The line ``before`` as it stands when the next ``line`` follows it: with a space, or without its hyphen.

        A soft hyphen always goes. A hyphen goes where it can have been put in to divide a word: not before a capital or
        a digit, nor behind one ("UK-based"), nor where the text elsewhere has the word with it, or, in a language that
        writes compounds with hyphens, has both parts as words but never the whole.
        """
        if before.endswith("\u00ad"):
            return _sealed(before[:-1], line)
        if _UNSPACED.match(before[-1]) and _UNSPACED.match(line):
            return _sealed(before, line)
        last, first = _LAST.search(before[-_LONGEST:]), _FIRST.match(line[:_LONGEST])
        if last is None or first is None:
            return f"{before} "
        left, right = last.group(1), first.group()
        if right.lower() in _HANGING and not self._has(left + right):
            return f"{before} "
        return _sealed(before if self._is_hyphenated(left, right) else before[:-1], line)

    def _is_hyphenated(self, left: str, right: str) -> bool:
        part = re.split(r"[-\u2010]", left)[-1]
        if not right[0].islower() or (right[0].isalpha() and part[-1:].isupper()) or part[-1:].isdigit():
            return True
        if self._has(part + right):
            return False
        if self._has(f"{part}-{right}"):
            return True
        if self._language in _CLOSED or not self._has(part):
            return False
        return (len(part) > 3 and self._has(right)) or (self._language == "fr" and right in _INVERTED)

    def _has(self, word: str) -> bool:
        lower = word[:1].lower() + word[1:]
        return word in self._words or lower in self._words or lower in self._frequent


def _sealed(before: str, line: str) -> str:
    """With a space nevertheless, if two characters would become one."""
    return before if is_normalized("NFC", before[-1:] + line[:1]) else f"{before} "
