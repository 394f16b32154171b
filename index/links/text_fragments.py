"""Makes URL text fragments, which open a page at a quote.

The syntax and the matching follow https://wicg.github.io/scroll-to-text-fragment/ (sections "Syntax" and "Finding
ranges in a document"). All ranges are half-open, in code points.
"""

import re
import unicodedata
from enum import IntEnum, auto
from itertools import islice
from urllib.parse import quote as percent_encode

from index.links.page_position import place

_WHOLE = 180  # characters in the URL; a longer quote is given by its first and last words
_ENDS = (30, 60)  # columns of the first and last words, tried in this order until only one place matches
_AROUND = (20, 40, 80, 160)  # columns of the words before and after, tried in the same way
_SHORT = 8  # bytes; menus and teasers often contain so short a text too
_LINES = 3  # a quote may be opened at one of this many later lines, if its first line cannot be found
_SLACK = 80  # code points; a piece may be this much longer, so that it ends where a word ends

# Browsers accept a piece only if it ends where a word ends. In Chinese and Japanese that is only certain at these
# marks.
_MARKS = "。、，！？；…"
_WORD = re.compile(rf"[^\s{_MARKS}]*[{_MARKS}]+|[^\s{_MARKS}]+")
_STRAIGHT = str.maketrans("‘’‚‛“”„‟«»", '\'\'\'\'""""""')
_IGNORABLE = {"Mn", "Me", "Cf", "Cc"}

# The boundaries of a page's blocks: line breaks, and bars between the cells of a table row (ingest/html/page.py).
_CELL = " | "
_BREAK = re.compile(rf"\n|{re.escape(_CELL)}")

_Span = tuple[int, int]
_Body = tuple[_Span, _Span | None]  # first and last words
_Context = tuple[_Span | None, _Span | None]  # words before and after
_Form = tuple[str | None, str, str | None, str | None]  # the pieces of a fragment: prefix, first, last, suffix


class _Found(IntEnum):
    """What a fragment opens, from best to worst."""

    THERE = auto()
    SAME_WORDS = auto()
    ITS_BEGINNING = auto()
    SOMETHING_ELSE = auto()


def text_fragment(article_text: str, start: int, end: int, page: str | None = None) -> str:
    """The part after the ``#`` of a URL that opens the page at ``article_text[start:end]``; empty for white space.

    ``page`` is the whole text of the page (``visible_text``) if it is known; else only the article's text is used. Of
    the possible fragments, one is taken whose first match in a browser is exactly this range, and of those the one that
    is least likely to break when the rest of the page changes. If the page has so many repetitions that there is none,
    the link opens the first place with the same words.
    """
    start, end = _trimmed(article_text, start, end)
    if start >= end:
        return ""
    breaks = (line.end() for line in _BREAK.finditer(article_text, start, end))
    # If no fragment finds the first line, opening the second line is better than opening another place.
    found = (_form(article_text, begin, end, page) for begin in (start, *islice(breaks, _LINES)))
    return _written(next(filter(None, found), None) or _forms(article_text, start, end)[0])


def _form(text: str, start: int, end: int, page: str | None) -> _Form | None:
    """The first of the best forms for the range; None if all of them open something else."""
    forms = _forms(text, start, end)
    there = place(text, start, end, page) if page else None
    if page and there:
        searched = _Searched(page, *there)
        forms += _forms(page, *there)
    else:
        searched = _Searched(text, start, end)
    best, form = _Found.SOMETHING_ELSE, None
    for one in forms:
        found = searched.found(one)
        if found < best:
            best, form = found, one
        if found is _Found.THERE:
            break
    return form


def _trimmed(text: str, start: int, end: int) -> _Span:
    """The span without white space and cell separators at either end."""
    while start < end and (text[start].isspace() or text[start : start + 2] == "| "):
        start += 1
    while start < end and (text[end - 1].isspace() or text[max(0, end - 2) : end] == " |"):
        end -= 1
    return start, end


def _forms(text: str, start: int, end: int) -> list[_Form]:
    """The possible forms for the range: first those most likely to open it, then the shortest."""
    bodies: list[_Body] = [(_head(text, start, end, size), _tail(text, start, end, size)) for size in _ENDS]
    if not _BREAK.search(text, start, end):
        long = len(_encoded(text[start:end])) > _WHOLE
        bodies = [(first, last) for first, last in bodies if long and last and first[1] < last[0]]
        bodies.append(((start, end), None))
    before, after = _trimmed(text, 0, start)[1], _trimmed(text, end, len(text))[0]
    contexts: list[_Context] = [(None, None)]
    for size in _AROUND:
        prefix = _tail(text, 0, before, size) if before else None
        suffix = _head(text, after, len(text), size) if after < len(text) else None
        contexts += [(prefix, None), (None, suffix), (prefix, suffix)]
    short = all(len(text[slice(*first)].encode()) < _SHORT for first, _ in bodies)
    apart = _BREAK.search(text, before, start), _BREAK.search(text, end, after)

    def risk(context: _Context) -> tuple[bool, bool]:
        prefix, suffix = context
        # Between two paragraphs the page may have text that the article does not have, but not inside a paragraph.
        return short and not prefix, bool((prefix and apart[0]) or (suffix and apart[1]))

    contexts.sort(key=risk)
    inside_word = _inside_word(text, start), _inside_word(text, end)
    usable = [c for c in contexts if (c[0] or not inside_word[0]) and (c[1] or not inside_word[1])]

    def piece(span: _Span | None) -> str | None:
        return span and text[slice(*span)]

    return list(
        dict.fromkeys(
            (piece(prefix), text[slice(*first)], piece(last), piece(suffix))
            for prefix, suffix in usable or contexts
            for first, last in bodies
        )
    )


def _head(text: str, start: int, end: int, size: int) -> _Span:
    """The first words of the first block of ``text[start:end]``, at least ``size`` columns if there are so many."""
    edge = _BREAK.search(text, start, end)
    stop = start
    for word in _WORD.finditer(text, start, edge.start() if edge else end):
        stop = word.end()
        if _columns(text[start:stop]) >= size:
            break
    if stop - start > size + _SLACK:
        stop = _between_words(text, range(start + size, start + size + _SLACK))
    return start, stop


def _tail(text: str, start: int, end: int, size: int) -> _Span:
    """The last words of the last block of ``text[start:end]``, at least ``size`` columns if there are so many."""
    line, cell = text.rfind("\n", start, end) + 1, text.rfind(_CELL, start, end)
    edge = max(start, line, cell + len(_CELL) if cell >= 0 else 0)
    begin = end
    for word in reversed(list(_WORD.finditer(text, edge, end))):
        begin = word.start()
        if _columns(text[begin:end]) >= size:
            break
    if end - begin > size + _SLACK:
        begin = _between_words(text, range(end - size, end - size - _SLACK, -1))
    return begin, end


def _between_words(text: str, places: range) -> int:
    """The first of these offsets that is not inside a word; if there is none, the first between two characters."""
    parted = next((at for at in places if not _inside_word(text, at)), None)
    return parted or next((at for at in places if not unicodedata.combining(text[at])), places[0])


def _columns(text: str) -> int:
    """The width of a text: a Chinese or Japanese character says as much as two letters."""
    return len(text) + sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in text)


def _inside_word(text: str, at: int) -> bool:
    """Whether this offset is inside a word, roughly by UAX #29 (rules WB4 to WB13)."""
    before, after = text[max(0, at - 2) : at], text[at : at + 2]
    if not before or not after:
        return False
    if unicodedata.category(after[0]) in {"Mn", "Me", "Mc", "Cf"}:
        return True
    left, right = _wordlike(before[-1]), _wordlike(after[0])
    joins_left = before[-1] in ".,:;'’·" and _wordlike(before[0])
    joins_right = after[0] in ".,:;'’·" and _wordlike(after[-1])
    return (left or joins_left) and (right or joins_right)


def _wordlike(char: str) -> bool:
    return char.isalnum() or char == "_"


class _Searched:
    """A text folded as a browser does for its search, and a range of that text.

    Case, accents, invisible characters and the amount of white space are ignored. On purpose this ignores more than any
    browser: what is unique here is unique there.
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        self._table = _Folds()
        self._text = self._folded(text)
        self._range = len(self._folded(text[:start])), len(self._folded(text[:end]))

    def found(self, form: _Form) -> _Found:
        """What a fragment of this form opens."""
        prefix, first, last, suffix = (piece and self._folded(piece) for piece in form)
        if not first or "" in (prefix, last, suffix):
            return _Found.SOMETHING_ELSE
        found = _first_match(self._text, prefix, first, last, suffix)
        if found is None:
            return _Found.SOMETHING_ELSE
        if found == self._range:
            return _Found.THERE
        if self._text[slice(*found)] == self._text[slice(*self._range)]:
            return _Found.SAME_WORDS
        return _Found.ITS_BEGINNING if found[0] == self._range[0] else _Found.SOMETHING_ELSE

    def _folded(self, text: str) -> str:
        plain = text.replace(_CELL, "\n").translate(_STRAIGHT).translate(self._table)
        return re.sub(r" *\n[ \n]*", "\n", re.sub(r" +", " ", plain))


class _Folds(dict[int, str]):
    """For each character its folded form, computed on first use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isspace():
            folded = "\n" if char == "\n" else " "
        else:
            base = (c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) not in _IGNORABLE)
            folded = "".join(base).casefold()
        self[code] = folded
        return folded


def _first_match(page: str, prefix: str | None, first: str, last: str | None, suffix: str | None) -> _Span | None:
    """The algorithm "find a range from a text directive" of the specification, on folded text."""
    position = 0
    while True:
        found = _find(page, prefix or first, position, end_bound=not prefix and bool(last or not suffix))
        if found < 0:
            return None
        position = found + 1
        begin = _past_space(page, found + len(prefix)) if prefix else found
        finish = begin + len(first)
        if not page.startswith(first, begin) or ((last or not suffix) and _splits_word(page, finish)):
            continue
        while True:
            if last:
                found = _find(page, last, finish, end_bound=not suffix)
                if found < 0:
                    return None
                finish = found + len(last)
            if not suffix:
                return begin, finish
            behind = _past_space(page, finish)
            if page.startswith(suffix, behind) and not _splits_word(page, behind + len(suffix)):
                return begin, finish
            if not last:
                break


def _find(page: str, piece: str, position: int, *, end_bound: bool) -> int:
    """The next place of the piece where a word begins and, with ``end_bound``, a word ends; -1 if there is none."""
    found = page.find(piece, position)
    while found >= 0 and (_splits_word(page, found) or (end_bound and _splits_word(page, found + len(piece)))):
        found = page.find(piece, found + 1)
    return found


def _splits_word(page: str, at: int) -> bool:
    """Whether this offset is certainly inside a word: between letters that have a case, or digits."""
    return 0 < at < len(page) and all(char.isdecimal() or char.upper() != char for char in page[at - 1 : at + 1])


def _past_space(page: str, position: int) -> int:
    return position + (page[position : position + 1] in {" ", "\n"})


def _written(form: _Form) -> str:
    prefix, first, last, suffix = (piece and _encoded(piece) for piece in form)
    parts = [prefix and f"{prefix}-", first, last, suffix and f"-{suffix}"]
    return ":~:text=" + ",".join(filter(None, parts))


def _encoded(piece: str) -> str:
    return percent_encode(" ".join(piece.split()), safe="").replace("-", "%2D")
