"""A PDF -> Article, by PDFium in a process of its own."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from index import child_process
from index.errors import SourceError
from index.ingest.pdf.blocks import TextBlock, blocks_of, body_size, text_of
from index.ingest.pdf.layout import Word, reading_order, segments
from index.ingest.pdf.running_heads import remove_running_heads
from index.models import Article, join_paragraphs, split_paragraphs
from index.text.language import UNKNOWN, detect, language_of_tag
from index.text.normalize import comparison_key, line, normalize, shorten
from index.text.urls import web_address

_CHILD = ("-m", "index.ingest.pdf.worker")
_MOST_SECONDS = 60.0
_MOST_BYTES = 256 * 1024 * 1024  # of what the worker writes: 400,000 words, each with its place
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-]\d\d)'?(\d\d)?)?")
_NO_TITLE = re.compile(
    r"untitled|ohne titel|sans titre|microsoft \w+ -|document ?\d*$|slide ?\d*$|.*\.(?:\w{2,4}|indd|pages)$|https?:",
    re.IGNORECASE,
)
_FEWEST_LETTERS = 25
_LONG = 150  # code points: a paragraph, and no longer what stands above an article
_LONGEST_TITLE = 300
_NEAR = 100  # paragraphs, in which an article uses the words of its title
_SCANNED = 60  # letters: a page with fewer, and a picture, is a picture of a page
_DAMAGED = SourceError("This PDF is damaged and cannot be read. Download or export it again.")
_TOO_LARGE = SourceError("This PDF is too long: at most 1,000 pages. Give the article's own pages.", "too_large")
_TOO_HARD = SourceError(
    "This PDF takes too much time or memory to read. Print it into a new PDF, or copy the article's text and add that."
)
_PASSWORD = SourceError("This PDF is locked with a password. Save a copy without one and add that.", "locked")
_SCAN = SourceError(
    "This PDF is scanned: pictures of pages, without text. Run text recognition (OCR) on it and add the result, "
    "or give the article's text.",
    "scanned",
)
_GARBLED = SourceError(
    "The fonts of this PDF do not say which letters they show. Run text recognition (OCR) on it and add the result, "
    "or give the article's text.",
    "scanned",
)
_EMPTY = SourceError("This PDF has no text in it. Give the article's text.", "empty")


def from_pdf(raw: bytes, url: str | None = None) -> Article:
    """An article from a PDF: in reading order, lines joined, running heads, page numbers and footnotes left out.

    ``pages`` says where its pages begin, numbered from 1 as a reader of PDFs counts them.

    Raises:
        SourceError: scanned, locked, damaged, too long, or without text.
    """
    about, pages = _read(raw)
    kept = remove_running_heads([segments(_words(page)) for page in pages], [page["height"] for page in pages])
    lines = [replace(line, page=n) for n, found in enumerate(kept) for line in reading_order(found)]
    if not lines:
        raise _EMPTY
    return _article(blocks_of(lines), about, len(pages), url)


def _read(raw: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the document says of itself, and its pages, as ``index/ingest/pdf/worker.py`` gives them."""
    try:
        written = child_process.run(_CHILD, raw, seconds=_MOST_SECONDS, most_bytes=_MOST_BYTES)
    except child_process.ChildFailed as error:
        raise _TOO_HARD from error
    lines = [json.loads(line) for line in written.splitlines()]
    errors = {"password": _PASSWORD, "damaged": _DAMAGED, "pages": _TOO_LARGE, "text": _TOO_LARGE}
    if "error" in lines[-1]:
        raise errors[lines[-1]["error"]]
    about, *pages = lines
    _check(pages)
    return about, pages


def _check(pages: Sequence[dict[str, Any]]) -> None:
    """Raises SourceError: there is no text, or none that can be read."""
    counts = [sum(character.isalnum() for word in page["words"] for character in word[0]) for page in pages]
    pictures = [page["images"] and count < _SCANNED for page, count in zip(pages, counts, strict=True)]
    unmapped = sum(page["unmapped"] for page in pages)
    if unmapped > 0.3 * (sum(counts) + unmapped):
        raise _GARBLED
    if sum(pictures) > 0.7 * len(pages) and (sum(counts) < _SCANNED * len(pages) or len(pages) > 2):
        raise _SCAN
    if sum(counts) < _FEWEST_LETTERS:
        raise _EMPTY


def _words(page: dict[str, Any]) -> list[Word]:
    words = []
    for text, x0, x1, y, size, bold, spaced in page["words"]:
        said = normalize(text.translate(_LIGATURES)).replace("\ufffd", "")
        if said and size > 0.5:
            words.append(Word(said + "\u00ad" * text.endswith("\u00ad"), x0, x1, y, size, bold, spaced))
    return words


def _article(blocks: list[TextBlock], about: dict[str, Any], pages: int, url: str | None) -> Article:
    sample = " ".join(block.raw for block in blocks)
    detected = detect(sample)
    language = language_of_tag(about["language"]) if detected == UNKNOWN else detected
    title = _title(about["title"], blocks)
    above = _above(blocks)
    top = next((n for n, block in enumerate(above) if comparison_key(block.raw) == comparison_key(title)), None)
    if title and top is not None and len(blocks) > top + 1:
        del blocks[top]
    text = text_of(blocks, pages, language)
    whole = normalize(join_paragraphs(text.paragraphs))
    if sum(map(str.isalnum, whole)) < _FEWEST_LETTERS:
        raise _EMPTY
    return Article(
        whole,
        title or shorten(split_paragraphs(whole)[0]),
        url=web_address(url),
        author=line(about["author"]) or None,
        published=_date(about["created"]),
        language=language,
        headings=text.headings,
        pages=tuple(min(at, len(whole)) for at in text.pages),
    )


def _title(stated: str, blocks: Sequence[TextBlock]) -> str:
    """What the document says, if its text bears that out; else the largest lines of the first page with text."""
    title = line(stated.translate(_LIGATURES))
    if _NO_TITLE.match(title) or not any(map(str.isalpha, title)) or len(title) > _LONGEST_TITLE:
        title = ""
    words = re.findall(r"\w{3,}", title.casefold())
    said = " ".join(block.raw for block in blocks[:_NEAR]).casefold()
    if title and sum(word in said for word in words) >= 0.5 * len(words):
        return title
    largest = max((block for block in _above(blocks) if block.heading), key=lambda block: block.size, default=None)
    if largest is not None and largest.size > 1.1 * body_size([line for block in blocks for line in block.lines]):
        return " ".join(largest.raw.split())
    return title or (shorten(largest.raw) if largest is not None else "")


def _above(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """What stands on the first page with text above the first long paragraph: a title, a byline."""
    first = [block for block in blocks if block.lines[0].page == blocks[0].lines[0].page]
    return list(takewhile(lambda block: block.heading or len(block.raw) < _LONG, first))


def _date(stated: str) -> str | None:
    """``D:20240614093000+02'00'`` (ISO 32000-1, 7.9.4) in ISO 8601; None when it is not a date."""
    match = _DATE.match(stated)
    if match is None:
        return None
    year, month, day, hour, minute, second, utc, hours, minutes = match.groups()
    zone = "+00:00" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    written = f"{year}-{month or '01'}-{day or '01'}"
    try:
        datetime.fromisoformat(written)
        if hour is None:
            return written
        return datetime.fromisoformat(f"{written}T{hour}:{minute or '00'}:{second or '00'}{zone}").isoformat()
    except ValueError:
        return None
