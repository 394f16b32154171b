"""Connections that go only where they may and only as long as they may: what index/ingest/fetch.py speaks HTTP through.

A host's addresses are looked up once, all of them are checked, and one of those very addresses is connected to, so that
DNS cannot change its mind in between. Refused are all that are not public (RFC 6890): private, loopback, link-local,
shared, multicast, reserved, and IPv6 addresses that carry such an IPv4 address in them. Every wait, from the look-up to
the last byte, ends at one deadline: a server that sends a byte now and then gets no further time.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

MOST_SECONDS_TO_CONNECT = 5.0  # to one address: a host may have another that answers
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291 section 2.4: all that IANA gives out
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits

_SocketAddress = tuple[Any, ...]


class PrivateAddress(Exception):
    """The host has an address that is not public."""


class NoSuchHost(Exception):
    """The host has no address."""


class TookTooLong(Exception):
    """The deadline has passed."""


class Deadline:
    """A moment, and how long it is until then."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than 0. Raises TookTooLong."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TookTooLong
        return left


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, and not a private one in IPv6 clothes."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.sixtofour:  # 2002::/16, of which early versions of Python 3.11 say that it is not global
            return is_public(str(ip.sixtofour))
        if ip not in GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def client(deadline: Deadline, *, allow_private: bool) -> httpx.Client:
    """An HTTP client with a cookie jar of its own, which follows no redirects and asks no proxy.

    Its requests raise what httpx raises and this module's exceptions. Of httpx's timeouts none counts but the deadline.
    """
    return httpx.Client(transport=_Transport(_Guard(deadline, allow_private)), trust_env=False)


class _Stream(httpcore.NetworkStream):
    """A socket. httpcore's own timeouts are for each wait; here all of them share one deadline."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._socket = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._deadline.left())
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise TookTooLong from error
        except OSError as error:
            raise httpcore.ReadError(error) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._socket.settimeout(self._deadline.left())
        try:
            self._socket.sendall(buffer)
        except TimeoutError as error:
            raise TookTooLong from error
        except OSError as error:
            raise httpcore.WriteError(error) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._socket.settimeout(self._deadline.left())
        try:
            name = (server_hostname or "").removesuffix(".")  # a certificate names no root
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=name), self._deadline)
        except TimeoutError as error:
            self.close()
            raise TookTooLong from error
        except (OSError, ValueError) as error:
            self.close()
            raise httpcore.ConnectError(error) from error

    def get_extra_info(self, info: str) -> Any:
        return None


class _Guard(httpcore.NetworkBackend):
    """Looks a host up, checks its addresses, connects to the first that answers."""

    def __init__(self, deadline: Deadline, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = self._look_up(host, port)
        if not self._allow_private and not all(is_public(str(address[0])) for _, address in found):
            raise PrivateAddress
        failed: OSError | None = None
        for family, address in found:
            connection = None
            try:
                connection = socket.socket(family, socket.SOCK_STREAM)
                connection.settimeout(min(MOST_SECONDS_TO_CONNECT, self._deadline.left()))
                connection.connect(address)
                return _Stream(connection, self._deadline)
            except OSError as error:
                failed = error
                if connection is not None:
                    connection.close()
        raise httpcore.ConnectError(failed) from failed

    def _look_up(self, host: str, port: int) -> list[tuple[int, _SocketAddress]]:
        """In a thread that is left behind if it takes too long: the C library's look-up cannot be told to stop."""
        found: list[tuple[int, _SocketAddress]] = []

        def look_up() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError, OverflowError):  # OverflowError: no such port
                return
            found.extend(dict.fromkeys((family, address) for family, _, _, _, address in answers))

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        if thread.is_alive():
            raise TookTooLong
        if not found:
            raise NoSuchHost
        return found


class _ResponseStream(httpx.SyncByteStream):
    """A response's body as it comes from the wire."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.ReadError(str(error)) from error

    def close(self) -> None:
        self._stream.close()


class _Transport(httpx.BaseTransport):
    """httpx's own transport does not say where it connects to; this one leaves that to a ``_Guard``."""

    def __init__(self, guard: _Guard) -> None:
        self._pool = httpcore.ConnectionPool(network_backend=guard)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        try:
            response = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=b"",
                    extensions=request.extensions,
                )
            )
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.ConnectError(str(error)) from error
        return httpx.Response(response.status, headers=response.headers, stream=_ResponseStream(response.stream))

    def close(self) -> None:
        self._pool.close()
