"""Bytes -> text: gzip undone within a limit, the encoding found, what is not text refused."""

import codecs
import re
from collections import Counter
from typing import NoReturn

from index.errors import SourceError
from index.ingest.content_encoding import ContentEncodingError, decode_chunks

MOST_BYTES = 20_000_000
"""The largest source, in bytes once unpacked."""

_PIECE = 65_536  # bytes
_BOMS = (  # UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,9}=[\s\"']{0,9}([\w.:-]+)|^\s*<\?xml[^>]{0,100}encoding=[\"']([\w.:-]+)",
    re.IGNORECASE,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_HEAD = 16_384  # bytes in which a page states its charset; the standard's 1,024 are too few for many
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL = 0.02  # share of bytes: a text has none, but for accidents
_BAD = "\ufffd"
_MOST_BAD = 0.005  # share of characters: an accident, not the wrong encoding
_SURELY_UTF8 = 4  # bytes that continue a character
_FEWEST_WIDE = 16  # bytes
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
    data = bytearray()
    try:
        for piece in decode_chunks((raw[at : at + _PIECE] for at in range(0, len(raw), _PIECE)), "gzip"):
            data += piece
            if len(data) > MOST_BYTES:
                raise _too_large()
    except ContentEncodingError as error:
        raise SourceError("The gzip file is damaged or cut off. Download or pack it again.") from error
    return bytes(data)


def decode(raw: bytes, *declared: str | None) -> str:
    """Text from bytes. ``declared`` are charset labels (https://encoding.spec.whatwg.org/#names-and-labels), the most
    trusted first.

    A byte order mark decides, then UTF-8 if nothing but UTF-8 could look like this, then the first declaration that
    fits, then charset-normalizer's guess. A few bytes that fit nowhere become U+FFFD and spoil nothing else.

    Raises:
        SourceError: binary, or in an unknown encoding.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _fitting(raw, encoding) or _untold()
    if wide := _wide(raw[:_SAMPLE]):
        return _fitting(raw, wide) or _untold()
    if len(_CONTROL.findall(raw[:_SAMPLE])) > _MOST_CONTROL * len(raw[:_SAMPLE]):
        raise _BINARY
    if _is_utf8(raw):
        return raw.decode()
    encodings = list(filter(None, map(_encoding, declared)))
    for encoding in encodings:
        if (text := _fitting(raw, encoding)) is not None:
            return text
    text = raw.decode("utf-8", "replace")
    bad = text.count(_BAD)
    if bad * 2 < len(raw) - len(text) - bad:  # more of it reads as UTF-8 than not
        return text
    return _guessed(raw)


def declared_charset(raw: bytes) -> str | None:
    """The charset that a page states in itself, by ``<meta>`` or its XML declaration."""
    match = _CHARSET.search(_COMMENT.sub(b"", raw[:_HEAD]))
    if match is None:
        return None
    label = (match.group(1) or match.group(2)).decode("ascii", "replace")
    # What can be read byte by byte is not in UTF-16, whatever it says (HTML Standard, "prescan a byte stream").
    return "utf-8" if label.lower().startswith("utf-16") else label


def _encoding(label: str | None) -> str | None:
    """Python's name for the encoding that the web understands by a label; None when it knows none such."""
    from webencodings import lookup  # type: ignore[import-untyped]

    found = lookup(label or "")
    # Two of the web's encodings hold no text: "replacement" stands for those that are not to be read.
    return found.codec_info.name if found and found.name not in ("replacement", "x-user-defined") else None


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a byte order mark: of two bytes the high one is nearly always one of two, as in most scripts."""
    if b"\x00" not in sample or len(sample) < _FEWEST_WIDE:
        return None
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        high = Counter(sample[first::2])
        most_common = sum(times for _, times in high.most_common(2))
        text = sample.decode(encoding, "replace")
        words = sum(character.isalpha() or character in " \n" for character in text)
        if most_common > 0.9 * high.total() and words > 0.6 * len(text):
            return encoding
    return None


def _is_utf8(raw: bytes) -> bool:
    """Whether it is UTF-8, whatever else is declared: a few accents could be so by chance, a text could not."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return len(raw) == len(text) or len(raw) - len(text) >= _SURELY_UTF8


def _fitting(raw: bytes, encoding: str) -> str | None:
    """``raw`` in an encoding, its few bad bytes replaced; None when they are not few."""
    text = raw.decode(encoding, "replace")
    return text if text.count(_BAD) <= max(1, _MOST_BAD * len(text)) else None


def _guessed(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    guess = from_bytes(raw[:_SAMPLE]).best()
    text = _fitting(raw, guess.encoding) if guess else None
    return _untold() if text is None else text


def _untold() -> NoReturn:
    raise SourceError("The encoding of the text cannot be determined. Save it as UTF-8 and try again.")


def _too_large() -> SourceError:
    return SourceError(f"Larger than {MOST_BYTES // 1_000_000} MB. Give the article alone.", "too_large")
