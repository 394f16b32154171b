"""What a feed brings is added, and announced once: over refusals, full disks and power cuts."""

from typing import Any

import pytest

from bot.feeds.followed import FeedPage
from bot.feeds.schedule import RECOVER
from index.errors import StoreError
from index.models import Article
from tests.support.feeds import CHAT, EVERY, PowerCut, World


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
