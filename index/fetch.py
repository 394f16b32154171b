"""A file, standard input or an address -> raw bytes. The only module of the engine that touches the network.

Addresses that are not public (private, loopback, link-local, shared, mapped; RFC 6890) are refused, on every redirect
anew, and the address that was checked is the one that is connected to, so that DNS cannot change its mind in between.
"""

import ipaddress
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.errors import FetchError, SourceError

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 10 * 1024 * 1024
MOST_SECONDS = 20.0
MOST_REDIRECTS = 5
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
AGENT = "quoth/0.1 (article reader)"


@dataclass(frozen=True, slots=True)
class Raw:
    """A source as it came: its bytes, its name (a path, an address, or ``-``), what its server said it is."""

    data: bytes
    name: str
    content_type: str | None = None
    url: str | None = None


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
        return _fetch(source, allow_private=allow_private)
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


def _fetch(url: str, *, allow_private: bool) -> Raw:
    import httpx

    deadline = time.monotonic() + MOST_SECONDS
    # Environment proxies would connect to addresses that nobody here has checked.
    with httpx.Client(trust_env=False, timeout=MOST_SECONDS / 2) as client:
        for _ in range(MOST_REDIRECTS + 1):
            try:
                request = _request(client, url, allow_private=allow_private)
                response = client.send(request, stream=True)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                raise FetchError(
                    f"{url}: cannot be reached ({_reason(error)}). Check the link, or save the page and add the file.",
                    "unreachable",
                ) from error
            try:
                if "location" in response.headers and response.is_redirect:
                    url = str(httpx.URL(url).join(response.headers["location"]))
                    continue
                if response.status_code != httpx.codes.OK:
                    raise FetchError(
                        f"{url}: the server answered {response.status_code} {response.reason_phrase}. "
                        "Check the link, or save the page from a browser and add the file.",
                        "refused",
                        response.status_code,
                    )
                data = b"".join(_limited(response, url, deadline))
                return Raw(data, url, response.headers.get("content-type"), url)
            except httpx.HTTPError as error:
                raise FetchError(
                    f"{url}: the connection broke off ({_reason(error)}). Try again.", "unreachable"
                ) from error
            finally:
                response.close()
    raise FetchError(f"{url}: redirected more than {MOST_REDIRECTS} times. Give the article's own link.", "unreachable")


def _request(client: "httpx.Client", url: str, *, allow_private: bool) -> "httpx.Request":
    """A request to the checked address itself, with the name kept for the Host header and the certificate."""
    import httpx

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError(f"{url}: not a web address. Only http and https are fetched.", "unreachable")
    target = httpx.URL(url)
    host = target.raw_host.decode()
    address = _address(host.strip("[]"), target.port or (443 if target.scheme == "https" else 80), url, allow_private)
    return client.build_request(
        "GET",
        target.copy_with(host=address, fragment=None),
        headers={"Host": target.netloc.decode(), "User-Agent": AGENT, "Accept": "text/html,text/*;q=0.9,*/*;q=0.5"},
        extensions={"sni_hostname": host},
    )


def _address(host: str, port: int, url: str, allow_private: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"{url}: there is no such host. Check the link.", "unreachable") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(_is_public(address) for address in addresses):
        raise FetchError(
            f"{url}: leads to a private address, which is not fetched. "
            "Save the page and add the file, or set QUOTH_ALLOW_PRIVATE_ADDRESSES=true.",
            "private",
        )
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None)
        if inner and not inner.is_global:
            return False
    return ip.is_global and not ip.is_multicast


def _limited(response: "httpx.Response", url: str, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            raise FetchError(
                f"{url}: larger than {MOST_BYTES >> 20} MB. Save the article's text and add the file.", "too_large"
            )
        if time.monotonic() > deadline:
            raise FetchError(
                f"{url}: took longer than {MOST_SECONDS:.0f} s. Try again, or save the page and add it.", "unreachable"
            )
        yield chunk


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error).strip() else type(error).__name__
