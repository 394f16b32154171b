"""The document of a feed: its entries, and what is not a feed."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.ingest.feed import feed_link, parse
from tests.support.pages.vell import MILL, page

ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Vell Daily</title>
<entry><title>A &amp; B</title><link href="/b"/><updated>2026-05-02T10:00:00Z</updated><id>2</id></entry>
<entry><title>Old</title><link href="https://vell.example/a"/><published>2026-05-01T10:00:00Z</published></entry>
<entry><title>Again</title><link href="/b"/></entry><entry><title>No link</title></entry>
<entry><title>Bad</title><link href="http://[x"/></entry>
<entry><title>Script</title><link href="javascript:alert(1)"/></entry></feed>"""


def test_the_entries_of_a_feed_each_address_once() -> None:
    feed = parse(ATOM, "https://vell.example/feed.xml")
    assert feed.title == "Vell Daily"
    assert [(one.url, one.title, one.updated) for one in feed.entries] == [
        ("https://vell.example/b", "A & B", "2026-05-02T10:00:00Z"),
        ("https://vell.example/a", "Old", "2026-05-01T10:00:00Z"),
    ]


@pytest.mark.parametrize("data", [b"", b"<html><body>Hello</body></html>", b"\x00\xff", b'{"items": []}', b"<rss"])
def test_what_is_no_feed_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match="not an RSS or Atom feed"):
        parse(data, "https://vell.example/feed.xml")


@given(st.binary(max_size=300), st.integers(0, len(ATOM)))
def test_any_bytes_are_a_feed_or_none(noise: bytes, at: int) -> None:
    for data in (noise, ATOM[:at] + noise + ATOM[at:]):
        with contextlib.suppress(SourceError):
            parse(data, "https://vell.example/feed.xml")
        feed_link(data, "https://vell.example/")


def test_what_a_server_sends_is_never_the_name_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(ATOM)
    with pytest.raises(SourceError, match="not an RSS or Atom feed"):
        parse(bytes(tmp_path / "feed.xml"), "https://vell.example/feed.xml")


def test_an_entity_bomb_does_not_go_off() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<!DOCTYPE rss [<!ENTITY e0 "boom">{entities}]><rss version="2.0"><channel><title>&e9;</title></channel></rss>'
    )
    with contextlib.suppress(SourceError):
        assert len(parse(bomb.encode(), "https://vell.example/").title) < 10_000


def test_a_page_names_its_feed() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    assert (
        feed_link(f"<html><head>{link}</head></html>".encode(), "https://vell.example/x") == "https://vell.example/rss"
    )
    assert feed_link(page("Nothing", *MILL), "https://vell.example/x") is None
