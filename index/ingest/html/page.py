"""A web page -> Article, by trafilatura."""

import logging
import re
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from typing import Any

from index.errors import SourceError
from index.ingest.encodings import declared_charset, decode
from index.ingest.html.interstitials import is_mostly_notice, why_no_article
from index.ingest.html.metadata import Facts, merge_facts
from index.ingest.html.page_structure import page_structure
from index.ingest.html.structured_data import structured_data
from index.ingest.html.teasers import teasers
from index.ingest.html.visible_text import visible_text
from index.models import Article, join_paragraphs, split_paragraphs
from index.text.direct_address import direct_address
from index.text.language import language_of
from index.text.normalize import comparison_key, normalize, shorten
from index.text.urls import canonical_url, web_address

_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
# A start tag of more attributes than libxml2 can tell apart in a second.
_OVERLOADED = re.compile(
    r"<[a-z][^<>\s]*+(?:\s++[^\s<>=\"']++(?:=(?:\"[^\"]*+\"|'[^']*+'|[^\s<>\"']*+))?+){20000}", re.IGNORECASE
)
_CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<!\S)[^\s\w]*+\w\S*[.!?…؟।][\"'”’»)\]]*(?!\S)|\w[^\s\w。！？]*[。！？]")
_BLOCKS = frozenset(("p", "head", "item", "quote", "code", "row", "list", "table"))
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright\b.{0,40}\b(?:19|20)\d\d\b).{0,200}\Z", re.IGNORECASE)
_NOTICE = 500  # code points: a page with less text that speaks to the reader is a notice, not an article
_FEWEST_LETTERS = 25
_APOLOGY = 200  # code points: a page called 404 with no more says that it is sorry
_MOST_TAGS = 100_000  # a page of more would take many seconds
_MOST_CELLS = 10_000  # of tables; over more, trafilatura's time grows with the square of those in a row
_MANY_TAGS = 10_000  # news pages have some thousand; over more, jusText's time grows with the square of the paragraphs


def from_html(raw: bytes | str, url: str | None = None, *, charset: str | None = None) -> Article:
    """An article from a web page. ``charset`` is what the server declared; ``url`` wins over the page's own claim.

    Raises:
        SourceError: the page holds no article (``index.walls`` says why), is too large, or cannot be decoded.
    """
    html = raw if isinstance(raw, str) else decode(raw, charset, declared_charset(raw))
    if html.count("<") > _MOST_TAGS or _OVERLOADED.search(html):
        raise SourceError("This page has more tags than any article. Give the article's own page.", "too_large")
    html = _XML_DECLARATION.sub("", canonical_html(html))
    tree = _parsed(html)
    document = _extracted(tree, html, url)
    if document is None or document.body is None:
        raise why_no_article(html)
    said = structured_data(tree, web_address(url))
    found = Facts(document.title or "", document.sitename, document.author, document.date)
    facts = merge_facts(said, found, datetime.now(UTC).date())
    seen = page_structure(html)
    paragraphs, headings = _paragraphs(document.body, facts.title, teasers(seen.blocks))
    text = join_paragraphs(paragraphs)
    language = language_of(text, said.languages)
    if not _is_article(text, language) or (seen.is_missing and len(text) <= _APOLOGY):
        raise why_no_article(html)
    if len(text) <= _NOTICE and is_mostly_notice(text, language):
        wall = why_no_article(html)
        if wall.kind != "no_article":
            raise wall
    return Article(
        text,
        facts.title or shorten(paragraphs[0]),
        url=canonical_url(url or said.url, said.normalize),
        site=facts.site,
        author=facts.author,
        published=facts.published,
        language=language,
        headings=headings,
        visible_text=visible_text(html),
    )


def canonical_html(html: str) -> str:
    """``html`` without what lxml refuses: NUL and other control characters, surrogates."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)


def _parsed(html: str) -> Any:
    """The page's elements, or None. Complaints about the page are for its authors, not for a reader."""
    from lxml.etree import strip_attributes
    from trafilatura import load_html

    for name in ("trafilatura", "htmldate", "courlan", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        tree = load_html(html)
        if tree is not None:
            # A cell that spans a hundred columns and rows becomes ten thousand empty ones.
            strip_attributes(tree, "colspan", "rowspan")
        return tree
    except Exception:  # a parser of anything that calls itself HTML: whatever it trips over, there is no article
        return None


def _extracted(tree: Any, html: str, url: str | None) -> Any:
    """trafilatura's document, or None."""
    from trafilatura import bare_extraction

    try:
        return bare_extraction(
            tree,
            url=web_address(url),
            include_comments=False,
            include_tables=len(_CELL.findall(html)) <= _MOST_CELLS,
            with_metadata=True,
            fast=html.count("<") > _MANY_TAGS,  # without the second opinions of readability and jusText
        )
    except Exception:  # the same
        return None


def _paragraphs(body: Any, title: str, elsewhere: Container[str]) -> tuple[list[str], tuple[int, ...]]:
    """The page's paragraphs, and the numbers of those that are headings. A title at the top is not repeated; what leads
    ``elsewhere``, which has the ``comparison_key`` of such paragraphs, is left out."""
    paragraphs: list[str] = []
    headings: list[int] = []
    for text, is_heading in _blocks(body):
        for part in split_paragraphs(normalize(text)):
            repeats = not paragraphs and comparison_key(part) == comparison_key(title)
            leads_on = not is_heading and comparison_key(part) in elsewhere
            if repeats or leads_on or not comparison_key(part) or _RIGHTS.match(part):
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
    if len(comparison_key(text)) < _FEWEST_LETTERS or not _SENTENCE_END.search(text):
        return False
    words, hits = direct_address(text, language)
    return len(text) > _NOTICE or hits < 0.05 * words
