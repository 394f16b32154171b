"""Links to the very sentence: URL text fragments, and deep links into the bot.

Source of the syntax and of the matching: https://wicg.github.io/scroll-to-text-fragment/ (sections "Syntax" and
"Finding ranges in a document"). All offsets are code points, half-open.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from index.models import Article, Quote

_WHOLE = 180  # characters of a URL; a longer quote is named by its first and last words
_ENDS = (30, 60)  # columns of the first and last words, tried in this order until only one place fits
_AROUND = (20, 40, 80, 160)  # the same for the words before and after
_SHORT = 8  # bytes; menus and teasers may well have so little text too
_SLACK = 80  # code points; a piece may be this much longer than asked for, so as to end where a word ends

# Browsers accept a piece only if it ends where a word ends. Chinese and Japanese show that only at these marks.
_MARKS = "。、，！？；…"
_WORD = re.compile(rf"[^\s{_MARKS}]*[{_MARKS}]+|[^\s{_MARKS}]+")
_STRAIGHT = str.maketrans("‘’‚‛“”„‟«»", '\'\'\'\'""""""')
_IGNORABLE = {"Mn", "Me", "Cf", "Cc"}

# Where one block of the page ends and another begins: lines, and the cells of a table's row (index/page.py).
_CELL = " | "
_BREAK = re.compile(rf"\n|{re.escape(_CELL)}")

_Span = tuple[int, int]
_Body = tuple[_Span, _Span | None]  # first and last words
_Context = tuple[_Span | None, _Span | None]  # words before and after


@dataclass(frozen=True, slots=True)
class _Directive:
    """The spans that a fragment is written from; ``last`` only for a range."""

    prefix: _Span | None
    first: _Span
    last: _Span | None
    suffix: _Span | None


def is_http_url(text: str) -> bool:
    """Whether the text is an absolute http or https URL that can be put behind a link as it is."""
    if any(char.isspace() or not char.isprintable() for char in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def article_deep_link(username: str, article_id: str) -> str:
    """The t.me address that opens the bot on this article.

    Raises:
        ValueError: one of the two is nothing that Telegram accepts.
    """
    from telegram.helpers import create_deep_linked_url

    return create_deep_linked_url(username, article_id)


def quote_link(quote: Quote) -> str | None:
    """The publisher's page, opened at the quote, or None when the article has no web address.

    A PDF is opened at the quote's page (RFC 8118, section 3), for text fragments are of HTML.
    """
    url = quote.article.url
    if url is None or not is_http_url(url):
        return None
    if quote.page is not None:
        return f"{url.partition('#')[0]}#page={quote.page}"
    page = url.split(":~:")[0]
    fragment = text_fragment(quote.article.text, quote.start, quote.end)
    if not fragment:
        return page
    return f"{page}{fragment}" if "#" in page else f"{page}#{fragment}"


@dataclass(frozen=True, slots=True)
class Links:
    """Where readers find an article: at its publisher's, or, if it has no web address, on the reader page whose public
    address is ``reader``, if there is one."""

    reader: str | None = None

    def to_article(self, article: Article) -> str | None:
        if article.url and is_http_url(article.url):
            return article.url
        return f"{self.reader.rstrip('/')}/a/{article.id}" if self.reader else None

    def to_quote(self, quote: Quote) -> str | None:
        """The same, opened at the quote."""
        page = self.to_article(quote.article)
        return quote_link(quote) or (f"{page}/{quote.start}-{quote.end}#quote" if page else None)


PUBLISHERS = Links()


def text_fragment(article_text: str, start: int, end: int) -> str:
    """What follows the ``#`` of a URL that opens the page at ``article_text[start:end]``; empty for white space.

    That form is taken whose first match in the article, as a browser would search it, is exactly this range; of
    several the one that the rest of the page is the least likely to disturb. Where the article repeats itself so much
    that there is none, the link opens the first place with the same words.
    """
    start, end = _trimmed(article_text, start, end)
    if start >= end:
        return ""
    fold = _Fold(article_text)
    page = fold(article_text)
    target = len(fold(article_text[:start])), len(fold(article_text[:end]))
    candidates = list(dict.fromkeys(_candidates(article_text, start, end)))
    same_words: _Directive | None = None
    for candidate in candidates:
        pieces = [span and fold(article_text[slice(*span)]) for span in astuple(candidate)]
        found = None if "" in pieces else _first_match(page, *pieces)
        if found == target:
            return _written(article_text, candidate)
        if found and not same_words and page[slice(*found)] == page[slice(*target)]:
            same_words = candidate
    return _written(article_text, same_words or candidates[0])


def _trimmed(text: str, start: int, end: int) -> _Span:
    """The span without white space and separators of cells at its ends."""
    while start < end and (text[start].isspace() or text[start : start + 2] == "| "):
        start += 1
    while start < end and (text[end - 1].isspace() or text[max(0, end - 2) : end] == " |"):
        end -= 1
    return start, end


def _candidates(text: str, start: int, end: int) -> Iterator[_Directive]:
    """Ways to name the range, the likeliest to land first, then the shortest."""
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
        # Between two paragraphs the page may hold what the article does not; inside of one it does not.
        return short and not prefix, bool((prefix and apart[0]) or (suffix and apart[1]))

    contexts.sort(key=risk)
    inside_word = _inside_word(text, start), _inside_word(text, end)
    usable = [c for c in contexts if (c[0] or not inside_word[0]) and (c[1] or not inside_word[1])]
    for prefix, suffix in usable or contexts:
        for first, last in bodies:
            yield _Directive(prefix, first, last, suffix)


def _head(text: str, start: int, end: int, size: int) -> _Span:
    """The first words of the first block of ``text[start:end]``, at least ``size`` columns if it has them."""
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
    """The last words of the last block of ``text[start:end]``, at least ``size`` columns if it has them."""
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
    """The first of these offsets that no word goes on across; where there is none, at least between two characters."""
    parted = next((at for at in places if not _inside_word(text, at)), None)
    return parted or next((at for at in places if not unicodedata.combining(text[at])), places[0])


def _columns(text: str) -> int:
    """How wide it is: a Chinese or Japanese character says as much as two letters."""
    return len(text) + sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in text)


def _inside_word(text: str, at: int) -> bool:
    """Whether a word goes on across this offset, roughly as UAX #29 has it (rules WB4 to WB13)."""
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


class _Fold:
    """Text as a browser compares it: case, accents, invisible characters and widths of white space do not count.

    Coarser than any browser on purpose: what is unique here is unique there.
    """

    def __init__(self, text: str) -> None:
        self._table = {ord(char): self._folded(char) for char in set(text.translate(_STRAIGHT))}

    def __call__(self, text: str) -> str:
        plain = text.replace(_CELL, "\n").translate(_STRAIGHT).translate(self._table)
        return re.sub(r" *\n[ \n]*", "\n", re.sub(r" +", " ", plain))

    @staticmethod
    def _folded(char: str) -> str:
        if char.isspace():
            return "\n" if char == "\n" else " "
        base = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) not in _IGNORABLE)
        return base.casefold()


def _first_match(page: str, prefix: str | None, first: str, last: str | None, suffix: str | None) -> _Span | None:
    """The specification's "find a range from a text directive", on folded text."""
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
    """Where the piece stands next, beginning with a word, and ending with one if that is asked for; else -1."""
    found = page.find(piece, position)
    while found >= 0 and (_splits_word(page, found) or (end_bound and _splits_word(page, found + len(piece)))):
        found = page.find(piece, found + 1)
    return found


def _splits_word(page: str, at: int) -> bool:
    """Whether a word goes on across this offset for sure: letters that have a case, and digits, are never parted."""
    return 0 < at < len(page) and all(char.isdecimal() or char.upper() != char for char in page[at - 1 : at + 1])


def _past_space(page: str, position: int) -> int:
    return position + (page[position : position + 1] in {" ", "\n"})


def _written(text: str, directive: _Directive) -> str:
    prefix, first, last, suffix = (span and _encoded(text[slice(*span)]) for span in astuple(directive))
    parts = [prefix and f"{prefix}-", first, last, suffix and f"-{suffix}"]
    return ":~:text=" + ",".join(filter(None, parts))


def _encoded(piece: str) -> str:
    return percent_encode(" ".join(piece.split()), safe="").replace("-", "%2D")
