"""A Word document (.docx) -> Article, by mammoth."""

import logging
import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import ParseError

from index.errors import SourceError
from index.models import Article, join_paragraphs, split_paragraphs
from index.text.dates import parse_moment
from index.text.language import UNKNOWN, detect, language_of_tag
from index.text.normalize import comparison_key, line, normalize, shorten
from index.text.urls import web_address

DOCUMENT = "word/document.xml"
_MOST_XML = 12_000_000  # bytes, unpacked, of all parts that are read
_MOST_TAGS = 250_000  # of all parts: a book has half of that, and mammoth takes a second for some ten thousand
_MOST_PARTS = 5_000
_MOST_DEPTH = 200  # elements inside one another
_DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TAG = re.compile(rb"<(/?)[\w:][^<>]*>")
_NO_TITLE = re.compile(r"untitled|document ?\d*$|microsoft word|.*\.\w{2,4}$", re.IGNORECASE)
# Mammoth knows headings by their styles' own names, which Word keeps in English whatever language it speaks.
_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Heading 7'] => h6:fresh
p[style-name='Heading 8'] => h6:fresh
p[style-name='Heading 9'] => h6:fresh
p[style-name='TOC Heading'] => !
p[style-name='toc 1'] => !
p[style-name='toc 2'] => !
p[style-name='toc 3'] => !
p[style-name='toc 4'] => !
p[style-name='toc 5'] => !
"""
_DAMAGED = SourceError("This Word document is damaged and cannot be read. Save it again in Word, as .docx.")
_EMPTY = SourceError("This Word document has no text in it. Give one that holds the article.", "empty")
_TOO_LARGE = SourceError("This Word document is too large unpacked. Give the article alone.", "too_large")
_BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr"))


def from_docx(raw: bytes, url: str | None = None) -> Article:
    """An article from a Word document: headings by their styles, items of lists and rows of tables as paragraphs.

    Insertions are in, deletions, comments, foot- and endnotes, heads, feet and the table of contents are out.

    Raises:
        SourceError: damaged, too large unpacked, or without text.
    """
    parts = _checked(raw)
    about = _properties(parts)
    title = about.get("title", "")
    stated = "" if _NO_TITLE.match(title) else title
    paragraphs: list[str] = []
    headings: list[int] = []
    named = ""
    for text, kind in _blocks(_html(parts)):
        is_heading = kind.startswith("h")
        for part in [line(text)] if is_heading else split_paragraphs(normalize(text)):
            named = named or (part if kind in ("title", "h1", "htitle") else "")
            repeats = not paragraphs and comparison_key(part) == comparison_key(
                stated or (named if kind == "htitle" else "")
            )
            if part and not repeats:
                paragraphs.append(part)
                headings += [len(paragraphs)] * is_heading
    while headings and headings[-1] == len(paragraphs):  # it names nothing
        paragraphs.pop()
        headings.pop()
    whole = join_paragraphs(paragraphs)
    if not any(character.isalnum() for character in whole):
        raise _EMPTY
    detected = detect(whole)
    return Article(
        whole,
        stated or named or shorten(paragraphs[0]),
        url=web_address(url),
        author=about.get("creator"),
        published=parse_moment(about.get("created")) or parse_moment(about.get("modified")),
        language=language_of_tag(about.get("language", "")) if detected == UNKNOWN else detected,
        headings=tuple(headings),
    )


def is_docx(raw: bytes) -> bool:
    """Whether it is a zip with a Word document in it."""
    return raw.startswith(b"PK\x03\x04") and DOCUMENT.encode() in raw


def _checked(raw: bytes) -> dict[str, bytes]:
    """The document's XML, once it is known to be of a bearable size and to declare no entities."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            infos = [info for info in archive.infolist() if info.filename.endswith((".xml", ".rels"))]
            # zipfile unpacks no more than a part's stated size.
            if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > _MOST_XML:
                raise _TOO_LARGE
            parts = {info.filename: archive.read(info) for info in infos}
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        zlib.error,
    ) as error:
        raise _DAMAGED from error
    if sum(part.count(b"<") for part in parts.values()) > _MOST_TAGS:
        raise _TOO_LARGE
    if DOCUMENT not in parts or any(_is_hostile(part) for part in parts.values()):
        raise _DAMAGED
    return parts


def _is_hostile(xml: bytes) -> bool:
    """Whether it declares entities, or nests deeper than any document does."""
    if _DECLARATIONS.search(xml) or xml[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in xml[:64]:
        return True
    depth = 0
    for match in _TAG.finditer(xml):
        depth += 0 if match.group().endswith(b"/>") else -1 if match.group(1) else 1
        if depth > _MOST_DEPTH:
            return True
    return False


def _html(parts: dict[str, bytes]) -> str:
    """The document as mammoth sees it, who is given nothing but what was checked."""
    import mammoth  # type: ignore[import-untyped]

    logging.getLogger("mammoth").setLevel(logging.CRITICAL + 1)
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    try:
        done = mammoth.convert_to_html(
            file,
            style_map=_STYLES,
            include_embedded_style_map=False,
            convert_image=lambda _image: [],
            external_file_access=False,
        )
    except Exception as error:  # whatever it trips over in what calls itself a Word document, there is no article
        raise _DAMAGED from error
    return str(done.value)


def _blocks(html: str) -> Iterator[tuple[str, str]]:
    """The text of each block and its element's name, ``htitle`` for the document's title."""
    from lxml.etree import iterwalk
    from lxml.html import fromstring

    if not html.strip():
        return
    root = fromstring(f"<div>{html}</div>")
    for note in root.xpath(
        "//sup[a[starts-with(@href, '#')]] | //li[starts-with(@id, 'footnote-') or starts-with(@id, 'endnote-')]"
    ):
        note.drop_tree()
    text: list[str] = []
    said = False  # whether there is more than white space in it
    kind, rows = "p", 0
    for event, element in iterwalk(root, events=("start", "end")):
        name = element.tag
        begins = name in _BLOCKS and (not rows or name == "tr")
        if begins or name == "table":
            if said:
                yield "".join(text), kind
            text.clear()
            said = False
            kind = ("htitle" if element.get("class") == "title" else name) if event == "start" and begins else "p"
        rows += (event == "start") - (event == "end") if name == "tr" else 0
        if event == "start":
            between = {"br": " " if rows else "\n", "p": " " if rows else ""}
            text.append(" | " if name in ("td", "th") and said else between.get(name, ""))
        text.append((element.text if event == "start" else element.tail) or "")
        said = said or bool(text[-1].strip())
    if said:
        yield "".join(text), "p"


def _properties(parts: dict[str, bytes]) -> dict[str, str]:
    """The core properties that say something: title, creator, created, modified, language."""
    from lxml.etree import XMLParser, XMLSyntaxError, fromstring

    parser = XMLParser(resolve_entities=False, no_network=True)
    try:
        root = fromstring(parts.get("docProps/core.xml") or b"<none/>", parser)
    except (XMLSyntaxError, ParseError, ValueError):
        return {}
    found = {str(child.tag).rpartition("}")[2]: line(child.text or "") for child in root}
    return {name: value for name, value in found.items() if value}
