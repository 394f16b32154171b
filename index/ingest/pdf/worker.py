"""A PDF on standard input -> its words and where they stand, on standard output, one JSON object a line.

Run as a process of its own by ``document.py``: PDFium is C++ and reads what anyone may have made, so time and memory
are limited here, and should it ever crash, it takes nothing else with it.

First ``{"title", "author", "created", "language", "pages"}``, then for each page ``{"width", "height", "images",
"unmapped", "words": [[text, x0, x1, y, size, bold, spaced], ...]}`` in points from the upper left corner of the page as
it is read; ``y`` is the baseline, ``spaced`` whether white space stands before the word. If it cannot be read, the one
line is ``{"error": "password" | "damaged" | "pages" | "text"}``.
"""

import ctypes
import json
import math
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from index.child_process import limit

MOST_PAGES = 1_000
MOST_CHARACTERS = 3_000_000
MOST_WORDS = 400_000
MOST_WORDS_OF_A_PAGE = 20_000
MOST_MEMORY = 3 << 29  # bytes of address space
MOST_SECONDS = 40  # of a processor

_SPACES = frozenset((0, 9, 10, 11, 12, 13, 32, 0xA0, 0x2028, 0x2029, 0xFEFF, *range(0x2000, 0x200B), 0x202F, 0x3000))
_HYPHENS = frozenset((2, 0xFFFE))  # PDFium's marks for a hyphen at the end of a line
_SKEWED = 0.09  # radians off the horizontal and vertical: a watermark


class _Style(NamedTuple):
    size: float
    bold: bool
    turns: int | None  # quarter turns of the text, counter-clockwise; None when it is skewed


class _Glyph(NamedTuple):
    text: str
    style: _Style
    box: tuple[float, float, float, float]  # left, bottom, right, top
    origin: tuple[float, float]
    spaced: bool


def read(data: bytes) -> Iterator[dict[str, Any]]:
    """The lines to be written."""
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        locked = pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        yield {"error": "password" if locked else "damaged"}
        return
    count = pdfium.FPDF_GetPageCount(document)
    if not 0 < count <= MOST_PAGES:
        yield {"error": "pages" if count > 0 else "damaged"}
        return
    yield {
        "title": _meta(document, b"Title"),
        "author": _meta(document, b"Author"),
        "created": _meta(document, b"CreationDate"),
        "language": _wide(lambda buffer, size: pdfium.FPDFCatalog_GetLanguage(document, buffer, size)),
        "pages": count,
    }
    left, words = MOST_CHARACTERS, 0
    for number in range(count):
        page = pdfium.FPDF_LoadPage(document, number)
        text = pdfium.FPDFText_LoadPage(page) if page else None
        if not text:  # damaged: the other pages may be whole
            yield {"width": 0.0, "height": 0.0, "images": False, "unmapped": 0, "words": []}
            continue
        left -= pdfium.FPDFText_CountChars(text)
        if left < 0:
            yield {"error": "text"}
            return
        said = _page(page, text)
        words += len(said["words"])
        if len(said["words"]) > MOST_WORDS_OF_A_PAGE or words > MOST_WORDS:
            yield {"error": "text"}
            return
        yield said
        pdfium.FPDFText_ClosePage(text)
        pdfium.FPDF_ClosePage(page)


def _meta(document: Any, key: bytes) -> str:
    return _wide(lambda buffer, size: pdfium.FPDF_GetMetaText(document, key, buffer, size))


def _wide(get: Any) -> str:
    """A UTF-16 string of PDFium's, at most a few thousand characters of it."""
    size = get(None, 0)
    if not 2 < size <= 8_192:
        return ""
    buffer = ctypes.create_string_buffer(size)
    get(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _page(page: Any, text: Any) -> dict[str, Any]:
    glyphs = list(_glyphs(text))
    counts = Counter(glyph.style.turns for glyph in glyphs if glyph.style.turns is not None)
    turns = counts.most_common(1)[0][0] if counts else 0
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    left, bottom, right, top = _turned((box.left, box.bottom, box.right, box.top), turns)
    words: list[list[Any]] = [
        [word, x0 - left, x1 - left, top - y, size, bold, spaced]
        for word, x0, x1, y, size, bold, spaced in _words(glyphs, turns)
        if left - 1 <= (x0 + x1) / 2 <= right + 1 and bottom - 1 <= y <= top + 1
    ]
    for word in words:
        word[1:5] = [round(number, 2) for number in word[1:5]]
    objects = range(min(pdfium.FPDFPage_CountObjects(page), 1_000))
    kinds = {pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, n)) for n in objects}
    return {
        "width": right - left,
        "height": top - bottom,
        "images": not kinds.isdisjoint((pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM)),
        "unmapped": sum(glyph.text == "\ufffd" for glyph in glyphs),
        "words": words,
    }


def _glyphs(text: Any) -> Iterator[_Glyph]:
    styles: dict[int | None, _Style] = {}
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    spaced = True
    for i in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, i)
        if code in _SPACES:
            spaced = True
            continue
        owner = ctypes.cast(pdfium.FPDFText_GetTextObject(text, i), ctypes.c_void_p).value
        style = styles.get(owner)
        if style is None:
            style = styles[owner] = _style(text, i)
        if not pdfium.FPDFText_GetLooseCharBox(text, i, box) or not pdfium.FPDFText_GetCharOrigin(text, i, x, y):
            continue
        edges, origin = (box.left, box.bottom, box.right, box.top), (x.value, y.value)
        if style.turns is None or not all(map(math.isfinite, (*edges, *origin, style.size))):
            continue
        unmapped = pdfium.FPDFText_HasUnicodeMapError(text, i) == 1
        yield _Glyph("-" if code in _HYPHENS else "\ufffd" if unmapped else chr(code), style, edges, origin, spaced)
        spaced = False


def _style(text: Any, i: int) -> _Style:
    matrix = pdfium.FS_MATRIX()
    scale = math.hypot(matrix.c, matrix.d) if pdfium.FPDFText_GetMatrix(text, i, matrix) else 1.0
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, i, name, 128, flags)
    heavy = any(word in name.value.lower() for word in (b"bold", b"black", b"heavy", b"semibold", b"demi"))
    angle = pdfium.FPDFText_GetCharAngle(text, i) / (math.pi / 2)
    turns = round(angle)
    return _Style(
        pdfium.FPDFText_GetFontSize(text, i) * scale,
        heavy or pdfium.FPDFText_GetFontWeight(text, i) >= 600,
        turns % 4 if abs(angle - turns) < _SKEWED else None,
    )


def _turned(box: tuple[float, float, float, float], turns: int) -> tuple[float, float, float, float]:
    """The box in coordinates in which text of so many quarter turns runs to the right."""
    left, bottom, right, top = box
    return (box, (bottom, -right, top, -left), (-right, -top, -left, -bottom), (-top, left, -bottom, right))[turns]


def _words(glyphs: list[_Glyph], turns: int) -> Iterator[tuple[str, float, float, float, float, bool, bool]]:
    """Runs of glyphs without white space, on one baseline and in one size."""
    run: list[tuple[float, str]] = []
    x0 = x1 = y = size = 0.0
    bold = spaced = False
    for glyph in glyphs:
        if glyph.style.turns != turns:
            continue
        left, _, right, _ = _turned(glyph.box, turns)
        base = _turned((*glyph.origin, *glyph.origin), turns)[1]
        em = glyph.style.size
        same = run and not glyph.spaced and abs(base - y) < 0.15 * max(em, size) and abs(em - size) < 0.15 * size
        if same and max(left - x1, x0 - right) < 0.7 * em:
            run.append((left, glyph.text))
            x0, x1 = min(x0, left), max(x1, right)
            bold = bold and glyph.style.bold
            continue
        if run:
            yield _said(run), x0, x1, y, size, bold, spaced
        run, x0, x1, y, size, bold = [(left, glyph.text)], left, right, base, em, glyph.style.bold
        spaced = glyph.spaced
    if run:
        yield _said(run), x0, x1, y, size, bold, spaced


def _said(run: list[tuple[float, str]]) -> str:
    """The word in the order of reading: PDFium gives some words of Arabic and Hebrew from the left."""
    letters = [text for _, text in run]
    if sum(unicodedata.bidirectional(text[0]) in ("R", "AL") for text in letters) > len(letters) / 2:
        letters = letters[::-1] if run[0][0] < run[-1][0] else letters
    return "".join(letters)


def main() -> None:
    limit(memory=MOST_MEMORY, seconds=MOST_SECONDS)
    for line in read(sys.stdin.buffer.read()):
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
