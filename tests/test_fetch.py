"""Files, standard input and addresses; the server is on the loopback."""

import gzip
import io
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from index import fetch
from index.errors import FetchError, SourceError
from index.fetch import MOST_BYTES, MOST_REDIRECTS, is_url, read

PAGE = "<p>Привіт, світе.</p>".encode("windows-1251")


class Handler(BaseHTTPRequestHandler):
    """A page at ``/page``, and one fault at each other path."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        name, _, number = path[1:].partition("/")
        if name == "page":
            self._send(200, PAGE, {"Content-Type": "text/html; charset=windows-1251"})
        elif name == "echo":
            self._send(200, repr({k.lower(): v for k, v in self.headers.items()}).encode(), {})
        elif name == "hops":
            left = int(number)
            self._send(302, b"", {"Location": f"/hops/{left - 1}" if left > 1 else "../page"})
        elif name == "to":
            self._send(301, b"", {"Location": self.path.partition("?")[2]})
        elif name == "gzip":
            self._send(200, gzip.compress(PAGE), {"Content-Encoding": "gzip"})
        elif name == "bomb":
            self._send(200, gzip.compress(b"a" * (MOST_BYTES + 1)), {"Content-Encoding": "gzip"})
        elif name == "nowhere":
            self._send(302, b"", {})
        elif name == "endless":
            self.send_response(200)
            self.end_headers()
            chunk = b"a" * 65536
            try:
                for _ in range(MOST_BYTES // len(chunk) + 100):
                    self.wfile.write(chunk)
            except OSError:
                self.server.hung_up.set()  # type: ignore[attr-defined]
        elif name == "broken":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            self._send(int(name) if name.isdigit() else 404, b"no", {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hung_up = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def base(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What each host name resolves to; every other name is unknown, and an address is itself."""
    table: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        if host == "127.0.0.1":
            return real(host, port, *args, **kwargs)
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in table[host]]

    monkeypatch.setattr(fetch.socket, "getaddrinfo", look_up)
    return table


# Addresses


def test_a_page_comes_as_it_was_sent(base: str) -> None:
    raw = read(f"{base}/page?a=1", allow_private=True)
    assert raw.data == PAGE
    assert raw.content_type == "text/html; charset=windows-1251"
    assert raw.url == raw.name == f"{base}/page?a=1"


def test_compression_is_undone(base: str) -> None:
    assert read(f"{base}/gzip", allow_private=True).data == PAGE


@pytest.mark.parametrize("hops", [1, MOST_REDIRECTS])
def test_redirects_are_followed(base: str, hops: int) -> None:
    raw = read(f"{base}/hops/{hops}", allow_private=True)
    assert raw.data == PAGE
    assert raw.url == f"{base}/page"


def test_too_many_redirects(base: str) -> None:
    with pytest.raises(FetchError, match="more than 5 times"):
        read(f"{base}/hops/{MOST_REDIRECTS + 1}", allow_private=True)


@pytest.mark.parametrize(
    "target", ["ftp://127.0.0.1/x", "file:///etc/hostname", "javascript:1", "http://", "http:///x"]
)
def test_a_redirect_to_what_is_no_web_address(base: str, target: str) -> None:
    with pytest.raises(FetchError):
        read(f"{base}/to?{target}", allow_private=True)


@pytest.mark.parametrize("target", ["http://[::1", "http://a:b:c/", "http://127.0.0.1:99999/", "http://a\x7fb/"])
def test_a_redirect_to_what_is_no_address_at_all(base: str, target: str) -> None:
    with pytest.raises(FetchError):
        read(f"{base}/to?{target}", allow_private=True)


@pytest.mark.parametrize("status", [403, 404, 410, 500, 204])
def test_a_status_other_than_200(base: str, status: int) -> None:
    with pytest.raises(FetchError, match=f"answered {status} .*Check the link"):
        read(f"{base}/{status}", allow_private=True)


def test_a_redirect_to_nowhere(base: str) -> None:
    with pytest.raises(FetchError, match="answered 302"):
        read(f"{base}/nowhere", allow_private=True)


def test_what_is_too_large_is_cut_off_while_it_comes(base: str, server: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchError, match="larger than 10 MB"):
        read(f"{base}/endless", allow_private=True)
    assert server.hung_up.wait(30)  # type: ignore[attr-defined]


def test_what_is_too_large_once_unpacked(base: str) -> None:
    with pytest.raises(FetchError, match="larger than 10 MB"):
        read(f"{base}/bomb", allow_private=True)


def test_what_takes_too_long(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, fetch.MOST_SECONDS + 1])
    monkeypatch.setattr(fetch, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with pytest.raises(FetchError, match="took longer"):
        read(f"{base}/page", allow_private=True)


def test_a_connection_that_breaks_off(base: str) -> None:
    with pytest.raises(FetchError, match="broke off"):
        read(f"{base}/broken", allow_private=True)


def test_nobody_listens() -> None:
    with socket.socket() as taken:  # bound, so that nobody else gets the port; not listening
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(FetchError, match="cannot be reached"):
            read(f"http://127.0.0.1:{taken.getsockname()[1]}/", allow_private=True)


def test_no_such_host(names: dict[str, list[str]]) -> None:
    with pytest.raises(FetchError, match="no such host"):
        read("https://nowhere.test/")


@pytest.mark.parametrize("url", ["http://", "https:///path", "http://[::1", "http://exa mple.test/", "http://a:port/"])
def test_what_only_begins_like_an_address(url: str, names: dict[str, list[str]]) -> None:
    with pytest.raises(FetchError):
        read(url)


def test_a_host_name_too_long_to_be_one() -> None:
    with pytest.raises(FetchError):
        read(f"http://{'a' * 300}.test/")


def test_the_host_header_names_the_host(server: ThreadingHTTPServer, names: dict[str, list[str]]) -> None:
    names["news.test"] = ["127.0.0.1"]
    raw = read(f"http://news.test:{server.server_port}/echo#part", allow_private=True)
    assert f"'host': 'news.test:{server.server_port}'" in raw.data.decode()
    assert "'user-agent': 'quoth/" in raw.data.decode()


def test_a_name_in_another_script_is_asked_for_in_ascii(
    server: ThreadingHTTPServer, names: dict[str, list[str]]
) -> None:
    names["xn--80adxhks.test"] = ["127.0.0.1"]
    raw = read(f"http://москва.test:{server.server_port}/echo", allow_private=True)
    assert "'host': 'xn--80adxhks.test" in raw.data.decode()


def test_proxies_of_the_environment_are_not_asked(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert read(f"{base}/page", allow_private=True).data == PAGE


# Private addresses

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "::",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
]
PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str, names: dict[str, list[str]]) -> None:
    names["innocent.test"] = [address]
    with pytest.raises(FetchError, match="private address"):
        read("http://innocent.test/")


def test_one_private_address_among_public_ones_is_enough(names: dict[str, list[str]]) -> None:
    names["innocent.test"] = ["93.184.215.14", "10.0.0.1"]
    with pytest.raises(FetchError, match="private address"):
        read("http://innocent.test/")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(FetchError):
        read(f"http://{host}:1/")


class Wire(httpx.BaseTransport):
    """Answers in place of the network and notes where it was asked to connect."""

    def __init__(self, location: str | None = None) -> None:
        self.location = location
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.location and len(self.asked) == 1:
            return httpx.Response(302, headers={"Location": self.location})
        return httpx.Response(200, content=PAGE)


def connect(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: wire.handle_request(request))


@pytest.mark.parametrize("address", PUBLIC)
def test_the_address_that_was_checked_is_connected_to(
    address: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["news.test"] = [address]
    wire = Wire()
    connect(wire, monkeypatch)
    raw = read("https://news.test/a?b=c")
    (request,) = wire.asked
    assert request.url.host == address
    assert request.headers["host"] == "news.test"
    assert request.extensions["sni_hostname"] == "news.test"
    assert raw.url == "https://news.test/a?b=c"


@pytest.mark.parametrize("location", ["http://127.0.0.1/", "http://inner.test/", "//inner.test/x", "http://[::1]/"])
def test_a_redirect_to_a_private_address_is_refused(
    location: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names |= {"news.test": ["93.184.215.14"], "inner.test": ["10.0.0.5"], "::1": ["::1"]}
    wire = Wire(location)
    connect(wire, monkeypatch)
    with pytest.raises(FetchError, match="private address"):
        read("http://news.test/")
    assert len(wire.asked) == 1


def test_a_redirect_keeps_the_name_not_the_address(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["news.test"] = ["93.184.215.14"]
    wire = Wire("/moved")
    connect(wire, monkeypatch)
    assert read("https://news.test/a").url == "https://news.test/moved"
    assert [request.headers["host"] for request in wire.asked] == ["news.test", "news.test"]


# Files


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "стаття.html"
    path.write_bytes(PAGE)
    raw = read(str(path))
    assert (raw.data, raw.name, raw.content_type, raw.url) == (PAGE, str(path), None, None)


@pytest.mark.parametrize("source", ["missing.txt", ".", "a\0b", "", "x" * 5000, "ftp://news.test/a", "missing/below"])
def test_what_cannot_be_read(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        read(source)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(SourceError, match="larger than 10 MB"):
        read(str(path))
    with path.open("wb") as file:
        file.truncate(MOST_BYTES)
    assert len(read(str(path)).data) == MOST_BYTES


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PAGE)))
    raw = read("-")
    assert (raw.data, raw.name) == (PAGE, "-")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("http://a.test", True),
        ("HTTPS://a.test/x", True),
        ("ftp://a.test", False),
        ("http", False),
        ("httpfile.txt", False),
        ("/tmp/http://x", False),
        ("-", False),
    ],
)
def test_what_is_an_address(source: str, expected: bool) -> None:
    assert is_url(source) is expected
