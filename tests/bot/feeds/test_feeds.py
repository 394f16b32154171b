"""Feeds: what they name is added, looked at again, corrected; whoever serves them is left in peace."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.followed import FRESH, LONGEST_WAIT, FeedPage, FeedStore, Followed
from bot.feeds.schedule import LOOK, RECOVER, TRIES, Follower, keep_visiting
from bot.state.database import Database
from index.errors import SourceError, StoreError
from index.ingest.feed import feed_link, parse
from index.ingest.source import correction, read_article
from index.library import Library
from index.models import Article
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import RANKER
from tests.support.web import WebServer, served

EVERY = 1800
CHAT = "-100123"
START = 1_800_000_000
ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Vell Daily</title>
<entry><title>A &amp; B</title><link href="/b"/><updated>2026-05-02T10:00:00Z</updated><id>2</id></entry>
<entry><title>Old</title><link href="https://vell.example/a"/><published>2026-05-01T10:00:00Z</published></entry>
<entry><title>Again</title><link href="/b"/></entry><entry><title>No link</title></entry>
<entry><title>Bad</title><link href="http://[x"/></entry>
<entry><title>Script</title><link href="javascript:alert(1)"/></entry></feed>"""


def page(title: str, *sentences: str) -> bytes:
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    head = f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
    return f"{head}<body><article><h1>{title}</h1>{body}</article></body></html>".encode()


MILL = (
    "The cotton mill of Vell closed in March after a hundred and twelve years of spinning, its last owner said.",
    "Forty spinners lost their work. The council wants to turn the hall into a school for three hundred children.",
)
PIER = (
    "The pier of Vell was rebuilt in autumn after a storm had taken forty metres of it in a single night.",
    "Ferries call there twice a day. The harbour master expects the first cruise ship at the end of the summer.",
)


def rss(server: WebServer, *paths: str, updated: str = "Fri, 01 May 2026 10:00:00 GMT") -> bytes:
    items = "".join(
        f"<item><title>{path}</title><link>{server.url}{path}</link><pubDate>{updated}</pubDate></item>"
        for path in paths
    )
    return f"<rss version='2.0'><channel><title>Vell Daily</title>{items}</channel></rss>".encode()


# The document


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


# The schedule


class World:
    """A site with a feed, a library, a clock, and what was announced."""

    def __init__(self, server: WebServer, folder: Path) -> None:
        self.server = server
        self.library = Library(Store(folder, "words"), WordEmbedder(), RANKER)
        self.database = Database(folder)
        self.feeds = FeedStore(self.database)
        self.now = START
        self.announced: list[str] | None = []  # None: the power goes
        self.telegram_takes_it = True
        self.deaf: str | None = None  # a chat that cannot be told anything
        self.pauses = 0
        self.stop = False
        server.pages["/mill"] = page("The mill closes", *MILL), {}
        server.pages["/pier"] = page("The pier stands again", *PIER), {}
        self.feed("/mill")
        self.feeds.follow(f"{server.url}/feed", "Vell Daily", EVERY, CHAT)

    def feed(self, *paths: str, updated: str = "Fri, 01 May 2026 10:00:00 GMT", etag: str = "") -> None:
        more = {"ETag": etag} if etag else {}
        self.server.pages["/feed"] = rss(self.server, *paths, updated=updated), {"Content-Type": "text/xml", **more}

    def visit(self, later: int = 0) -> list[str]:
        """The paths that were asked for."""
        self.now += later
        self.server.requests.clear()

        self.follower().visit_due()
        return [path for path, _ in self.server.requests]

    def follower(self) -> Follower:
        def announce(chat: str, article: Article) -> bool:
            if self.announced is None:
                raise PowerCut
            takes_it = self.telegram_takes_it and chat != self.deaf
            if takes_it:
                self.announced.append(f"{article.title} in {chat}")
            return takes_it

        def pause() -> bool:
            self.pauses += 1
            return self.stop

        return Follower(self.feeds, self.library, announce, allow_private=True, pause=pause, now=lambda: self.now)

    def titles(self) -> list[str]:
        return [one.title for one in self.library.articles()]

    def only(self) -> Followed:
        (feed,) = self.feeds.all()
        return feed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served() as server:
        world = World(server, tmp_path)
        yield world
        world.library.close()
        world.database.close()


def test_the_articles_of_a_feed_are_added_and_only_later_ones_announced(world: World) -> None:
    assert world.visit() == ["/feed", "/mill"]
    assert world.titles() == ["The mill closes"]
    assert world.announced == []
    world.feed("/pier", "/mill")
    assert world.visit(EVERY) == ["/feed", "/mill", "/pier"]
    assert world.titles() == ["The pier stands again", "The mill closes"]
    assert world.announced == [f"The pier stands again in {CHAT}"]
    assert world.pauses == 3
    world.visit(EVERY)
    assert world.announced == [f"The pier stands again in {CHAT}"]


def test_what_telegram_does_not_take_is_announced_later(world: World) -> None:
    world.visit()
    world.feed("/pier", "/mill")
    world.telegram_takes_it = False
    world.visit(EVERY)
    world.telegram_takes_it = True
    world.visit(int(RECOVER))
    assert world.announced == [f"The pier stands again in {CHAT}"]


def test_one_chat_that_cannot_be_told_keeps_no_other_waiting(world: World) -> None:
    world.visit()
    (mill,) = world.library.articles()
    world.library.add(Article("The bridge was painted red in May by two sisters.", "The bridge"))
    bridge = world.library.articles()[0]
    world.feeds.follow("https://other.example/feed", "Other", EVERY, "-100456")
    world.feeds.announce(f"{world.server.url}/feed", mill.id)
    world.feeds.announce("https://other.example/feed", bridge.id)
    world.deaf = CHAT
    world.visit(1)
    assert world.announced == ["The bridge in -100456"]
    world.feeds.move(CHAT, -100789)
    world.visit(int(RECOVER))
    assert world.announced == ["The bridge in -100456", "The mill closes in -100789"]


def test_what_could_not_be_struck_out_is_not_announced_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.visit()
    world.feeds.announce(f"{world.server.url}/feed", world.library.articles()[0].id)

    def full(article: str) -> None:
        raise StoreError("no room")

    follower = world.follower()
    with monkeypatch.context() as patch:
        patch.setattr(world.feeds, "announced", full)
        for _ in range(3):
            with pytest.raises(StoreError):
                follower.visit_due()
    follower.visit_due()
    assert (world.announced, world.feeds.announcements()) == ([f"The mill closes in {CHAT}"], [])


def test_a_page_that_its_owner_had_added_is_corrected_not_announced(world: World) -> None:
    world.visit()
    world.library.add(Article("The pier fell into the sea.", "The pier stands", url=f"{world.server.url}/pier"))
    world.feed("/pier", "/mill")
    world.visit(EVERY)
    assert world.titles() == ["The pier stands again", "The mill closes"]
    assert world.announced == []


class PowerCut(BaseException): ...


@pytest.mark.parametrize("moment", ["before it is added", "before its page is noted", "before it is announced"])
def test_an_announcement_outlasts_a_power_cut(world: World, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    looked, really_add = world.feeds.looked, world.library.add

    def add(article: Article, **how: Any) -> Any:
        if article.title == "The pier stands again":
            raise PowerCut
        return really_add(article, **how)

    def note(page: FeedPage, *arguments: Any, **how: Any) -> None:
        if page.url.endswith("/pier"):
            raise PowerCut
        looked(page, *arguments, **how)

    world.visit()
    world.feed("/pier", "/mill")
    with monkeypatch.context() as patch:
        if moment == "before it is added":
            patch.setattr(world.library, "add", add)
        elif moment == "before its page is noted":
            patch.setattr(world.feeds, "looked", note)
        else:
            patch.setattr(world, "announced", None)
        with pytest.raises(PowerCut):
            world.visit(EVERY)
    assert world.announced == []
    world.visit(1)
    world.visit(EVERY)
    assert world.announced == [f"The pier stands again in {CHAT}"]


def test_what_is_removed_or_unfollowed_before_it_could_be_announced(world: World) -> None:
    world.visit()
    world.feed("/pier", "/mill")
    world.telegram_takes_it = False
    world.visit(EVERY)
    assert len(world.feeds.announcements()) == 1
    world.library.remove(world.library.articles()[0].id)
    world.telegram_takes_it = True
    world.visit(EVERY)
    assert (world.announced, world.feeds.announcements()) == ([], [])
    world.feeds.announce(f"{world.server.url}/feed", world.library.articles()[0].id)
    world.feeds.unfollow(f"{world.server.url}/feed")
    world.visit(EVERY)
    assert (world.announced, world.feeds.announcements()) == ([], [])


def test_it_is_visited_when_its_time_has_come(world: World) -> None:
    world.visit()
    assert world.visit(EVERY - 1) == []
    assert world.visit(1)[0] == "/feed"


def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    world.feed("/mill", etag='"f1"')
    world.server.pages["/mill"] = page("The mill closes", *MILL), {"ETag": '"m1"'}
    world.visit()
    world.visit(EVERY)
    assert [headers.get("if-none-match") for _, headers in world.server.requests] == ['"f1"', '"m1"']
    assert world.titles() == ["The mill closes"]


def test_a_changed_page_is_a_correction(world: World) -> None:
    world.visit()
    world.server.pages["/mill"] = page("The mill closes", MILL[0], MILL[1].replace("Forty", "Sixty")), {}
    world.visit(EVERY)
    (listing,) = world.library.articles()
    assert listing.corrected is not None
    assert "Sixty" in world.library.article(listing.id).text
    assert world.announced == []


def test_old_articles_are_looked_at_only_when_the_feed_says_that_they_changed(world: World) -> None:
    world.visit()
    assert world.visit(FRESH + 1) == ["/feed", "/mill"]
    assert world.visit(EVERY) == ["/feed"]
    world.feed("/mill", updated="Sat, 30 May 2026 10:00:00 GMT")
    assert world.visit(EVERY) == ["/feed", "/mill"]


def test_one_page_that_fails_keeps_no_other_waiting_and_is_given_up_in_the_end(world: World) -> None:
    world.feed("/pier", "/500", "/mill")
    assert world.visit() == ["/feed", "/mill", "/500", "/pier"]
    assert len(world.titles()) == 2
    looks = sum("/500" in world.visit(LONGEST_WAIT) for _ in range(TRIES + 3))
    assert looks == TRIES - 1


def test_a_feed_that_fails_is_visited_less_and_less(world: World) -> None:
    world.server.pages["/feed"] = b"broken", {}
    waits = []
    for failures in range(1, 9):
        assert world.visit() == ["/feed"]
        assert world.only().failures == failures
        waits.append(world.only().due - world.now)
        world.now = world.only().due
    assert waits[:3] == [2 * EVERY, 4 * EVERY, 8 * EVERY]
    assert waits[-1] == LONGEST_WAIT
    world.feed("/mill")
    world.visit()
    assert world.only().failures == 0
    assert world.only().due == world.now + EVERY


def test_a_server_is_left_alone_as_long_as_it_asks_for(world: World) -> None:
    world.feeds.unfollow(f"{world.server.url}/feed")
    world.feeds.follow(f"{world.server.url}/429?7200", "Busy", 300, None)
    world.visit()
    assert world.only().due == START + 7200


def test_what_an_owner_removed_stays_away(world: World) -> None:
    world.visit()
    world.library.remove(world.library.articles()[0].id)
    world.feed("/mill", updated="Sat, 30 May 2026 10:00:00 GMT")
    assert world.visit(EVERY) == ["/feed"]
    assert world.titles() == []


def test_a_page_that_has_shrunk_to_a_teaser_corrects_nothing(world: World) -> None:
    world.visit()
    world.server.pages["/mill"] = page("The mill closes", MILL[0][:60] + " and so on it goes."), {}
    world.visit(EVERY)
    (listing,) = world.library.articles()
    assert listing.corrected is None
    with pytest.raises(SourceError, match="less than half"):
        correction(
            world.library.current(listing.id), Article("The mill closed. More for subscribers.", "The mill closes")
        )


def test_it_stops_between_two_pages_and_comes_back(world: World) -> None:
    world.feed("/pier", "/mill")
    world.stop = True
    assert world.visit() == ["/feed", "/mill"]
    world.stop = False
    assert world.visit() == ["/feed", "/pier"]
    assert len(world.titles()) == 2
    assert world.announced == []


def test_a_feed_that_is_followed_no_longer_is_not_visited(world: World) -> None:
    world.visit()
    assert world.feeds.unfollow(f"{world.server.url}/feed")
    assert not world.feeds.unfollow(f"{world.server.url}/feed")
    assert world.visit(EVERY) == []
    assert world.titles() == ["The mill closes"]


# The clock


CENTURY = 100 * 365 * 24 * 3600


def test_a_clock_that_ran_ahead_and_is_put_right_stops_no_feed(world: World) -> None:
    world.visit()
    world.feed("/pier", "/mill")
    assert world.visit(CENTURY) == ["/feed", "/mill", "/pier"]
    world.server.pages["/mill"] = page("The mill closes", MILL[0], MILL[1].replace("Forty", "Sixty")), {}
    assert world.visit(EVERY - CENTURY) == ["/feed", "/mill", "/pier"]
    assert [one.corrected is not None for one in world.library.articles()] == [False, True]
    assert world.only().due == world.now + EVERY
    assert world.visit(EVERY) == ["/feed", "/mill", "/pier"]
    world.visit(FRESH + 2 * EVERY)
    assert world.visit(EVERY) == ["/feed"], "after a month an article is left alone, as ever"


def test_what_was_removed_or_given_up_stays_so_when_the_clock_is_put_right(world: World) -> None:
    world.feed("/pier", "/500")
    world.visit()
    for _ in range(TRIES):
        world.visit(LONGEST_WAIT)
    world.library.remove(world.library.articles()[0].id)
    world.visit(CENTURY)
    assert world.visit(EVERY - CENTURY) == ["/feed"]
    assert world.visit(EVERY) == ["/feed"]
    assert world.titles() == []


def test_a_full_disk_does_not_make_it_ask_the_same_again_and_again() -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) > 5

    def visit() -> None:
        if len(waits) < 3:
            raise StoreError("The disk is full.")

    keep_visiting(visit, wait)
    assert waits == [LOOK, 0, RECOVER, LOOK, LOOK, LOOK]


# The page itself


def test_of_another_form_of_a_page_the_page_itself_is_read(world: World) -> None:
    link = f'<link rel="canonical" href="{world.server.url}/mill">'
    teaser = page("The mill closes (mobile)", *MILL).replace(b"<head>", f"<head>{link}".encode())
    world.server.pages["/amp/mill"] = teaser, {}
    found = read_article(f"{world.server.url}/amp/mill?utm_source=x", allow_private=True)
    assert (found.title, found.url) == ("The mill closes", f"{world.server.url}/mill")
    del world.server.pages["/mill"]  # then what there is has to do
    found = read_article(f"{world.server.url}/amp/mill", allow_private=True)
    assert (found.title, found.url) == ("The mill closes (mobile)", f"{world.server.url}/mill")


def test_a_link_that_is_led_on_to_an_article_is_known_for_it(world: World) -> None:
    short = f"{world.server.url}/to/302?{world.server.url}/mill"
    added = world.library.add(read_article(short, allow_private=True)).article
    assert added.url == f"{world.server.url}/mill"
    assert world.library.at(short) == world.library.at(added.url) == added.id
