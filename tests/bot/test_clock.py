"""A clock that jumps, to the year 2099 and back: nothing is forgotten, nothing waits for ever."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from telegram import Chat, Message

from bot.state.chats import KEPT
from bot.telegram.handlers.errors import STALE, Fresh
from bot.wording.texts import texts_for
from index.embed.model_loader import LazyEmbedder
from index.library import Library
from index.store.sqlite import library_store as store_module
from index.store.sqlite.library_store import Store
from tests.support.articles import ASHES, ASK_KILN, ASK_OTTERS, KILN, POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.embedder import WordEmbedder
from tests.support.engine import BAKERY, CORRECTED, HARBOUR, RANKER
from tests.support.process import Bot, ask, press, quoted

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AHEAD = """
import time
real = time.time
time.time = lambda: real() + 73 * 365 * 24 * 3600
"""


@pytest.mark.timeout(300)
def test_answers_outlive_a_clock_that_ran_ahead(tmp_path: Path) -> None:
    folder, patched = tmp_path / "data", tmp_path / "patched"
    patched.mkdir()
    (patched / "sitecustomize.py").write_text(AHEAD)
    ahead = f"{patched}:{Path(__file__).parents[2]}"
    with Library.open(folder, LazyEmbedder("multilingual")) as library:
        library.add(RIVER)
        library.add(POTTERY)
    with BotApi(privacy=False) as api:
        with Bot(api, folder):
            ask(api, 5, ASK_KILN)
        with Bot(api, folder, PYTHONPATH=ahead):
            ask(api, 6, ASK_KILN)
            ask(api, 6, ASK_OTTERS)
        with Bot(api, folder):
            ask(api, 6, ASK_OTTERS)
            for chat in (5, 6):
                shown = press(api, chat, texts_for("en").context_button, number=0)
                assert quoted(shown) == [f"{KILN} {ASHES}"]


class Clock:
    def __init__(self) -> None:
        self.wall = NOW.timestamp()
        self.steady = 7.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def in_a_group(at: datetime) -> Message:
    return Message(1, at, Chat(-5, "group"))


def test_groups_are_heard_again_once_the_clock_is_put_right() -> None:
    clock = Clock()
    clock.wall += 100 * KEPT
    fresh = Fresh(lambda: clock.wall, lambda: clock.steady)
    clock.pass_by(60)
    clock.wall = NOW.timestamp()
    assert fresh.filter(in_a_group(NOW))
    assert fresh.filter(in_a_group(NOW - timedelta(seconds=STALE)))
    assert not fresh.filter(in_a_group(NOW - timedelta(seconds=STALE + 61)))


def test_what_was_said_long_before_the_start_stays_unanswered_however_long_it_runs() -> None:
    clock = Clock()
    fresh = Fresh(lambda: clock.wall, lambda: clock.steady)
    clock.pass_by(100_000)
    assert fresh.filter(in_a_group(NOW - timedelta(seconds=STALE)))
    assert not fresh.filter(in_a_group(NOW - timedelta(seconds=STALE + 1)))


def test_the_order_of_articles_and_versions_is_no_matter_of_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Jumping(datetime):
        years = iter((2026, 2099, 1970, 2025))

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(next(cls.years), 1, 1, tzinfo=UTC)

    monkeypatch.setattr(store_module, "datetime", Jumping)
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as library:
        library.add(HARBOUR)
        library.add(BAKERY)
        library.add(CORRECTED)
        assert [one.id for one in library.articles()] == [BAKERY.id, CORRECTED.id]
        assert library.newest() == BAKERY.id
        assert library.current(HARBOUR.id) == CORRECTED
        library.add(HARBOUR)
        assert library.current(CORRECTED.id) == HARBOUR
        assert library.verify() == []
