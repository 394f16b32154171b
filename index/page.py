"""A web page -> Article, by trafilatura."""

import logging
import re
from collections.abc import Iterator
from typing import Any

from index.address import canonical_url
from index.canonical import canonical, letters, line, shorten
from index.decoding import declared_charset, decode
from index.errors import SourceError
from index.language import detect
from index.models import Article
from index.plain import web_address
from index.reader_address import address

_LANGUAGE = re.compile(r"<html\b[^>]{0,2000}?\s(?:xml:)?lang\s*=\s*[\"']?\s*([a-zA-Z]{2})\b", re.ASCII | re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
# A start tag of more attributes than libxml2 can tell apart in a second.
_OVERLOADED = re.compile(
    r"<[a-z][^<>\s]*+(?:\s++[^\s<>=\"']++(?:=(?:\"[^\"]*+\"|'[^']*+'|[^\s<>\"']*+))?+){20000}", re.IGNORECASE
)
_CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<!\S)[^\s\w]*+\w\S*[.!?…؟।。！？]")
_BLOCKS = frozenset(("p", "head", "item", "quote", "code", "row", "list", "table"))
_NOTICE = 500  # code points: a page with less text that speaks to the reader is a notice, not an article
_FEWEST_LETTERS = 25
_MOST_TAGS = 100_000  # a page of more would take many seconds
_MOST_CELLS = 10_000  # of tables; over more, trafilatura's time grows with the square of those in a row
_MANY_TAGS = 10_000  # news pages have some thousand; over more, jusText's time grows with the square of the paragraphs
_NO_ARTICLE = (
    "The page has no article in it: a login wall, a cookie notice or an error page? "
    "Open it in a browser, copy the article's text and add that as a text file."
)


def from_html(raw: bytes | str, url: str | None = None, *, charset: str | None = None) -> Article:
    """An article from a web page. ``charset`` is what the server declared; ``url`` wins over the page's own claim.

    Raises:
        SourceError: the page holds no article, is too large, or cannot be decoded.
    """
    html = raw if isinstance(raw, str) else decode(raw, charset, declared_charset(raw))
    if html.count("<") > _MOST_TAGS or _OVERLOADED.search(html):
        raise SourceError("This page has more tags than any article. Give the article's own page.", "too_large")
    html = _XML_DECLARATION.sub("", canonical_html(html))
    document = _extracted(html, url)
    if document is None or document.body is None:
        raise SourceError(_NO_ARTICLE, "no_article")
    title = line(document.title or "")
    paragraphs, headings = _paragraphs(document.body, title)
    text = "\n\n".join(paragraphs)
    stated = _LANGUAGE.search(html[:20_000])
    language = stated.group(1).lower() if stated else detect(text)
    if not _is_article(text, language):
        raise SourceError(_NO_ARTICLE, "no_article")
    return Article(
        text,
        title or shorten(paragraphs[0]),
        url=canonical_url(url, document.url),
        site=line(document.sitename or "") or None,
        author=line(document.author or "") or None,
        published=document.date or None,
        language=language,
        headings=headings,
    )


def canonical_html(html: str) -> str:
    """``html`` without what lxml refuses: NUL and other control characters, surrogates."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)


def _extracted(html: str, url: str | None) -> Any:
    """trafilatura's document, or None. Its complaints about the page are for its authors, not for a reader."""
    from lxml.etree import strip_attributes  # type: ignore[import-untyped]
    from trafilatura import bare_extraction
    from trafilatura.utils import load_html

    for name in ("trafilatura", "htmldate", "courlan", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        tree = load_html(html)
        if tree is None:
            return None
        # A cell that spans a hundred columns and rows becomes ten thousand empty ones.
        strip_attributes(tree, "colspan", "rowspan")
        return bare_extraction(
            tree,
            url=web_address(url),
            include_comments=False,
            include_tables=len(_CELL.findall(html)) <= _MOST_CELLS,
            with_metadata=True,
            fast=html.count("<") > _MANY_TAGS,  # without the second opinions of readability and jusText
        )
    except Exception:  # a parser of anything that calls itself HTML: whatever it trips over, there is no article
        return None


def _paragraphs(body: Any, title: str) -> tuple[list[str], tuple[int, ...]]:
    """The page's paragraphs, and the numbers of those that are headings. A title at the top is not repeated."""
    paragraphs: list[str] = []
    headings: list[int] = []
    for text, is_heading in _blocks(body):
        for part in canonical(text).split("\n\n"):
            repeats = not paragraphs and letters(part) == letters(title)
            if not part or repeats:
                continue
            paragraphs.append(part)
            if is_heading:
                headings.append(len(paragraphs))
    while headings and headings[-1] == len(paragraphs):  # it names nothing
        paragraphs.pop()
        headings.pop()
    return paragraphs, tuple(headings)


def _blocks(body: Any) -> Iterator[tuple[str, bool]]:
    """The text of each innermost block, in the page's order. ``lb`` is a line break; cells of a row stand in line."""
    from lxml.etree import iterwalk

    text: list[str] = []
    said = False  # whether there is more than white space in it
    heading = False
    for event, element in iterwalk(body, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if element.tag in _BLOCKS:
            if said:
                yield "".join(text), heading
            text.clear()
            said = False
            heading = event == "start" and element.tag == "head"
        if event == "start":
            text.append("\n" if element.tag == "lb" else " | " if element.tag == "cell" and said else "")
        text.append((element.text if event == "start" else element.tail) or "")
        said = said or bool(text[-1].strip())
    if said:
        yield "".join(text), False


def _is_article(text: str, language: str) -> bool:
    """At least one sentence, and not just a notice to the reader."""
    if len(letters(text)) < _FEWEST_LETTERS or not _SENTENCE_END.search(text):
        return False
    words, hits = address(text, language)
    return len(text) > _NOTICE or hits < 0.05 * words
