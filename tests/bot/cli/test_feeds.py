"""The commands that follow feeds."""

import json

import pytest

from tests.support.terminal import Run
from tests.support.web import served


def test_feeds_are_followed_listed_and_followed_no_longer(quoth: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_ALLOW_PRIVATE_ADDRESSES", "true")
    assert quoth("feeds") == (0, "No feed is followed. Follow one: quoth follow FEED\n", "")
    with served() as server:
        item = f"<item><title>A</title><link>{server.url}/a</link></item>"
        server.pages["/rss"] = (
            f"<rss version='2.0'><channel><title>Sk\x7farn</title>{item}</channel></rss>".encode(),
            {},
        )
        link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
        server.pages["/front"] = f"<html><head>{link}</head><body>Hello</body></html>".encode(), {}
        feed = f"{server.url}/rss"
        status, out, err = quoth("follow", f"{server.url}/front", "--announce", "@skarn", "--every", "60")
        assert (status, err) == (0, "")
        assert out.startswith(f"Following Skarn ({feed}), 1 articles now.")
        (told,) = [json.loads(line) for line in quoth("feeds", "--json")[1].splitlines()]
        assert told == {
            "url": feed, "title": "Skarn", "minutes": 60, "announce": "@skarn", "next": None, "failures": 0
        }  # fmt: skip
        assert f"{feed}  Skarn  (every 60 minutes, next now, announced in @skarn)" in quoth("feeds")[1]
        for wrong in ((f"{server.url}/a",), ("feed.xml",), (feed, "--announce", "nobody")):
            status, out, err = quoth("follow", *wrong)
            assert (status, out) == (1, "")
            assert err.startswith("quoth: ")
        assert quoth("unfollow", feed)[0] == 0
        assert quoth("unfollow", feed)[0] == 1
