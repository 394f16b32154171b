"""Bytes -> text: gzip undone within a limit, the encoding found, what is no text refused."""

import codecs
import re
import zlib

from index.errors import SourceError

MOST_BYTES = 20_000_000
"""The largest source, in bytes once unpacked."""

_BOMS = (  # UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 65_536  # bytes: enough to guess an encoding from
_BINARY = SourceError(
    "This is a binary file, not text. Give the article as a web page, PDF, Word document, text or Markdown."
)


def inflate(raw: bytes) -> bytes:
    """Undo gzip, if it is gzip.

    Raises:
        SourceError: damaged, or larger than ``MOST_BYTES`` unpacked.
    """
    if len(raw) > MOST_BYTES:
        raise _too_large()
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(raw, MOST_BYTES + 1)
    except zlib.error as error:
        raise SourceError("The gzip file is damaged. Download or pack it again.") from error
    if len(data) > MOST_BYTES:
        raise _too_large()
    if not unpacker.eof:
        raise SourceError("The gzip file is cut off. Download or pack it again.")
    return data


def decode(raw: bytes, declared_charset: str | None = None) -> str:
    """Text from bytes: by byte order mark, as declared, as UTF-8, else by charset-normalizer's guess.

    Raises:
        SourceError: binary, or in no encoding that can be told.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _strictly(raw, encoding)
    if b"\x00" in raw or len(_CONTROL.findall(raw[:_SAMPLE])) > 0.02 * len(raw[:_SAMPLE]):
        raise _BINARY
    for encoding in filter(None, (declared_charset, "utf-8")):
        try:
            return raw.decode(encoding)
        except (LookupError, ValueError):  # no such encoding, or not in this one
            continue
    from charset_normalizer import from_bytes

    guess = from_bytes(raw[:_SAMPLE]).best()
    if guess is None:
        raise SourceError("The text is in no encoding that can be told. Save it as UTF-8 and try again.")
    return _strictly(raw, guess.encoding)


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except ValueError as error:
        raise SourceError(
            f"The text is not all in {encoding}, as it seemed. Save it as UTF-8 and try again."
        ) from error


def _too_large() -> SourceError:
    return SourceError(f"Larger than {MOST_BYTES // 1_000_000} MB. Give the article alone.", "too_large")
