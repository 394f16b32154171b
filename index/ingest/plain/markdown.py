"""Markdown -> Article: the words without the marks."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.models import Article, join_paragraphs, split_paragraphs
from index.text.dates import parse_moment
from index.text.language import UNKNOWN, detect, language_of_tag
from index.text.normalize import line, normalize, shorten
from index.text.sentences import sentences
from index.text.urls import web_address

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"(\w+):[ \t]*(.+)")
# A comment, script or style that never ends goes to the end.
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*+>|\Z)|</?[a-zA-Z][^<>]*>", re.DOTALL)


def from_markdown(raw: str, *, url: str | None = None) -> Article:
    """An article from Markdown (CommonMark and tables).

    Headings become headings, each item of a list and each row of a table a paragraph, links their text, code stays as
    it is, images are left out. Front matter may give title, author, date, url, site and language; without a title
    there, the first heading of the first level is it.

    Raises:
        SourceError: there is not a word in it.
    """
    raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    matter = _FRONT_MATTER.match(raw)
    known = dict(_keys(matter.group(1))) if matter else {}
    paragraphs: list[str] = []
    headings: list[int] = []
    title = ""
    for text, level in _blocks(raw[matter.end() :] if matter else raw):
        parts = split_paragraphs(normalize(text)) if level is None else [line(text)]
        parts = list(filter(None, parts))
        if level is not None and parts:
            headings.append(len(paragraphs) + 1)
            title = title or (parts[0] if level == 1 else "")
        paragraphs += parts
    text = join_paragraphs(paragraphs)
    if not any(character.isalnum() for character in text):
        raise SourceError("The Markdown holds no text. Give a file that holds the article.", "empty")
    stated = language_of_tag(known.get("language", ""))
    start, end = next(iter(sentences(paragraphs[0])))
    return Article(
        text,
        known.get("title") or title or shorten(paragraphs[0][start:end]),
        url=web_address(url) or web_address(known.get("url")),
        site=known.get("site"),
        author=known.get("author"),
        published=parse_moment(known.get("date")),
        language=detect(text) if stated == UNKNOWN else stated,
        headings=tuple(headings),
    )


def _keys(front_matter: str) -> Iterator[tuple[str, str]]:
    for row in front_matter.split("\n"):
        if (match := _KEY.match(row)) and (value := line(match.group(2).strip().strip("\"'"))):
            yield match.group(1).lower(), value


def _blocks(text: str) -> Iterator[tuple[str, int | None]]:
    """Each block's plain text, and its level if it is a heading."""
    from markdown_it import MarkdownIt

    level: int | None = None
    cells: list[str] = []
    in_row = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
            case "heading_close":
                level = None
            case "tr_open":
                in_row, cells = True, []
            case "tr_close":
                in_row = False
                yield " | ".join(cells), None
            case "inline" if in_row:
                cells.append(_plain(token.children or []))
            case "inline":
                yield _plain(token.children or []), level
            case "fence" | "code_block":
                # A blank line would part the code into paragraphs.
                yield re.sub(r"\n\s*\n", "\n", token.content), None
            case "html_block":
                yield _TAG.sub(" ", token.content), None


def _plain(tokens: "list[Token]") -> str:
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(breaks.get(t.type, t.content if t.type in ("text", "code_inline") else "") for t in tokens)
