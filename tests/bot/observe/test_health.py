"""When /healthz says that something is wrong, and what."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from bot.feeds.followed import FeedStore
from bot.observe.health import SILENT, STUCK, AskTelegram, Health
from bot.observe.liveness import Liveness
from bot.observe.metrics import Numbers, Stock, watch_stock
from bot.state.chats import ChatState
from bot.state.database import Database
from bot.state.stored_updates import StoredUpdates
from bot.web.metrics_server import MetricsServer
from index.ingest.fetch import Validators
from index.library import Library
from index.retrieve.ranker import default_ranker
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import HARBOUR
from tests.support.process import free_port


@dataclass
class Watched:
    """A bot's parts, with a clock that is set by hand."""

    database: Database
    library: Library
    time: float = 0.0
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.liveness = Liveness(lambda: self.time)

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}")

    async def trouble(self) -> str:
        """One line that names what is wrong; "ok" if nothing is."""
        response = await self.get("/healthz")
        *lines, end = response.text.split("\n")
        assert (len(lines), end) == (1, "")
        assert response.status_code == (200 if lines == ["ok"] else 503)
        return lines[0]


@pytest.fixture
async def watched(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Watched]:
    """``request.param`` answers getWebhookInfo."""
    ask: AskTelegram | None = getattr(request, "param", None)
    with Library(Store(tmp_path, "words"), WordEmbedder(), default_ranker()) as library:
        watched, registry = Watched(database, library), CollectorRegistry()
        stored_updates, feeds = StoredUpdates(database), FeedStore(database)
        watch_stock(
            registry,
            Stock(lambda: Numbers(stored_updates.waiting(), library.size(), library.passage_count(), feeds.by_state())),
        )
        health = Health(watched.liveness, ChatState(database), library, ask)
        server = MetricsServer(registry, health, "127.0.0.1", watched.port)
        await server.start()
        yield watched
        await server.stop()


async def test_telegram_is_heard_of_by_polling(watched: Watched) -> None:
    assert await watched.trouble() == "The bot is starting."
    watched.liveness.heard()
    watched.time += SILENT - 1
    assert await watched.trouble() == "ok"
    watched.time += 1
    assert await watched.trouble() == "Nothing was heard from Telegram for 120 seconds. Check the network."
    watched.liveness.heard()
    assert await watched.trouble() == "ok"


async def test_a_question_that_is_stuck(watched: Watched) -> None:
    watched.liveness.heard()
    with watched.liveness.asking():
        watched.time += STUCK - 1
        with watched.liveness.asking():
            assert await watched.trouble() == "ok"
            watched.time += 1
            assert (await watched.trouble()).startswith("A question has been waiting for 60 seconds.")
    assert await watched.trouble() == "ok"


async def test_a_database_that_cannot_be_written(watched: Watched) -> None:
    watched.liveness.heard()
    watched.database.run("PRAGMA query_only = ON")
    assert (await watched.trouble()).startswith("The bot's database cannot be written.")
    watched.database.run("PRAGMA query_only = OFF")
    assert await watched.trouble() == "ok"


async def test_a_library_that_cannot_be_read(watched: Watched) -> None:
    watched.liveness.heard()
    watched.library.close()
    assert await watched.trouble() == "The library cannot be read. Run: quoth verify."


async def test_a_disk_that_does_not_answer_keeps_nobody_waiting(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.observe.health.PATIENCE", 0.01)
    watched.liveness.heard()
    with watched.database._lock:
        assert (await watched.trouble()).startswith("The bot's database cannot be written.")
    # The thread that waited for it is free again.
    monkeypatch.undo()
    assert await watched.trouble() == "ok"


def reached() -> Any:
    return {"url": "https://a.example/hook", "pending_update_count": 3, "last_error_date": 1}


def not_reached() -> Any:
    return {"url": "https://a.example/hook", "pending_update_count": 3, "last_error_date": int(time.time())}


def out_of_reach() -> Any:
    return None


def asking(answer: Any) -> AskTelegram:
    async def ask() -> Any:
        return answer()

    return ask


@pytest.mark.parametrize("watched", [asking(reached)], indirect=True)
async def test_a_webhook_that_nothing_comes_to_is_well_as_long_as_telegram_answers(watched: Watched) -> None:
    watched.liveness.heard()
    for _ in range(3):
        watched.time += SILENT
        assert await watched.trouble() == "ok"


@pytest.mark.parametrize("watched", [asking(not_reached)], indirect=True)
async def test_a_webhook_that_telegram_cannot_reach(watched: Watched) -> None:
    watched.liveness.heard()
    assert await watched.trouble() == "Telegram cannot deliver to QUOTH_WEBHOOK_URL. Check the reverse proxy."


@pytest.mark.parametrize("watched", [asking(out_of_reach)], indirect=True)
async def test_a_webhook_while_telegram_is_out_of_reach(watched: Watched) -> None:
    watched.liveness.heard()
    assert await watched.trouble() == "ok"
    watched.time += SILENT
    assert (await watched.trouble()).startswith("Nothing was heard from Telegram for 120 seconds.")


async def test_what_waits_what_there_is_and_how_feeds_are(watched: Watched) -> None:
    stored_updates, feeds = StoredUpdates(watched.database), FeedStore(watched.database)
    for number in (1, 2, 3):
        stored_updates.keep(number, "{}")
    stored_updates.done(2)
    for name in "abc":
        feeds.follow(f"https://{name}.example/feed", name, 60, None)
    first, second, _ = feeds.all()
    feeds.visited(first, 0, Validators(None, None), failures=0)
    feeds.visited(second, 0, Validators(None, None), failures=2)
    added = watched.library.add(HARBOUR)
    for expected in (added.passages, 0):
        text = (await watched.get("/metrics")).text
        assert "quoth_queue 2.0\n" in text
        assert f"quoth_articles {bool(expected):.1f}\n" in text
        assert f"quoth_passages {expected:.1f}\n" in text
        for state in ("new", "fine", "failing"):
            assert f'quoth_feeds{{state="{state}"}} 1.0\n' in text
        if expected:
            watched.library.remove(HARBOUR.id)


async def test_a_broken_library_leaves_the_other_numbers(watched: Watched) -> None:
    watched.library.close()
    response = await watched.get("/metrics")
    assert response.status_code == 200
    assert "quoth_articles" not in response.text
