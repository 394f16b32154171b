"""From the update to what is sent and written down: how often work goes to a thread, and the database to the disk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from telegram import Update

from bot.observe.liveness import Liveness
from bot.observe.metrics import Metrics
from bot.state.chats import ChatState
from bot.state.database import Database
from bot.state.reply_log import ReplyLog
from bot.state.stored_updates import StoredUpdates
from bot.state.tallies import Tallies
from bot.telegram.handlers.question import QuestionHandler
from bot.telegram.handlers.services import Services
from bot.telegram.messages.sending import Sender
from bot.telegram.updates.chat_processor import PerChatProcessor
from bot.telegram.updates.queue import DurableQueue
from bot.telegram.updates.quota import Quota
from bot.telegram.updates.workers import WorkerThreads
from index.library import Library
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import BAKERY, HARBOUR, RANKER
from tests.support.telegram import READER, Telegram, connected, context_of, message, update

HOPS, COMMITS = 4, 2  # no more than that


class Counted:
    """What a bot does: its calls of the Bot API in ``telegram``, its ``hops`` to threads and its ``commits``."""

    def __init__(self, database: Database, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
        self.telegram = Telegram()
        self.hops: list[str] = []
        self.commits: list[str] = []
        self.state, self.stored_updates = ChatState(database), StoredUpdates(database)
        self._services = Services(
            library, self.state, Tallies(database), ReplyLog(database, self.stored_updates), frozenset(),
            Quota(9), Quota(9), Quota(9), Metrics(CollectorRegistry()), Liveness(),
        )  # fmt: skip
        self._handler = QuestionHandler(self._services, Sender(), recorded := set[int]())
        self._queue = DurableQueue(self.stored_updates)

        async def refuse(one: Update) -> None: ...

        self._processor = PerChatProcessor(
            self.stored_updates, set(), recorded, refuse, lambda kind: None, self._queue.put_again
        )
        self._count(database, monkeypatch)

    async def hears(self, text: str) -> None:
        bot = await connected(self.telegram)
        await self._queue.put(update(bot, message=message(text)))
        one = await self._queue.get()
        assert isinstance(one, Update)
        await self._processor.process_update(one, self._handler.message(one, context_of(bot)))

    def _count(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        loop, run_in_workers = asyncio.get_running_loop(), WorkerThreads.run
        run_in_executor, connection = loop.run_in_executor, database._db

        def in_executor(executor: Any, work: Callable[..., Any], *arguments: Any) -> Any:
            self.hops.append("a thread of asyncio")
            return run_in_executor(executor, work, *arguments)

        async def in_workers(workers: WorkerThreads, *arguments: Any) -> Any:
            self.hops.append("a thread for questions")
            return await run_in_workers(workers, *arguments)

        def traced(statement: str) -> None:
            # What writes outside of a transaction is one of its own.
            writes_alone = statement.startswith(("INSERT", "UPDATE", "DELETE")) and not connection.in_transaction
            if statement == "COMMIT" or writes_alone:
                self.commits.append(statement)

        monkeypatch.setattr(loop, "run_in_executor", in_executor)
        monkeypatch.setattr(WorkerThreads, "run", in_workers)
        connection.set_trace_callback(traced)


@pytest.fixture
async def counted(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counted]:
    with Library(Store(tmp_path / "library", "words"), WordEmbedder(), RANKER) as library:
        for article in (HARBOUR, BAKERY):
            library.add(article)
        yield Counted(database, library, monkeypatch)


@pytest.mark.parametrize("question", ["When did engineers build the crane?", "Who painted the ceiling?"])
async def test_a_private_question(counted: Counted, question: str) -> None:
    await counted.hears(question)
    assert counted.telegram.methods() == ["sendMessage"]
    assert len(counted.hops) <= HOPS, counted.hops
    assert len(counted.commits) <= COMMITS, counted.commits
    assert counted.state.reply_to(READER, 10) is not None
    assert counted.stored_updates.waiting() == 0


async def test_what_is_no_question(counted: Counted) -> None:
    """It is written down, and struck out."""
    await counted.hears("/unknown")
    assert counted.telegram.methods() == ["sendMessage"]
    assert len(counted.hops) == len(counted.commits) == 2
    assert counted.stored_updates.waiting() == 0
