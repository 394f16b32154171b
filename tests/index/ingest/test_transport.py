"""Which addresses are connected to: only those that were checked, and only public ones unless a setting allows more."""

import pytest

from index.errors import FetchError
from index.ingest import fetch
from index.ingest.fetch import read
from index.ingest.transport import is_public
from tests.support.web import PAGE, Names, WebServer

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.1"),
    *("198.18.0.1", "192.0.2.1", "255.255.255.255", "224.0.0.1", "240.0.0.1"),
    *("::", "::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
    # IPv4 in IPv6: mapped, compatible, translated, 6to4, NAT64 (also for local use), Teredo
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1", "2002:7f00:1::"),
    *("2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2001:0:7f00:1::"),
]
PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808", "2002:808:808::"]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, server: WebServer) -> Names:
    return Names(monkeypatch, server)


def refused(url: str) -> None:
    with pytest.raises(FetchError, match="private address") as caught:
        read(url)
    assert caught.value.kind == "private"


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str, names: Names) -> None:
    names.table["innocent.test"] = [address]
    refused("http://innocent.test/")
    assert names.dialled == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[::1]", "localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "0.0.0.0", "127.0.0.1.", "①②⑦.⓪.⓪.①"),
    ],
)
def test_a_private_address_is_refused_however_it_is_written(host: str, server: WebServer) -> None:
    asked = len(server.requests)
    with pytest.raises(FetchError):
        read(f"http://{host}:{server.server_port}/page")
    assert len(server.requests) == asked


def test_one_private_address_among_public_ones_is_enough(names: Names) -> None:
    names.table["innocent.test"] = ["93.184.215.14", "10.0.0.1"]
    refused("http://innocent.test/")


def test_the_address_that_was_checked_is_connected_to(names: Names) -> None:
    names.table["news.test"] = ["93.184.215.14"]
    raw = read("http://news.test/page?b=c")
    assert (raw.data, raw.url) == (PAGE, "http://news.test/page?b=c")
    assert names.dialled == ["93.184.215.14"]
    assert names.asked == ["news.test"]


def test_the_next_address_is_tried_when_the_first_cannot_be_reached(names: Names) -> None:
    names.table["news.test"] = ["2606:2800:21f::1", "93.184.215.14", "93.184.215.15"]
    names.dead.add("93.184.215.14")
    assert read("http://news.test/page").data == PAGE
    assert names.dialled == names.table["news.test"]


def test_no_address_can_be_reached(names: Names) -> None:
    names.table["news.test"] = ["2606:2800:21f::1"]
    with pytest.raises(FetchError, match=r"cannot be reached .*unreachable"):
        read("http://news.test/page")


def test_no_such_host(names: Names) -> None:
    with pytest.raises(FetchError, match="no such host"):
        read("https://nowhere.test/")


@pytest.mark.parametrize("host", ["a" * 300 + ".test", "a..test", "xn--a.test", "-", "."])
def test_what_is_no_host_name(host: str) -> None:
    with pytest.raises(FetchError):
        read(f"http://{host}/")


def test_a_look_up_that_does_not_end(names: Names, monkeypatch: pytest.MonkeyPatch, server: WebServer) -> None:
    monkeypatch.setattr(fetch, "MOST_SECONDS", 0.1)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [server.hung_up.wait(5)][:0])
    with pytest.raises(FetchError, match="took longer"):
        read("http://slow.test/")


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/", "http://inner.test/", "//inner.test/x", "http://[::1]/", "http://2130706433/"]
)
def test_a_redirect_to_a_private_address_is_refused(location: str, names: Names) -> None:
    names.table |= {"news.test": ["93.184.215.14"], "inner.test": ["10.0.0.5"]}
    refused(f"http://news.test/to?{location}")
    assert names.dialled == ["93.184.215.14"]


def test_a_page_that_sends_on_to_a_private_address_is_refused(names: Names, server: WebServer) -> None:
    names.table["news.test"] = ["93.184.215.14"]
    server.pages["/on"] = (b'<meta http-equiv="refresh" content="0; url=http://127.0.0.1/page">', {})
    refused("http://news.test/on")


def test_a_redirect_keeps_the_name_not_the_address(names: Names) -> None:
    names.table["news.test"] = ["93.184.215.14"]
    assert read("http://news.test/to?/page").url == "http://news.test/page"


def test_a_cookie_goes_back_to_its_own_host_alone(names: Names) -> None:
    names.table |= {"news.test": ["93.184.215.14"], "other.test": ["93.184.215.14"]}
    assert read("http://news.test/loop").data == PAGE
    assert b"seen=1" not in read("http://news.test/cookie?http://other.test/echo").data
    assert b"seen=1" in read("http://news.test/cookie?http://news.test/echo").data


def test_the_host_header_names_the_host(names: Names) -> None:
    names.table |= {"news.test": ["93.184.215.14"], "xn--80adxhks.test": ["93.184.215.14"]}
    assert "'host': 'news.test:81'" in read("http://news.test:81/echo#part").data.decode()
    assert "'host': 'xn--80adxhks.test'" in read("http://москва.test/echo").data.decode()
