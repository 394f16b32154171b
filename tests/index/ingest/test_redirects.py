"""Where a page leads: redirects of the server, and pages that send their visitor on."""

import pytest

from index.ingest.fetch import MOST_REDIRECTS
from tests.support.web import PAGE, WebServer, failure, get, served


@pytest.mark.parametrize("hops", [1, MOST_REDIRECTS])
def test_redirects_are_followed(base: str, hops: int) -> None:
    raw = get(f"{base}/hops/{hops}")
    assert raw.data == PAGE
    assert raw.url == f"{base}/page"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_followed_to_the_part_that_it_names(base: str, status: int) -> None:
    assert get(f"{base}/to/{status}?/page%23part").url == f"{base}/page#part"


def test_too_many_redirects() -> None:
    with served() as server:
        assert "more than 5 times" in str(failure(f"{server.url}/hops/{MOST_REDIRECTS + 1}"))
        assert len(server.requests) == MOST_REDIRECTS + 1


def test_a_redirect_that_ends_only_with_its_cookie(base: str) -> None:
    assert get(f"{base}/loop").data == PAGE
    assert "seen=1" not in get(f"{base}/echo").data.decode()  # nobody is known again at the next fetch


@pytest.mark.parametrize(
    "target",
    ["ftp://127.0.0.1/x", "file:///etc/hostname", "javascript:1", "data:text/html,<p>x", "http://", "http:///x"],
)
def test_a_redirect_to_what_is_no_web_address(base: str, target: str) -> None:
    failure(f"{base}/to?{target}")


@pytest.mark.parametrize("target", ["http://[::1", "http://a:b:c/", "http://127.0.0.1:99999/", "http://a\x7fb/"])
def test_a_redirect_to_what_is_no_address_at_all(base: str, target: str) -> None:
    failure(f"{base}/to?{target}")


def test_a_redirect_to_nowhere(base: str) -> None:
    assert failure(f"{base}/nowhere").status == 302


@pytest.mark.parametrize(
    "tag",
    [
        '<meta http-equiv="refresh" content="0; url=/page">',
        "<META content='1;URL=&quot;/page&quot;' HTTP-EQUIV=Refresh>",
        "<meta http-equiv=refresh content=0;/page />",
    ],
)
def test_a_page_that_sends_its_visitor_on(server: WebServer, tag: str) -> None:
    server.pages["/on"] = (f"<!doctype html><title>Moved</title>{tag}<p>Moved.".encode(), {})
    raw = get(f"{server.url}/on")
    assert (raw.data, raw.url) == (PAGE, f"{server.url}/page")


def test_pages_that_send_on_are_counted_as_redirects(server: WebServer) -> None:
    server.pages["/a"] = (b'<meta http-equiv="refresh" content="0; url=/b">', {})
    server.pages["/b"] = (b'<meta http-equiv="refresh" content="0; url=/a">', {})
    assert "more than 5 times" in str(failure(f"{server.url}/a"))
    server.pages["/a"] = (b'<meta http-equiv="refresh" content="0; url=file:///etc/passwd">', {})
    assert "not a web address" in str(failure(f"{server.url}/a"))


@pytest.mark.parametrize(
    ("tag", "content_type"),
    [
        ('<meta http-equiv="refresh" content="900; url=/page">', "text/html"),
        ('<meta http-equiv="refresh" content="0">', "text/html"),
        ('<meta http-equiv="refresh" content="0; url=/stays">', "text/html"),
        ('<noscript><meta http-equiv="refresh" content="0; url=/page"></noscript>', "text/html"),
        ('<!-- <meta http-equiv="refresh" content="0; url=/page"> -->', "text/html"),
        ("""<script>w('<meta http-equiv="refresh" content="0; url=/page">')</script>""", "text/html"),
        ('<meta name="refresh" content="0; url=/page">', "text/html"),
        ('<meta http-equiv="refresh" content="0; url=/page">', "text/plain"),
    ],
)
def test_a_page_that_stays(server: WebServer, tag: str, content_type: str) -> None:
    body = f"<!doctype html>{tag}<p>Here.".encode()
    server.pages["/stays"] = (body, {"Content-Type": content_type})
    assert get(f"{server.url}/stays").data == body
