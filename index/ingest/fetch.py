"""A file, standard input or an address -> raw bytes. Only this module uses the network, through ``transport``."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import FetchError, SourceError
from index.ingest.content_encoding import ContentEncodingError, decode_chunks
from index.ingest.html.meta_refresh import meta_refresh_target

if TYPE_CHECKING:
    import httpx

    from index.ingest.transport import Deadline

MOST_BYTES = 10 * 1024 * 1024
MOST_SECONDS = 20.0
MOST_REDIRECTS = 5
_LONGEST_SHOWN = 300  # code points of an address in a message
_MOST_CODINGS = 2  # more on top of each other are a bomb
_OK = frozenset((200, 203))
_NOT_MODIFIED = 304
# What a status means for who wants the article: a kind, and what to do.
_GONE = ("gone", "The page is not there (any more). Check the link.")
_LOGIN = ("login", "The page wants a login, or lets no programs in. Save it from a browser and add the file.")
_BUSY = ("busy", "The server is busy or broken. Try again later.")
_REFUSED = ("refused", "Check the link, or save the page from a browser and add the file.")
_REFUSALS = {404: _GONE, 410: _GONE, 401: _LOGIN, 402: _LOGIN, 403: _LOGIN, 407: _LOGIN, 408: _BUSY, 429: _BUSY}
HEADERS = {
    # Many servers turn away whoever does not begin with Mozilla/5.0; the rest says who it is.
    "User-Agent": "Mozilla/5.0 (compatible; Quoth/0.1; article reader)",
    "Accept": "text/html,application/xhtml+xml;q=0.9,text/*;q=0.8,*/*;q=0.5",
    "Accept-Encoding": "gzip, deflate",  # what is undone here within a limit
    "Accept-Language": "*",  # an article in its own language
}


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server calls the version that it sent (RFC 9110 section 8.8): header values, as they came."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """A source as it came: its bytes, its name (a path, an address, or ``-``), what its server said it is.

    ``url`` is the address after all redirects.
    """

    data: bytes
    name: str
    content_type: str | None = None
    url: str | None = None
    validators: Validators = Validators()


def is_url(source: str) -> bool:
    """Whether a source is a web address rather than a file."""
    return source.lower().startswith(("http://", "https://"))


def read(source: str, *, allow_private: bool = False) -> Raw:
    """Read a source: an ``http(s)`` address, a file's path, or ``-`` for standard input.

    Raises:
        FetchError: the address cannot be fetched.
        SourceError: the file cannot be read.
    """
    if is_url(source):
        raw = fetch_if_changed(source, Validators(), allow_private=allow_private)
        assert raw is not None
        return raw
    try:
        if source == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SourceError(f"{source}: cannot be read ({reason}). Check the path, or give a link.") from error
    if len(data) > MOST_BYTES:
        raise SourceError(f"{source}: larger than {MOST_BYTES >> 20} MB. Give the article alone.", "too_large")
    return Raw(data, source)


def fetch_if_changed(url: str, validators: Validators, *, allow_private: bool = False) -> Raw | None:
    """What is at ``url`` now; None when its server says that it still is the version of ``validators`` (RFC 9110
    section 13.1). Without validators it is never None.

    Raises:
        FetchError: the address cannot be fetched.
    """
    import httpx

    from index.ingest import transport

    deadline = transport.Deadline(MOST_SECONDS)
    try:
        with transport.client(deadline, allow_private=allow_private) as client:
            return _follow(client, url, validators, deadline)
    except transport.PrivateAddress as error:
        raise FetchError(
            f"{printable_url(url)}: leads to a private address, which is not fetched.", "private"
        ) from error
    except transport.NoSuchHost as error:
        raise FetchError(f"{printable_url(url)}: there is no such host. Check the link.", "unreachable") from error
    except transport.TookTooLong as error:
        raise FetchError(
            f"{printable_url(url)}: took longer than {MOST_SECONDS:.0f} s. Try again, or save the page and add it.",
            "unreachable",
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        broke = isinstance(error, httpx.ReadError)
        what = "the connection broke off" if broke else "cannot be reached"
        advice = "Try again" if broke else "Check the link"
        raise FetchError(
            f"{printable_url(url)}: {what} ({_reason(error)}). {advice}, or save the page and add the file.",
            "unreachable",
        ) from error


def printable_url(url: str) -> str:
    """A web address as it may stand in a message: without user name and password, printable, not endless."""
    bare = re.sub(r"(?<=://)[^/?#]*@", "", url)
    clean = "".join(character if character.isprintable() else "\ufffd" for character in bare)
    return clean if len(clean) <= _LONGEST_SHOWN else clean[: _LONGEST_SHOWN - 1] + "…"


def _follow(client: "httpx.Client", url: str, validators: Validators, deadline: "Deadline") -> Raw | None:
    conditions = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    headers = HEADERS | {name: value for name, value in conditions.items() if value and value.isascii()}
    for _ in range(MOST_REDIRECTS + 1):
        target = _target(url)
        with client.stream("GET", target, headers=headers) as response:
            if response.has_redirect_location:
                url = str(target.join(response.headers["location"].strip()))
                continue
            if response.status_code == _NOT_MODIFIED and headers != HEADERS:
                return None
            if response.status_code not in _OK:
                raise _refusal(str(target), response)
            data = b"".join(_body(response, str(target), deadline))
        content_type = response.headers.get("content-type")
        if onward := meta_refresh_target(data, content_type, str(target)):
            url = onward
            continue
        kept = Validators(_sendable(response, "etag"), _sendable(response, "last-modified"))
        return Raw(data, str(target), content_type, str(target), kept)
    raise FetchError(
        f"{printable_url(url)}: redirected more than {MOST_REDIRECTS} times. Give the article's own link.",
        "unreachable",
    )


def _sendable(response: "httpx.Response", name: str) -> str | None:
    """A header's value, if it can be sent back: httpx sends nothing but ASCII, whatever servers do."""
    value = response.headers.get(name)
    return value if value is not None and value.isascii() else None


def _target(url: str) -> "httpx.URL":
    """Raises FetchError, httpx.InvalidURL."""
    import httpx

    target = httpx.URL(url)
    if target.scheme not in {"http", "https"} or not target.host:
        raise FetchError(f"{printable_url(url)}: not a web address. Only http and https are fetched.", "unreachable")
    # A user name and a password in a link are nobody's business, least of all an article's address for its readers.
    return target.copy_with(username=None, password=None)


def _refusal(url: str, response: "httpx.Response") -> FetchError:
    status = response.status_code
    answer = f"{printable_url(url)}: the server answered {status} {response.reason_phrase}".rstrip()
    kind, advice = _REFUSALS.get(status, _BUSY if status >= 500 else _REFUSED)
    wait = _retry_after(response.headers.get("retry-after", "")) if status in {429, 503} else None
    return FetchError(f"{answer}. {advice}", kind, status, wait)


def _retry_after(value: str) -> float | None:
    """Seconds from now, from a number of them or a date (RFC 9110 section 10.2.3)."""
    if re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _body(response: "httpx.Response", url: str, deadline: "Deadline") -> Iterator[bytes]:
    """The content, its codings undone, within the limits both as it comes and as it is unpacked."""
    announced = response.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and len(announced) < 20 and int(announced) > MOST_BYTES:
        raise _too_large(url)
    chunks = _limited(response.iter_raw(), url)
    codings = [name.strip().lower() for name in response.headers.get("content-encoding", "").split(",")]
    try:
        for coding in reversed(codings[-_MOST_CODINGS:]):
            chunks = decode_chunks(chunks, coding)
        for chunk in _limited(chunks, url):
            deadline.left()
            yield chunk
    except ContentEncodingError as error:
        raise FetchError(
            f"{printable_url(url)}: {error} Save the page from a browser and add the file.", "unreadable"
        ) from error


def _limited(chunks: Iterator[bytes], url: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MOST_BYTES:
            raise _too_large(url)
        yield chunk


def _too_large(url: str) -> FetchError:
    return FetchError(
        f"{printable_url(url)}: larger than {MOST_BYTES >> 20} MB. Save the article's text and add the file.",
        "too_large",
    )


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error).strip() else type(error).__name__
