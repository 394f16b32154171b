"""Finds a part of an article in the text of the publisher's page. All ranges are half-open, in code points."""

import re
from bisect import bisect_left, bisect_right
from itertools import islice, takewhile
from operator import itemgetter

from index.models import paragraph_spans

_Span = tuple[int, int]
_GAP = re.compile(r"[\s|]+")  # white space, and the bar between the cells of a table row
_MOST_PLACES = 1000  # words that occur more often on a page are not looked for
_MOST_PARAGRAPHS = 20  # paragraphs in each direction among which one is looked for that the page has only once
_CONTEXT = 200  # code points before and after by which places with the same words are compared


def place(text: str, start: int, end: int, page: str) -> _Span | None:
    """The range of ``page``, the whole text of a page, that is ``text[start:end]`` of its article ``text``.

    Between two paragraphs the page may have any other text. If the words occur several times on the page, the place
    between neighbouring paragraphs that occur only once is taken. None if the page does not have the words.
    """
    found = _one(text, (start, end), page)
    quoted = paragraph_spans(text[start:end])
    if found or len(quoted) < 2:
        return found
    first = _one(text, (start, start + quoted[0][1]), page)
    last = _one(text, (start + quoted[-1][0], end), page)
    return (first[0], last[1]) if first and last and first[1] <= last[0] else None


def _one(text: str, span: _Span, page: str) -> _Span | None:
    words = text[slice(*span)]
    found = _places(words, page)
    if len(found) < 2:
        return found[0] if found else None
    ours, theirs = _surroundings(text, span, page)
    there = [one for one in found if _within(one, theirs)]
    same = [one for one in _places(words, text) if _within(one, ours)]
    before = sum(one[0] < span[0] for one in same)
    if len(there) == len(same) > before:  # not if matches overlap ("No. No. No."), because those are counted once
        return there[before]
    return max(there or found, key=lambda one: _likeness(text, span, page, one))


def _surroundings(text: str, span: _Span, page: str) -> tuple[_Span, _Span]:
    """A range of the article around the span, and the range of the page that has the same part."""
    paragraphs = paragraph_spans(text)
    first = bisect_right(paragraphs, span[0], key=itemgetter(0)) - 1
    last = bisect_left(paragraphs, span[1], key=itemgetter(1))
    own = paragraphs[first][0], paragraphs[last][1]
    if len(there := _places(text[slice(*own)], page)) == 1:
        return own, there[0]
    ours, theirs = [0, len(text)], [0, len(page)]
    for side, nearest in enumerate((reversed(paragraphs[:first]), paragraphs[last + 1 :])):
        for one in islice(nearest, _MOST_PARAGRAPHS):
            if len(there := _places(text[slice(*one)], page)) == 1:
                ours[side], theirs[side] = one[1 - side], there[0][1 - side]
                break
    return (ours[0], ours[1]), (theirs[0], theirs[1])


def _places(words: str, where: str) -> list[_Span]:
    """All ranges with these words, with any white space between them; empty if there are too many."""
    pieces = [re.escape(piece) for piece in _GAP.split(words) if piece]
    pattern = re.compile(r"[\s|]*".join(pieces) or r"(?!)")
    found = [match.span() for match in islice(pattern.finditer(where), _MOST_PLACES + 1)]
    return found if len(found) <= _MOST_PLACES else []


def _within(inner: _Span, outer: _Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _likeness(text: str, ours: _Span, page: str, theirs: _Span) -> int:
    """The number of characters that both places have in common directly before and after them."""
    before = (_GAP.sub("", text[:at][-_CONTEXT:])[::-1] for text, at in ((text, ours[0]), (page, theirs[0])))
    after = (_GAP.sub("", text[at : at + _CONTEXT]) for text, at in ((text, ours[1]), (page, theirs[1])))
    return _common(*before) + _common(*after)


def _common(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
