"""Content codings undone piece by piece, so that what unpacks to a thousand times its size is noticed in time."""

import zlib
from collections.abc import Iterator

_PIECE = 65_536  # bytes
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _DEFLATE = 31, 15, -15  # window bits: with gzip's header, with zlib's, with none
_UNKNOWN = frozenset(("br", "zstd", "compress", "x-compress", "dcb", "dcz"))


class ContentEncodingError(Exception):
    """What came is not packed as it says."""


def decode_chunks(chunks: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """``chunks`` with one content coding undone (RFC 9110 section 8.4.1), in pieces of at most 64 kB.

    What is said to be packed but visibly is not is left as it is, and so is a coding that nobody knows: servers and
    their caches get that header wrong.

    Raises:
        PackingError: damaged, cut off, or packed in a way that was not asked for.
    """
    if coding in _UNKNOWN:
        raise ContentEncodingError(f"The server packed it as {coding}, which was not asked for.")
    if coding in {"gzip", "x-gzip", "deflate"}:
        return _inflated(chunks, coding)
    return chunks


def _inflated(chunks: Iterator[bytes], coding: str) -> Iterator[bytes]:
    first = b""
    while len(first) < 2 and (chunk := next(chunks, None)) is not None:
        first += chunk
    window = _window(first, coding)
    if window is None:
        yield first
        yield from chunks
        return
    unpacker = zlib.decompressobj(wbits=window)
    try:
        data = first
        while True:
            while data:
                if unpacker.eof:
                    while len(data) < len(_GZIP_MAGIC) and (following := next(chunks, None)) is not None:
                        data += following
                    if window != _GZIP or not data.startswith(_GZIP_MAGIC):
                        return  # padding behind the end
                    unpacker = zlib.decompressobj(wbits=window)  # another member
                yield unpacker.decompress(data, _PIECE)
                data = unpacker.unconsumed_tail or unpacker.unused_data
            following = next(chunks, None)
            if following is None:
                break
            data = following
        while piece := unpacker.decompress(b"", _PIECE):
            yield piece
    except zlib.error as error:
        raise ContentEncodingError("What came is damaged.") from error
    if first and not unpacker.eof:
        raise ContentEncodingError("What came is cut off.")


def _window(first: bytes, coding: str) -> int | None:
    """What zlib must expect behind the first two bytes; None: nothing that is packed."""
    if first.startswith(_GZIP_MAGIC):
        return _GZIP
    if coding != "deflate" or len(first) < 2:
        return None
    # RFC 9110 means zlib's header (RFC 1950 section 2.2); some servers leave it out.
    if first[0] & 0x0F == 8 and int.from_bytes(first[:2]) % 31 == 0:
        return _ZLIB
    return None if first[:1] in b"<{ \n\r\t\xef" else _DEFLATE
