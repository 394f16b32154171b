"""Feeds, PDFs, Word documents and compressed data that are made to take long: the number of pieces, and a function."""

import gzip
import random
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

from benchmarks.robustness.hostile_texts import MEGA, SENTENCE, Maker, many
from index.ingest.plain.word import DOCUMENT

ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'>"
JSON_FEED = '{"version":"https://jsonfeed.org/version/1","items":['
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def rss(piece: str, *, inside: str = "") -> Maker:
    """A feed with many pieces in an item, or in the element ``inside`` of it."""
    opened = f"<rss version='2.0'><channel><item>{f'<{inside}>' if inside else ''}"
    return many(piece, before=opened, after=f"{f'</{inside}>' if inside else ''}</item></channel></rss>")


FEEDS: dict[str, tuple[int, Maker]] = {
    "items": (60_000, rss("<item><title>a</title><link>https://a.example/b</link></item>")),
    "entries": (60_000, many("<entry><title>a</title><link href='b'/></entry>", before=ATOM, after="</feed>")),
    "nested items": (50_000, rss("<item>")),
    "nested anything": (50_000, rss("<a>")),
    "unclosed titles": (50_000, rss("<title>a")),
    "categories": (100_000, rss("<category>a</category>")),
    "links": (100_000, many("<link href='b'/>", before=ATOM + "<entry>")),
    "a long title": (8 * MEGA, rss("a", inside="title")),
    "a title of entities": (500_000, rss("&amp;", inside="title")),
    "a title of marks": (500_000, rss("\u0301\u0316", inside="title")),
    "a title of markup": (300_000, rss("&lt;b&gt;", inside="title")),
    "a title of ampersands": (1_000_000, rss("&", inside="title")),
    "broken markup": (300_000, rss("<title")),
    "<": (1_000_000, rss("<")),
    "entity declarations": (100_000, many("<!ENTITY a 'b'>", before="<!DOCTYPE rss [", after="]><rss version='2.0'/>")),
    "open declarations": (200_000, many("<!ENTITY a ", before="<!DOCTYPE rss [")),
    "declarations": (200_000, many("<!DOCTYPE ", after="<rss version='2.0'/>")),
    "comments": (300_000, rss("<!--")),
    "CDATA": (200_000, rss("<![CDATA[", inside="title")),
    "attributes": (200_000, many(" a='b'", before="<rss version='2.0'", after="><channel/></rss>")),
    "spaces": (8 * MEGA, rss(" ")),
    "spaces first": (8 * MEGA, many(" ", after="<rss version='2.0'><channel>")),
    "dates": (50_000, rss("<pubDate>Mon, 01 Jan 2024 00:00:00 GMT</pubDate>")),
    "a long date": (2 * MEGA, rss("1", inside="pubDate")),
    "a date of blanks": (1 * MEGA, rss(" 1", inside="pubDate")),
    "a date of colons": (1 * MEGA, rss("1:", inside="pubDate")),
    "brackets": (500_000, many("[")),
    "a JSON feed": (100_000, many('{"id":"a","url":"https://a.example/b"},', before=JSON_FEED, after='{"id":"c"}]}')),
    "letters": (8 * MEGA, many("a")),
    "content": (200_000, rss("&lt;p&gt;a&lt;/p&gt;", inside="description")),
    "relative links": (100_000, rss("&lt;a href='b'&gt;a&lt;/a&gt;", inside="description")),
}
UNPACKED: dict[str, tuple[int, Maker]] = {
    "zeros": (64 * MEGA, lambda n: gzip.compress(bytes(n))),
    "zeros, twice": (64 * MEGA, lambda n: gzip.compress(gzip.compress(bytes(n)))),
    "empty members": (400_000, lambda n: gzip.compress(b"") * n),
    "members of a byte": (400_000, lambda n: gzip.compress(b"a") * n),
    "padding": (8 * MEGA, lambda n: gzip.compress(b"a") + bytes(n)),
}
HEADS: dict[str, tuple[int, Maker]] = {
    "metas": (2_700, many("<meta ")),
    "metas, closed": (1_400, many("<meta a=b> ")),
    "spaces": (16_000, many(" ", before="<meta http-equiv=", after=">")),
    "content of spaces": (1_900, many(" ", before="<meta http-equiv=refresh content='0", after="'>")),
    "content of digits": (1_900, many("0.", before="<meta http-equiv=refresh content='", after="'>")),
    "scripts": (2_000, many("<script>")),
    "comments": (4_000, many("<!--")),
}


def one_page(draw: Callable[[Any], None]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, invariant=1, pageCompression=1)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def pages_of_prose(count: int) -> bytes:
    def draw(canvas: Any) -> None:
        for number in range(count):
            for row in range(40):
                canvas.drawString(72, 770 - 15 * row, f"{SENTENCE} Page {number}.")
            canvas.showPage()

    return one_page(draw)


def blank_pages(count: int) -> bytes:
    def draw(canvas: Any) -> None:
        for _ in range(count):
            canvas.showPage()

    return one_page(draw)


def glyphs(width: int) -> Maker:
    """A page with many glyphs, in rows of words of ``width`` glyphs."""

    def make(count: int) -> bytes:
        def draw(canvas: Any) -> None:
            canvas.setFont("Helvetica", 2)
            each = max(1, 400 // width)
            for row in range(count // (each * width)):
                said = " ".join("fox"[n % 3] * width for n in range(each))
                canvas.drawString(20, 830 - (row % 400) * 2, said)

        return one_page(draw)

    return make


def scattered(count: int) -> bytes:
    """A page with words in random places, as in a drawing: many edges that could be edges of columns."""

    def draw(canvas: Any) -> None:
        r = random.Random(1)
        canvas.setFont("Helvetica", 6)
        for _ in range(count):
            canvas.drawString(r.uniform(20, 560), r.uniform(20, 820), "fox")

    return one_page(draw)


def columns(count: int) -> bytes:
    """A page with many narrow columns, as large as they need."""

    def draw(canvas: Any) -> None:
        canvas.setPageSize((14_000, 14_000))
        canvas.setFont("Helvetica", 6)
        for n in range(count):
            canvas.drawString(20 + 140 * (n % 90), 13_900 - 8 * (n // 90), SENTENCE[:44])

    return one_page(draw)


def numbers(count: int) -> bytes:
    """Rows of numbers at the top of a page."""

    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica", 1)
        for n in range(count):
            canvas.drawString(20 + 20 * (n % 28), 830 - 0.4 * (n // 28), str(n))

    return one_page(draw)


def loop(count: int) -> bytes:
    """A form that draws itself, and pages that are their own parents."""
    drawn = b" ".join([b"/F Do"] * count)
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F 4 0 R>>>>/Length %d>>" % len(drawn)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 9>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</F 4 0 R>>>>>>",
        form + b"stream\n" + drawn + b"\nendstream",
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (n, said) for n, said in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"


def bomb(count: int) -> bytes:
    """A page whose content decompresses to ``count`` bytes."""
    packed = zlib.compress(zlib.compress(b"q " * (count // 2), 9), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (n, said) for n, said in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"


PDFS: dict[str, tuple[int, Maker]] = {
    "pages": (1_000, pages_of_prose),
    "blank pages": (10_000, blank_pages),
    "glyphs in long words": (500_000, glyphs(80)),
    "glyphs in words": (500_000, glyphs(5)),
    "glyphs in short words": (40_000, glyphs(2)),
    "scattered words": (19_000, scattered),
    "columns": (2_500, columns),
    "numbers": (19_000, numbers),
    "a form that draws itself": (1_000, loop),
    "a page that unpacks": (512 * MEGA, bomb),
    "objects": (500_000, many("1 0 obj<<>>endobj\n", before="%PDF-1.7\n", after="%%EOF")),
    "brackets": (2_000_000, many("[", before="%PDF-1.7\n1 0 obj", after="%%EOF")),
    "dictionaries": (2_000_000, many("<<", before="%PDF-1.7\n1 0 obj", after="%%EOF")),
}


def word(piece: str, *, before: str = "", after: str = "") -> Maker:
    paragraph = f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>"
    body = many(
        piece, before=f"<w:document {W}><w:body>{paragraph}{before}", after=f"{after}{paragraph}</w:body></w:document>"
    )
    return lambda count: packed(body(count))


def packed(document: bytes, *, target: str = DOCUMENT, extra: dict[str, bytes] | None = None) -> bytes:
    """A Word document whose relationships name ``target``."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    relations = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" Type="{relation}" Target="{target}"/>'
    )
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        archive.writestr("_rels/.rels", relations + "</Relationships>")
        archive.writestr(DOCUMENT, document)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def elsewhere(count: int) -> bytes:
    """A Word document whose main part is not an .xml file and has ``count`` bytes."""
    whole = b"<w:document %s><w:body>" % W.encode() + b" " * count + b"</w:body></w:document>"
    return packed(b"<a/>", target="word/document.bin", extra={"word/document.bin": whole})


WORDS: dict[str, tuple[int, Maker]] = {
    "paragraphs": (40_000, word("<w:p><w:r><w:t>The fox.</w:t></w:r></w:p>")),
    "runs": (60_000, word("<w:r><w:t>fox </w:t></w:r>", before="<w:p>", after="</w:p>")),
    "bold runs": (40_000, word("<w:r><w:rPr><w:b/></w:rPr><w:t>fox </w:t></w:r>", before="<w:p>", after="</w:p>")),
    "a long run": (2_800_000, word("fox ", before="<w:p><w:r><w:t>", after="</w:t></w:r></w:p>")),
    "a word": (11 * MEGA, word("f", before="<w:p><w:r><w:t>", after="</w:t></w:r></w:p>")),
    "breaks": (240_000, word("<w:br/>", before="<w:p><w:r>", after="</w:r></w:p>")),
    "combining marks": (1_000_000, word("\u0301\u0316", before="<w:p><w:r><w:t>a", after="</w:t></w:r></w:p>")),
    "cells": (80_000, word("<w:tc><w:p/></w:tc>", before="<w:tbl><w:tr>", after="</w:tr></w:tbl>")),
    "rows": (40_000, word("<w:tr><w:tc><w:p/></w:tc></w:tr>", before="<w:tbl>", after="</w:tbl>")),
    "joined cells": (
        30_000,
        word("<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>", before="<w:tbl>", after="</w:tbl>"),
    ),
    "tables within tables": (
        60,
        lambda n: packed(
            (
                f"<w:document {W}><w:body>"
                + "<w:tbl><w:tr><w:tc>" * n
                + "<w:p/>"
                + "</w:tc></w:tr></w:tbl>" * n
                + "</w:body></w:document>"
            ).encode()
        ),
    ),
    "far too many of them": (20_000, word("<w:tbl><w:tr><w:tc>")),
    "a name without an end": (11 * MEGA, word("a", before="<")),
    "names without an end": (500_000, word("<aaaaaaaaaaaa")),
    "attributes without an end": (5 * MEGA, word("a ", before="<w:p ")),
    "notes": (20_000, word("<w:r><w:footnoteReference w:id='5'/></w:r>", before="<w:p>", after="</w:p>")),
    "hyperlinks": (
        30_000,
        word("<w:hyperlink w:anchor='a'><w:r><w:t>fox</w:t></w:r></w:hyperlink>", before="<w:p>", after="</w:p>"),
    ),
    "a part that is elsewhere": (1 << 30, elsewhere),
    "a large part": (1 << 30, lambda n: packed(b"<a/>", extra={"word/styles.xml": bytes(n)})),
    "a large picture": (1 << 30, lambda n: packed(b"<a/>", extra={"word/media/a.png": bytes(n)})),
    "parts": (60_000, lambda n: packed(b"<a/>", extra={f"word/{k}.bin": b"" for k in range(n)})),
}
