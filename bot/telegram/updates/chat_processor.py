"""Whose turn it is: each chat's updates one after the other, no more of them than can be answered, and an end to it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import BaseUpdateProcessor

from bot.observe.logs import Event, begin_request
from bot.state.stored_updates import StoredUpdates
from bot.telegram.messages.context import reader_of
from bot.telegram.messages.keyboards import Press, Verb
from index.errors import StoreError

log = logging.getLogger("quoth")
MOST = 1_000  # messages that wait or are at work; Telegram lets a bot send about thirty a second
MOST_OF_A_READER = 40  # of those: more than a reader may ask, who is told so when their turn comes
AGAIN = 60.0  # seconds until Telegram is tried once more
EACH = 100  # of those that are not answered, one is logged


@dataclass(eq=False)
class _Here:
    """An update that waits for its turn, or has it."""

    update: Update
    task: "asyncio.Task[Any]"
    has_turn: bool = False
    given_up: bool = False

    @property
    def said(self) -> Message | None:
        """A message, or one that was changed, which takes as much to answer."""
        return self.update.message or self.update.edited_message

    @property
    def is_private(self) -> bool:
        return self.said is not None and self.said.chat.type == ChatType.PRIVATE


def _line_of(update: Update) -> Hashable:
    """What an update waits in line with."""
    if update.inline_query is not None:
        return "inline", update.inline_query.from_user.id
    pressed = update.callback_query
    if pressed is not None:
        message = pressed.message
        if message is not None and Press.read(pressed.data).verb == Verb.VOTE:
            return Verb.VOTE, message.chat.id, message.message_id
        return "press", pressed.id
    return update.effective_chat.id if update.effective_chat else 0


class PerChatProcessor(BaseUpdateProcessor):
    """Works on the chats side by side, on each chat's updates one after the other, and strikes out what is done.

    A press waits for nothing (but a vote for the vote before it): Telegram's limits may hold up the questions of its
    chat, and it is to be acknowledged at once. An inline query waits for those of the same reader.

    There is room for ``most`` messages. When it is full, the oldest message of a group that still waits makes room; if
    there is none, a new one of a group is left out, and one in private is refused by ``refuse``. ``left_out`` is told
    of each: "group", "private", or "reader" where a single reader sent too many.

    ``failed`` holds the numbers of updates whose answer Telegram could not be given: they stay on disk and are given to
    ``again`` after a minute. ``recorded`` holds those that are struck out already, together with their answer.
    """

    def __init__(
        self,
        stored_updates: StoredUpdates,
        failed: set[int],
        recorded: set[int],
        refuse: Callable[[Update], Awaitable[None]],
        left_out: Callable[[str], None],
        again: Callable[[Update], None],
        most: int = MOST,
        most_of_a_reader: int = MOST_OF_A_READER,
    ) -> None:
        # Those that wait for their chat's turn count too: a bound here would let one lively group keep all others out.
        super().__init__(max_concurrent_updates=1_000_000)
        self._stored_updates = stored_updates
        self._failed = failed
        self._recorded = recorded
        self._refuse = refuse
        self._left_out = left_out
        self._again = again
        self._owed: set[int] = set()  # updates that could not be struck out yet
        self._most = most
        self._most_of_a_reader = most_of_a_reader
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._here: dict[_Here, None] = {}  # in the order in which they came
        self._is_stopping = False
        self._counts: Counter[str] = Counter()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        begin_request()
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        one = _Here(update, task)
        if self._is_stopping:
            _leave(coroutine)
            return  # it stays on disk for the next start
        kind = self._left_out_of(one)
        if kind is None:
            await self._answered(one, coroutine)
        else:
            self._count(kind)
            _leave(coroutine)
            if kind == "private" and update.message and len(self._here) < 2 * self._most:
                await self._answered(one, self._refuse(update))
        await self._strike_out(update)

    async def stop(self, seconds: float) -> None:
        """Take on nothing more: what waits is handed back, what has its turn gets so many seconds to be finished."""
        self._is_stopping = True
        for one in list(self._here):
            if not one.has_turn:
                one.task.cancel()
        tasks = [one.task for one in self._here]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answered(self, one: _Here, coroutine: Awaitable[Any]) -> None:
        lock = self._locks.setdefault(_line_of(one.update), asyncio.Lock())
        self._here[one] = None
        try:
            async with lock:
                one.has_turn = True
                await coroutine
        except asyncio.CancelledError:
            _leave(coroutine)
            if not one.given_up:
                raise
        finally:
            del self._here[one]

    async def _strike_out(self, update: Update) -> None:
        if update.inline_query is not None:
            self._failed.discard(update.update_id)
        elif update.update_id in self._failed:
            self._failed.discard(update.update_id)
            asyncio.get_running_loop().call_later(AGAIN, self._once_more, update)
        else:
            due = {update.update_id, *self._owed} - self._recorded
            self._recorded.discard(update.update_id)
            try:
                for one in due:
                    await asyncio.to_thread(self._stored_updates.done, one)
                    self._owed.discard(one)
            except StoreError as error:  # it has its answer, and is struck out with the next one
                self._owed |= due & {update.update_id}
                log.error(Event("not_struck_out"), exc_info=error)

    def _once_more(self, update: Update) -> None:
        if not self._is_stopping:  # else it is there at the next start
            self._again(update)

    def _left_out_of(self, one: _Here) -> str | None:
        """Why there is no room for a message, as ``left_out`` is told; None if there is. Of a full room the oldest of a
        group is sent out."""
        message = one.said
        if message is None:
            return None
        others = [(other, other.said) for other in self._here if other.said is not None]
        if sum(reader_of(said) == reader_of(message) for _, said in others) >= self._most_of_a_reader:
            return "reader"
        if len(others) < self._most:
            return None
        waits = (other for other, _ in others if not (other.has_turn or other.is_private or other.given_up))
        oldest = next(waits, None)
        if oldest is None:
            return "private" if one.is_private else "group"
        self._count("group")
        oldest.given_up = True
        oldest.task.cancel()
        return None

    def _count(self, kind: str) -> None:
        self._counts[kind] += 1
        self._left_out(kind)
        if self._counts[kind] % EACH == 1:
            log.warning(Event("left_out", kind=kind, count=self._counts[kind], hint="Too much is asked at once."))

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...


def _leave(coroutine: Awaitable[Any]) -> None:
    if isinstance(coroutine, Coroutine):
        coroutine.close()
