"""A web server on the loopback that plays the web as it is, and names that lead to it."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest

from index.errors import FetchError
from index.ingest.fetch import MOST_BYTES, Raw, read

PAGE = "<p>Привіт, світе.</p>".encode("windows-1251")
ETAG = '"v1"'
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
Headers = dict[str, str]


class WebServer(ThreadingHTTPServer):
    """Serves ``pages`` (path -> body, headers), and one fault at each other path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, tuple[bytes, Headers]] = {}
        self.hung_up = threading.Event()
        self.requests: list[tuple[str, Headers]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: WebServer

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        name, _, rest = path[1:].partition("/")
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.server.requests.append((self.path, headers))
        if path in self.server.pages:
            body, more = self.server.pages[path]
            if more.get("ETag") and more["ETag"] == headers.get("if-none-match"):
                self._send(304, b"", {})
                return
            self._send(200, body, {"Content-Type": "text/html; charset=utf-8", **more})
        elif name.isdigit():
            self._send(int(name), b"no", {"Retry-After": unquote(query)} if query else {})
        else:
            getattr(self, f"_{name}", self._missing)(rest, unquote(query), headers)

    def _missing(self, rest: str, query: str, headers: Headers) -> None:
        self._send(404, b"no", {})

    def _page(self, rest: str, query: str, headers: Headers) -> None:
        self._send(200, PAGE, {"Content-Type": "text/html; charset=windows-1251"})

    def _echo(self, rest: str, query: str, headers: Headers) -> None:
        self._send(200, repr(headers).encode(), {})

    def _hops(self, rest: str, query: str, headers: Headers) -> None:
        left = int(rest)
        self._send(302, b"", {"Location": f"/hops/{left - 1}" if left > 1 else "../page"})

    def _to(self, rest: str, query: str, headers: Headers) -> None:
        self._send(int(rest or 301), b"", {"Location": query})

    def _nowhere(self, rest: str, query: str, headers: Headers) -> None:
        self._send(302, b"", {})

    def _loop(self, rest: str, query: str, headers: Headers) -> None:
        """Round and round, until the cookie comes back."""
        if "seen=1" in headers.get("cookie", ""):
            self._send(200, PAGE, {})
        else:
            self._send(302, b"", {"Location": "/loop", "Set-Cookie": "seen=1; Path=/"})

    def _cookie(self, rest: str, query: str, headers: Headers) -> None:
        self._send(302, b"", {"Location": query, "Set-Cookie": "seen=1; Path=/"})

    def _versions(self, rest: str, query: str, headers: Headers) -> None:
        same = headers.get("if-none-match") == ETAG or headers.get("if-modified-since") == DATE
        known = {"ETag": ETAG, "Last-Modified": DATE}
        self._send(304 if same else 200, b"" if same else PAGE, known)

    def _later(self, rest: str, query: str, headers: Headers) -> None:
        self._send(503, b"", {"Retry-After": formatdate(time.time() + 3600, usegmt=True)})

    def _packed(self, rest: str, query: str, headers: Headers) -> None:
        """``/packed/AS?SAID``: the page packed in one way, and what is said of it."""
        bare = zlib.compressobj(wbits=-15)
        packed = {
            "gzip": gzip.compress(PAGE),
            "twice": gzip.compress(gzip.compress(PAGE)),
            "parts": gzip.compress(PAGE[:5]) + gzip.compress(PAGE[5:]),
            "padded": gzip.compress(PAGE) + b"\0" * 100,
            "zlib": zlib.compress(PAGE),
            "deflate": bare.compress(PAGE) + bare.flush(),
            "cut": gzip.compress(PAGE)[:-9],
            "damaged": gzip.compress(PAGE)[:20] + b"\xff" * 20,
            "plain": PAGE,
            "empty": b"",
        }
        self._send(200, packed[rest], {"Content-Encoding": query})

    def _bomb(self, rest: str, query: str, headers: Headers) -> None:
        data = gzip.compress(b"a" * (MOST_BYTES + 1))
        for _ in range(int(rest or 0)):
            data = gzip.compress(data)
        self._send(200, data, {"Content-Encoding": query or "gzip"})

    def _endless(self, rest: str, query: str, headers: Headers) -> None:
        self._begin({})
        self._go_on(b"a" * 65536, MOST_BYTES // 65536 + 100)

    def _announced(self, rest: str, query: str, headers: Headers) -> None:
        self._begin({"Content-Length": str(MOST_BYTES + 1)})

    def _slow(self, rest: str, query: str, headers: Headers) -> None:
        """A byte now and then, of the body or, ``/slow/headers``, before there is one."""
        if rest == "headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        else:
            self._begin({})
        self._go_on(b"a", 1000, pause=0.02)

    def _silent(self, rest: str, query: str, headers: Headers) -> None:
        self.server.hung_up.wait(30)

    def _broken(self, rest: str, query: str, headers: Headers) -> None:
        self._begin({"Content-Length": "1000"})
        self.wfile.write(b"half")

    def _garbage(self, rest: str, query: str, headers: Headers) -> None:
        self.wfile.write(b"\x00\xff this is no HTTP\r\n\r\n")

    def _begin(self, headers: Headers) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _go_on(self, chunk: bytes, times: int, pause: float = 0.0) -> None:
        try:
            for _ in range(times):
                self.wfile.write(chunk)
                if pause:
                    time.sleep(pause)
        except OSError:
            self.server.hung_up.set()

    def _send(self, status: int, body: bytes, headers: Headers) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served() -> Iterator[WebServer]:
    server = WebServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.hung_up.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Names:
    """What each host name resolves to, and which addresses were then connected to.

    Every other name is unknown; an address is itself. Whatever is connected to over IPv4 is the server in truth.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: WebServer) -> None:
        self.table: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.dialled: list[str] = []
        self.dead: set[str] = set()
        look_up, connect = socket.getaddrinfo, socket.socket.connect

        def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
            if host not in self.table:
                return look_up(host, port, *args, **{**kwargs, "flags": socket.AI_NUMERICHOST})
            self.asked.append(host)
            return [
                (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
                if ":" in address
                else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in self.table[host]
            ]

        def dial(self_: socket.socket, address: tuple[Any, ...]) -> None:
            self.dialled.append(address[0])
            if self_.family == socket.AF_INET6 or address[0] in self.dead:
                raise OSError(101, "Network is unreachable")
            connect(self_, ("127.0.0.1", server.server_port))

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket.socket, "connect", dial)


def get(url: str) -> Raw:
    """What comes from the loopback."""
    return read(url, allow_private=True)


def failure(url: str) -> FetchError:
    """Why nothing comes from the loopback."""
    with pytest.raises(FetchError) as caught:
        get(url)
    return caught.value
