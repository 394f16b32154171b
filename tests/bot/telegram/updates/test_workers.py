"""Threads for the model: what they return, and what becomes of one that is stuck."""

import asyncio
import threading
from functools import partial

import pytest

from bot.telegram.updates.workers import Stuck, WorkerThreads

AT_ONCE = 0.001  # seconds


def test_results_and_errors_come_back() -> None:
    async def ask() -> None:
        workers = WorkerThreads(2)
        squares = [workers.run(partial(pow, n, 2), 10) for n in range(20)]
        assert await asyncio.gather(*squares) == [n * n for n in range(20)]
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0, 10)
        assert await workers.run(lambda: "still there") == "still there"

    asyncio.run(ask())


def test_no_more_are_at_work_at_once_than_there_are_threads() -> None:
    async def ask() -> None:
        workers, both, over = WorkerThreads(2), threading.Barrier(3), threading.Event()
        jobs = [asyncio.create_task(workers.run(lambda: (both.wait(), over.wait()))) for _ in range(2)]
        third = asyncio.create_task(workers.run(over.is_set))
        await asyncio.to_thread(both.wait)
        assert not third.done()
        over.set()
        assert await third is True
        await asyncio.gather(*jobs)

    asyncio.run(ask())


def test_one_that_is_stuck_is_given_up_and_others_are_answered() -> None:
    async def ask() -> None:
        before = threading.enumerate()
        workers, over = WorkerThreads(1), threading.Event()
        for _ in range(3):
            with pytest.raises(Stuck):
                await workers.run(over.wait, AT_ONCE)
        assert await workers.run(lambda: "answered", 10) == "answered"
        over.set()
        # The three that were stuck end, and none of them takes a question any more.
        stuck = [one for one in threading.enumerate() if one.name == "asking" and one not in before]
        names = {await workers.run(threading.get_ident, 10) for _ in range(20)}
        assert len(names) == 1 < len(stuck)

    asyncio.run(ask())


def test_waiting_in_line_is_not_being_stuck() -> None:
    async def ask() -> None:
        workers, over = WorkerThreads(1), threading.Event()
        first = asyncio.create_task(workers.run(over.wait))
        second = asyncio.create_task(workers.run(lambda: "answered", AT_ONCE * 1000))
        await asyncio.wait([second], timeout=AT_ONCE)
        over.set()
        assert await second == "answered"
        assert await first

    asyncio.run(ask())


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    async def ask() -> None:
        workers, over, preload = WorkerThreads(1), threading.Event(), []
        first = asyncio.create_task(workers.run(over.wait))
        second = asyncio.create_task(workers.run(lambda: preload.append(1), 10))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        over.set()
        await first
        assert await workers.run(lambda: "answered", 10) == "answered"
        assert preload == []

    asyncio.run(ask())
