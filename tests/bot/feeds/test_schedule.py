"""When a feed and its pages are looked at; whoever serves them is left in peace."""

import pytest

from bot.feeds.followed import FRESH, LONGEST_WAIT
from bot.feeds.schedule import LOOK, RECOVER, TRIES, keep_visiting
from index.errors import SourceError, StoreError
from index.ingest.source import correction
from index.models import Article
from tests.support.feeds import EVERY, START, World
from tests.support.pages.vell import MILL, page


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
