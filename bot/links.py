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

_WHOLE = 80  # code points; a longer quote is named by its first and last words
_ENDS = (20, 40, 80)  # code points of the first and last words, tried in this order until only one place fits
_AROUND = (8, 20, 40, 80)  # the same for the words before and after
_SLACK = 40  # a piece may be this much longer than asked for, so as to end where a word ends

# Browsers accept a piece only if it ends where a word ends. Chinese and Japanese show that only at these marks.
_MARKS = "。、，！？；…"
_WORD = re.compile(rf"[^\s{_MARKS}]*[{_MARKS}]+|[^\s{_MARKS}]+")
_STRAIGHT = str.maketrans("‘’‚‛“”„‟«»", '\'\'\'\'""""""')
_IGNORABLE = {"Mn", "Me", "Cf", "Cc"}

_Span = tuple[int, int]


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

    The shortest form is taken whose first match in the article, as a browser would search it, is exactly this range.
    Where the article repeats itself so much that there is none, the link opens the first place with the same words.
    """
    quoted = article_text[start:end]
    start, end = start + len(quoted) - len(quoted.lstrip()), end - len(quoted) + len(quoted.rstrip())
    if start >= end:
        return ""
    fold = _Fold(article_text)
    target = len(fold(article_text[:start])), len(fold(article_text[:end]))
    page = fold(article_text)
    candidates = list(_candidates(article_text, start, end))
    for candidate in candidates:
        pieces = [span and fold(article_text[slice(*span)]) for span in astuple(candidate)]
        if "" not in pieces and _first_match(page, *pieces) == target:
            return _written(article_text, candidate)
    return _written(article_text, candidates[0])


def _candidates(text: str, start: int, end: int) -> Iterator[_Directive]:
    """Ways to name the range, shortest first. No piece holds a line break, since none may cross a block."""
    bodies: list[tuple[_Span, _Span | None]] = [((start, end), None)]
    if end - start > _WHOLE or "\n" in text[start:end]:
        bodies = [(_head(text, start, end, size), _tail(text, start, end, size)) for size in _ENDS]
    before, after = len(text[:start].rstrip()), end + len(text[end:]) - len(text[end:].lstrip())
    contexts: list[tuple[_Span | None, _Span | None]] = [(None, None)]
    for size in _AROUND:
        prefix = _tail(text, 0, before, size) if before else None
        suffix = _head(text, after, len(text), size) if after < len(text) else None
        contexts += [(prefix, None), (None, suffix), (prefix, suffix)]
    inside_word = _inside_word(text, start), _inside_word(text, end)
    usable = [c for c in contexts if (c[0] or not inside_word[0]) and (c[1] or not inside_word[1])]
    for prefix, suffix in usable or contexts:
        for first, last in bodies:
            yield _Directive(prefix, first, last, suffix)


def _head(text: str, start: int, end: int, size: int) -> _Span:
    """The first words of the first line of ``text[start:end]``, at least ``size`` code points if it has them."""
    stop = start
    for word in _WORD.finditer(text, start, start + len(text[start:end].partition("\n")[0])):
        stop = word.end()
        if stop - start >= size:
            break
    if stop - start > size + _SLACK:
        stop = start + size
        while unicodedata.combining(text[stop]):
            stop += 1
    return start, stop


def _tail(text: str, start: int, end: int, size: int) -> _Span:
    """The last words of the last line of ``text[start:end]``, at least ``size`` code points if it has them."""
    begin = end
    for word in reversed(list(_WORD.finditer(text, end - len(text[start:end].rpartition("\n")[2]), end))):
        begin = word.start()
        if end - begin >= size:
            break
    if end - begin > size + _SLACK:
        begin = end - size
        while unicodedata.combining(text[begin]):
            begin -= 1
    return begin, end


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
        plain = text.translate(_STRAIGHT).translate(self._table)
        return re.sub(r" *\n[ \n]*", "\n", re.sub(r" +", " ", plain))

    @staticmethod
    def _folded(char: str) -> str:
        if char.isspace():
            return "\n" if char == "\n" else " "
        base = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) not in _IGNORABLE)
        return base.casefold()


def _first_match(page: str, prefix: str | None, first: str, last: str | None, suffix: str | None) -> _Span | None:
    """The specification's "find a range from a text directive", on folded text and without its word bounds."""
    position = 0
    while True:
        found = page.find(prefix or first, position)
        if found < 0:
            return None
        position = found + 1
        begin = _past_space(page, found + len(prefix)) if prefix else found
        if not page.startswith(first, begin):
            continue
        finish = begin + len(first)
        while True:
            if last:
                found = page.find(last, finish)
                if found < 0:
                    return None
                finish = found + len(last)
            if not suffix or page.startswith(suffix, _past_space(page, finish)):
                return begin, finish
            if not last:
                break


def _past_space(page: str, position: int) -> int:
    return position + (page[position : position + 1] in {" ", "\n"})


def _written(text: str, directive: _Directive) -> str:
    def piece(span: _Span) -> str:
        return percent_encode(" ".join(text[slice(*span)].split()), safe="").replace("-", "%2D")

    parts = [piece(directive.first)]
    if directive.prefix:
        parts.insert(0, piece(directive.prefix) + "-")
    if directive.last:
        parts.append(piece(directive.last))
    if directive.suffix:
        parts.append("-" + piece(directive.suffix))
    return ":~:text=" + ",".join(parts)
