"""Ways in which PDFs and Word documents are spoiled at random, each where its own structure is."""

import base64
import random
import re
import zipfile
import zlib
from io import BytesIO

from fuzzing.mutations import BYTES, TEXTS, bytes_cut, count, flipped

MOST_PART = 3_000_000  # characters

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_PDF_NUMBER = re.compile(rb"\d+(?:\.\d+)?")
_PDF_NAME = re.compile(rb"/\w+")


def pdf(data: bytes, r: random.Random, times: int) -> bytes:
    """A PDF: its numbers and names, what is drawn, the table of where its objects are."""
    for _ in range(times):
        change = r.choice((_pdf_number, _pdf_name, _pdf_stream, _pdf_stream, _xref, r.choice(BYTES)))
        data = change(data, r)
    return data


def _pdf_number(data: bytes, r: random.Random) -> bytes:
    return _replaced(
        data, _PDF_NUMBER, r.choice((b"0", b"-1", b"9999999999", b"1e9", b"0.00001", b"7", b"2", b"1000")), r
    )


def _pdf_name(data: bytes, r: random.Random) -> bytes:
    found = _PDF_NAME.findall(data) or [b"/A"]
    return _replaced(data, _PDF_NAME, r.choice(found), r)


def _xref(data: bytes, r: random.Random) -> bytes:
    at = data.rfind(b"xref\n0")
    return data[:at] + flipped(data[at:], r) if at >= 0 else data


def _pdf_stream(data: bytes, r: random.Random) -> bytes:
    """The drawing itself, spoiled and packed again."""
    found = list(_STREAM.finditer(data))
    if not found:
        return data
    one = r.choice(found)
    try:
        drawn = zlib.decompress(base64.a85decode(b"<~" + one.group(1).strip(), adobe=True))
        changed = r.choice((_pdf_number, flipped, bytes_cut, _drawn_again))(drawn, r)
        packed = base64.a85encode(zlib.compress(changed)) + b"~>"
    except (ValueError, zlib.error):
        packed = r.choice(BYTES)(one.group(1), r)
    return data[: one.start(1)] + packed + b"\n" + data[one.end(1) :]


def _drawn_again(data: bytes, r: random.Random) -> bytes:
    at = r.randint(0, len(data))
    rows = data[at : at + count(r)]
    return data[:at] + rows * min(count(r), 200_000 // (len(rows) + 1) + 1) + data[at:]


def _replaced(data: bytes, pattern: re.Pattern[bytes], new: bytes, r: random.Random) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    one = r.choice(found)
    return data[: one.start()] + new + data[one.end() :]


def docx(data: bytes, r: random.Random, times: int) -> bytes:
    """A Word document: its parts."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(times):
        name = r.choice(("word/document.xml", "word/document.xml", *parts))
        text = parts.get(name, b"").decode("utf-8", "surrogateescape")
        changed = r.choice(TEXTS)(text, r)[:MOST_PART]
        parts[name] = changed.encode("utf-8", "surrogateescape")
        if r.random() < 0.1:
            parts[r.choice((*parts, "word/a.xml", "../a.xml", "docProps/core.xml", ""))] = parts.pop(name)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", r.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for name, content in parts.items():
            archive.writestr(name or "a", content)
    return file.getvalue()


def packed(data: bytes, r: random.Random) -> bytes:
    """Headers and the central directory spoiled, where they are."""
    marks = [m.start() for m in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    changed = bytearray(data)
    for _ in range(r.choice((1, 2, 8))):
        at = r.choice(marks) + r.randrange(46)
        if at < len(changed):
            changed[at] = r.choice((0, 1, 8, 12, 0x7F, 0xFF, r.randrange(256)))
    return bytes(changed)
