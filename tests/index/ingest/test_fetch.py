"""Web addresses, files and standard input; the server is on the loopback."""

import gzip
import io
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.errors import FetchError, SourceError
from index.ingest import fetch
from index.ingest.content_encoding import decode_chunks
from index.ingest.fetch import MOST_BYTES, Validators, fetch_if_changed, is_url, read
from tests.support.web import DATE, ETAG, PAGE, WebServer, failure, get, served

# What comes


def test_a_page_comes_as_it_was_sent(base: str) -> None:
    raw = get(f"{base}/page?a=1")
    assert raw.data == PAGE
    assert raw.content_type == "text/html; charset=windows-1251"
    assert raw.url == raw.name == f"{base}/page?a=1"


def test_what_a_server_is_told_about_us(base: str) -> None:
    told = get(f"{base}/echo").data.decode()
    assert "Quoth/" in told
    assert "'accept': 'text/html," in told
    assert "'accept-encoding': 'gzip, deflate'" in told
    assert "'accept-language'" in told


def test_a_name_and_a_password_are_neither_sent_nor_kept_nor_shown(base: str) -> None:
    raw = get(base.replace("//", "//user:secret@") + "/echo")
    assert "authorization" not in raw.data.decode()
    assert raw.url == raw.name == f"{base}/echo"
    for path in ("/404", "/to?http://me:secret@127.0.0.1:1/", "/to?ftp://me:secret@a.test/", "/hops/9"):
        assert "secret" not in str(failure(base.replace("//", "//user:secret@") + path))


def test_proxies_of_the_environment_are_not_asked(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert get(f"{base}/page").data == PAGE


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        ("gzip", "gzip"),
        ("gzip", "X-GZip"),
        ("parts", "gzip"),
        ("padded", "gzip"),
        ("twice", "gzip, gzip"),
        ("zlib", "deflate"),
        ("deflate", "deflate"),
        ("gzip", "deflate"),
        ("plain", "gzip"),
        ("plain", "deflate"),
        ("plain", "utf-8"),
        ("plain", "identity"),
    ],
)
def test_content_codings_are_undone_even_when_the_header_is_wrong(base: str, packed: str, said: str) -> None:
    assert get(f"{base}/packed/{packed}?{said}").data == PAGE


@pytest.mark.parametrize("cut", range(1, 24))
def test_parts_that_are_packed_each_for_itself_may_be_cut_anywhere(cut: int) -> None:
    first, second = gzip.compress(b"one ", mtime=0), gzip.compress(b"two", mtime=0)
    chunks = iter([first + second[:cut], second[cut:]])
    assert b"".join(decode_chunks(chunks, "gzip")) == b"one two"


def test_an_empty_page_said_to_be_packed(base: str) -> None:
    assert get(f"{base}/packed/empty?gzip").data == b""


@pytest.mark.parametrize(
    ("packed", "said", "why"),
    [("cut", "gzip", "cut off"), ("damaged", "gzip", "damaged"), ("plain", "br", "br"), ("plain", "zstd", "zstd")],
)
def test_a_coding_that_cannot_be_undone(base: str, packed: str, said: str, why: str) -> None:
    error = failure(f"{base}/packed/{packed}?{said}")
    assert error.kind == "unreadable"
    assert why in str(error)


# Statuses


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, "refused"),
        (304, "refused"),
        (400, "refused"),
        (401, "login"),
        (402, "login"),
        (403, "login"),
        (404, "gone"),
        (410, "gone"),
        (429, "busy"),
        (451, "refused"),
        (500, "busy"),
        (503, "busy"),
    ],
)
def test_a_status_other_than_200(base: str, status: int, kind: str) -> None:
    error = failure(f"{base}/{status}")
    assert (error.kind, error.status, error.retry_after) == (kind, status, None)
    assert f"answered {status}" in str(error)


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("/429?120", 120),
        ("/503?0", 0),
        ("/503?Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("/503?soon", None),
        ("/503?-5", None),
        ("/429?1e3", None),
        ("/404?120", None),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(base: str, path: str, seconds: float | None) -> None:
    assert failure(base + path.replace(" ", "%20")).retry_after == seconds


def test_a_date_until_which_a_server_asks_to_be_left_alone(base: str) -> None:
    wait = failure(f"{base}/later").retry_after
    assert wait is not None
    assert 3000 < wait <= 3600


# Versions


def test_what_has_not_changed_does_not_come_again(base: str) -> None:
    known = get(f"{base}/versions").validators
    assert known == Validators(ETAG, DATE)
    url = f"{base}/versions"
    assert fetch_if_changed(url, known, allow_private=True) is None
    assert fetch_if_changed(url, Validators(etag=ETAG), allow_private=True) is None
    assert fetch_if_changed(url, Validators(last_modified=DATE), allow_private=True) is None
    assert fetch_if_changed(f"{base}/to?/versions", known, allow_private=True) is None


def test_what_has_changed_comes_with_its_new_version(base: str) -> None:
    raw = fetch_if_changed(f"{base}/versions", Validators('"v0"', "Sat, 05 Nov 1994 08:49:37 GMT"), allow_private=True)
    assert raw is not None
    assert (raw.data, raw.validators) == (PAGE, Validators(ETAG, DATE))


@given(name=st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\r\n\v\f")), as_date=st.booleans())
@example(name="Mi, 04 Mär 2026 08:49:37 GMT", as_date=True)
@settings(max_examples=50, deadline=None)
def test_whatever_a_server_calls_its_version_the_page_can_be_asked_for_again(
    server: WebServer, name: str, as_date: bool
) -> None:
    server.pages["/named"] = PAGE, {"Last-Modified" if as_date else "ETag": name.strip()}
    url = f"{server.url}/named"
    kept = get(url).validators
    again = fetch_if_changed(url, kept, allow_private=True)
    assert again == (None if kept.etag else get(url))
    assert (kept.last_modified or kept.etag or "").isascii()


def test_a_version_that_cannot_be_sent_is_not_asked_for(base: str) -> None:
    """One that was kept before such were left out."""
    kept = Validators("\N{SNOWMAN}", "Mi, 04 Mär 2026 08:49:37 GMT")
    raw = fetch_if_changed(f"{base}/echo", kept, allow_private=True)
    assert raw is not None
    assert b"if-" not in raw.data
    assert fetch_if_changed(f"{base}/versions", Validators("\N{SNOWMAN}", DATE), allow_private=True) is None


def test_without_a_known_version_the_whole_page_comes(base: str) -> None:
    raw = fetch_if_changed(f"{base}/page", Validators(), allow_private=True)
    assert raw is not None
    assert (raw.data, raw.validators) == (PAGE, Validators())


def test_a_version_that_is_no_header_value(base: str) -> None:
    with pytest.raises(FetchError):
        fetch_if_changed(f"{base}/versions", Validators("a\r\nX-Evil: 1"), allow_private=True)


# Limits


@pytest.mark.parametrize("path", ["/bomb", "/bomb/1?gzip, gzip", "/announced"])
def test_what_is_too_large(base: str, path: str) -> None:
    error = failure(base + path.replace(" ", "%20"))
    assert error.kind == "too_large"
    assert "larger than 10 MB" in str(error)


def test_what_is_too_large_is_cut_off_while_it_comes() -> None:
    with served() as server:
        assert failure(f"{server.url}/endless").kind == "too_large"
        assert server.hung_up.wait(30)


@pytest.mark.parametrize("path", ["/slow/body", "/slow/headers", "/silent"])
def test_what_takes_too_long_in_all(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MOST_SECONDS", 0.2)
    with served() as server:
        assert "took longer" in str(failure(server.url + path))


def test_a_connection_that_breaks_off(base: str) -> None:
    assert "broke off" in str(failure(f"{base}/broken"))


def test_what_is_no_http(base: str) -> None:
    assert failure(f"{base}/garbage").kind == "unreachable"


def test_nobody_listens() -> None:
    with socket.socket() as taken:  # bound, so that nobody else gets the port; not listening
        taken.bind(("127.0.0.1", 0))
        assert "cannot be reached" in str(failure(f"http://127.0.0.1:{taken.getsockname()[1]}/"))


@pytest.mark.parametrize(
    "url",
    ["http://", "https:///path", "http://[::1", "http://exa mple.test/", "http://a:port/", "http://127.0.0.1:99999/"],
)
def test_what_only_begins_like_an_address(url: str) -> None:
    failure(url)


def test_what_is_shown_of_an_address_can_be_shown() -> None:
    message = str(failure("http://127.0.0.1:1/\x1b[31m\n" + "x" * 9000))
    assert message.isprintable()
    assert len(message) < 600


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
