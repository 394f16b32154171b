"""Splits an article into passages: sentences, as spans of its text.

sentencex (Wikimedia, about 300 languages) proposes where sentences end. This module corrects its proposals with rules
that hold in any language, and cuts sentences that are too long to quote between clauses.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate, pairwise

from index.models import Article, Passage

LIMIT = 600
"""The longest passage, in code points: about as long as a quote may be."""

_LONG_QUOTATION = 200  # code points; a longer sentence with a quotation may be split inside the quotation
_LIST_ITEM = re.compile(r"\s*(?:[-*•‣◦▪·–—]|\(?\d{1,3}[.)]|\(?[^\W\d_]\))\s+\S")
# Scripts without spaces, in which the next sentence follows directly.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WINDOW = 5000  # code points
_SPACES = re.compile(r"\s*")
_QUOTES = "\"“”„‟«»‹›'‘’"
_BRACKETS = ")]}）］｝」』】〉》"
_QUOTE_MARK = re.compile(f"[{_QUOTES.replace(chr(39), '').replace('’', '').replace('‘', '')}]")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]{1,600}[.!?…][)\]](?=\s)")  # a whole sentence in brackets
_WORD_BEFORE = re.compile(r"(\S+)\s+(\S+)\s*$|(\S+)\s*$")
_ORDINAL = re.compile(r"(?:^|\s)\d{1,2}\.$")
# Languages that write an ordinal number as digits with a full stop: "19. Jahrhundert".
_ORDINAL_LANGUAGES = frozenset(
    ("cs", "da", "de", "et", "fi", "hr", "hu", "is", "lv", "nb", "nn", "no", "pl", "sk", "sl", "sr", "tr")
)
# Where to cut a sentence that is too long, in order of preference.
_CLAUSE_ENDS = tuple(re.compile(p) for p in (r"[;；]\s*", r"\s[—–-]+\s+|[:：]\s", r"[,،](?=\s)\s*|[、，]", r"\s+"))


def split(article: Article) -> tuple[Passage, ...]:
    """The passages of all paragraphs that are not headings, in the order of the text.

    Passages do not overlap, have no white space at either end, and together hold every other character of those
    paragraphs. None is longer than ``LIMIT`` code points. Paragraphs are numbered from 1, headings included.
    """
    passages: list[Passage] = []
    headings = frozenset(article.headings)
    for number, (begin, after) in enumerate(article.paragraphs, start=1):
        if number not in headings:
            spans = sentences(article.text[begin:after], article.language)
            passages += [Passage(begin + start, begin + end, number) for start, end in spans]
    return tuple(passages)


def sentences(text: str, language: str = "und") -> Iterator[tuple[int, int]]:
    """``[start, end)`` of each sentence of one paragraph.

    A list item on its own line is a sentence; other line breaks do not end one.
    """
    for start, end, item in _lines(text):
        # For sentencex a line break may end a sentence; here it only wraps the line.
        chunk = text[start:end].replace("\n", " ")
        whole = item and end - start <= LIMIT and chunk.strip()
        for left, right in [_trimmed(chunk, 0, len(chunk))] if whole else _sentences_of_chunk(chunk, language):
            for first, last in _cut(chunk, left, right):
                yield start + first, start + last


def _lines(text: str) -> Iterator[tuple[int, int, bool]]:
    """``(start, end, is it a list item)``: each list item alone, the other lines between them together."""
    lines = text.split("\n")
    items = [_LIST_ITEM.match(line) is not None for line in lines]
    if sum(items) < 2:  # a single line may begin with a dash or a number only because the text was wrapped there
        items = [False] * len(lines)
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    begin = 0
    for number, item in enumerate(items):
        if number + 1 == len(lines) or item or items[number + 1]:
            yield starts[begin], min(starts[number + 1], len(text)), item
            begin = number + 1


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    first = _SPACES.match(text, start, end).end()  # type: ignore[union-attr]
    return first, first + len(text[first:end].rstrip())


def _sentences_of_chunk(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Trimmed spans of the proposed sentences, joined again where the proposal was wrong."""
    current: tuple[int, int] | None = None
    has_word = False  # whether ``current`` contains a letter or digit
    for start, end in _proposed(text, language):
        next_has_word = any(character.isalnum() for character in text[start:end])
        splits = has_word and next_has_word and current and not _is_one_sentence(text, current, (start, end), language)
        if current is not None and not splits:
            current, has_word = (current[0], end), has_word or next_has_word
            continue
        if current is not None:
            yield current
        current, has_word = (start, end), next_has_word
    if current is not None:
        yield current


def _proposed(text: str, language: str) -> Iterator[tuple[int, int]]:
    cuts = _boundaries(text, language)
    closed = 0  # the end of the last sentence
    for proposed in [*cuts, len(text)]:
        start, end = closed, _past_closers(text, max(proposed, closed), len(text))
        closed = end
        inner: list[int] = []
        if end - start > _LONG_QUOTATION and _QUOTE_MARK.search(text, start, end):
            # sentencex never ends a sentence inside a quotation. A whole speech, or all the text after an unclosed
            # quotation mark, would be one passage. So the marks are hidden from it.
            inner = _boundaries(_QUOTE_MARK.sub("~", text[start:end]), language)
        if bracketed := _BRACKETED.match(text, start, end):
            inner.append(bracketed.end() - start)
        moved = [start]
        for edge in [*(start + cut for cut in sorted(inner)), end]:
            moved.append(_past_closers(text, max(edge, moved[-1]), end))
        for left, right in pairwise(moved):
            span = _trimmed(text, left, right)
            if span[0] < span[1]:
                yield span


def _boundaries(text: str, language: str) -> list[int]:
    """Where sentencex begins a new sentence, as offsets; without the first, 0."""
    from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

    found: list[int] = []
    position = 0
    while position < len(text):
        # sentencex takes quadratic time on unclosed quotation marks, so it gets one window of the text at a time.
        window = get_sentence_boundaries(language, text[position : position + _WINDOW])
        starts = [position + sentence["start_index"] for sentence in window][1:]
        found += starts
        complete = position + _WINDOW >= len(text)
        position = starts[-1] if starts and not complete else position + _WINDOW
    return found


def _past_closers(text: str, cut: int, end: int) -> int:
    """``cut`` moved past closing quotation marks and brackets: they belong to the sentence before."""
    while 0 < cut < end:
        following = text[cut + 1] if cut + 1 < len(text) else " "
        closes = text[cut] in _BRACKETS or (text[cut] in _QUOTES and not following.isalnum() and following not in "([{")
        if not closes:
            break
        cut += 1
    return cut


def _is_one_sentence(text: str, left: tuple[int, int], right: tuple[int, int], language: str) -> bool:
    """Whether two neighbouring proposals, each with a word in it, are one sentence."""
    start, end = left
    if right[1] - start > LIMIT:
        return False
    before, after = text[max(start, end - 60) : end], text[right[0] : right[0] + 60]
    first = next(character for character in text[slice(*right)] if character.isalnum())
    if text[right[0]] in _BRACKETS + ",;:":
        return True
    if end == right[0] and text[end - 1] in _QUOTES and not _UNSPACED.match(first):
        return True  # the word continues after the quotation, as with Korean particles
    if first.islower():
        # Lower case continues a sentence ("approx. five", "“Stop!” he said"), unless the whole text is in lower case
        # or the word is a name such as iPhone.
        word = re.match(r"\w+", after[after.index(first) :]) if first in after else None
        opening = next(character for character in text[slice(*left)] if character.isalnum())
        return not opening.islower() and (word is None or word.group().islower())
    return _initial(before, whole=end - start <= 60) or (
        language in _ORDINAL_LANGUAGES and _ORDINAL.search(before) is not None and first.isalpha()
    )


def _initial(before: str, *, whole: bool) -> bool:
    """Whether ``before`` ends with the initial of a name: "William E.", but not "vitamin C."."""
    match = _WORD_BEFORE.search(before)
    if match is None:
        return False
    name, last = match.group(1), (match.group(2) or match.group(3)).lstrip(_QUOTES + "([")
    if len(last) != 2 or last[1] != "." or not last[0].isupper():
        return False
    return whole if name is None else name.lstrip(_QUOTES + "([")[:1].isupper()


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span, or parts of it that are no longer than ``LIMIT``, cut between clauses if possible."""
    while end - start > LIMIT:
        # Cut earlier if the last part would become very short.
        latest = start + min(LIMIT, max(end - start - LIMIT // 4, LIMIT // 2))
        cut = _best_cut(text, start + LIMIT // 3, latest)
        stop = start + len(text[start:cut].rstrip())
        yield start, stop
        start = _SPACES.match(text, cut, end).end()  # type: ignore[union-attr]
    yield start, end


def _best_cut(text: str, earliest: int, latest: int) -> int:
    for pattern in _CLAUSE_ENDS:
        ends = [match.end() for match in pattern.finditer(text, earliest, latest)]
        if ends:
            return ends[-1]
    # There is not even a space. At least never cut inside a character made of several code points.
    cut = latest
    while cut > earliest and (
        unicodedata.combining(text[cut]) or text[cut] in "\u200d\ufe0f" or text[cut - 1] == "\u200d"
    ):
        cut -= 1
    return cut
