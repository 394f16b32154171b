"""Threads for work that needs the model. A thread that hangs blocks neither the others nor the end of the bot."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from bot.observe.logs import Event

log = logging.getLogger("quoth")
T = TypeVar("T")


class Stuck(Exception):
    """A question took too long and was given up."""


@dataclass(eq=False)
class _Job:
    work: Callable[[], Any]
    begun: Future[None] = field(default_factory=Future)
    done: Future[Any] = field(default_factory=Future)
    is_over: bool = False
    is_given_up: bool = False


class WorkerThreads:
    """``count`` daemon threads that do jobs in the order in which they come.

    When Python exits, it waits for the threads of ``concurrent.futures``. If the model hung, the bot could not stop,
    and the thread would never take another job.
    """

    def __init__(self, count: int) -> None:
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._lock = threading.Lock()
        for _ in range(count):
            self._start()

    async def run(self, work: Callable[[], T], seconds: float | None = None) -> T:
        """Run ``work`` in a thread. Returns and raises what it does. ``seconds`` count from when it begins.

        Raises:
            Stuck: it took longer than ``seconds``. Its thread is abandoned, and a new one takes its place.
        """
        job = _Job(work)
        done: asyncio.Future[T] = asyncio.wrap_future(job.done)
        self._jobs.put(job)
        try:
            if seconds is not None:
                await asyncio.wrap_future(job.begun)
                await asyncio.wait([done], timeout=seconds)
                if not done.done() and self._gives_up(job):
                    log.error(Event("stuck", seconds=seconds))
                    raise Stuck
            return await done
        finally:
            done.cancel()

    def _gives_up(self, job: _Job) -> bool:
        with self._lock:
            job.is_given_up = not job.is_over
        if job.is_given_up:
            self._start()
        return job.is_given_up

    def _start(self) -> None:
        threading.Thread(target=self._work, name="asking", daemon=True).start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if not job.done.set_running_or_notify_cancel():  # the caller was cancelled
                continue
            if job.begun.set_running_or_notify_cancel():
                job.begun.set_result(None)
            try:
                settle = partial(job.done.set_result, job.work())
            except BaseException as error:  # every error is passed to the caller
                settle = partial(job.done.set_exception, error)
            with self._lock:
                job.is_over = True
            settle()
            if job.is_given_up:
                return
