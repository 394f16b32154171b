"""Processes updates: one at a time in each chat, with a limit on how many may wait, and a quick stop."""

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
from bot.telegram.callback_data import Press, Verb
from bot.telegram.context import reader_of
from index.errors import StoreError

log = logging.getLogger("quoth")
MOST = 1_000  # messages that wait or are being answered; Telegram lets a bot send about thirty a second
MOST_OF_A_READER = 40  # of those, messages of one reader; this is more than the quota, so that readers are told of that
AGAIN = 60.0  # seconds until a failed update is tried again
EACH = 100  # one in this many dropped messages is logged


@dataclass(eq=False)
class _Admitted:
    """An update that waits for its turn or is being processed."""

    update: Update
    task: "asyncio.Task[Any]"
    has_turn: bool = False
    is_dropped: bool = False

    @property
    def said(self) -> Message | None:
        """The new or edited message; None for other updates. Only messages are limited."""
        return self.update.message or self.update.edited_message

    @property
    def is_private(self) -> bool:
        return self.said is not None and self.said.chat.type == ChatType.PRIVATE


def _queue_key(update: Update) -> Hashable:
    """The key of the queue in which an update waits."""
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
    """Processes chats in parallel, but the updates of one chat in order, and removes finished updates from the disk.

    A button press does not wait, because it must be acknowledged at once, and Telegram's limits may delay the questions
    of its chat. Only a vote waits for earlier votes on the same message. An inline query waits for those of the same
    reader.

    At most ``most`` messages are admitted. If there are more, the oldest group message that is still waiting is
    dropped. If there is none, a new group message is dropped, and a new private message is answered by ``refuse``.
    ``left_out`` is called for each dropped message with "group", "private", or "reader" if one reader has sent too
    many.

    ``failed`` has the ids of updates whose answer could not be sent: they stay on disk and are passed to ``again``
    after a minute. ``recorded`` has the ids of updates that were removed from the disk together with recording their
    answer.
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
        # No real limit here: waiting updates count too, so one busy group could block all other chats.
        super().__init__(max_concurrent_updates=1_000_000)
        self._stored_updates = stored_updates
        self._failed = failed
        self._recorded = recorded
        self._refuse = refuse
        self._left_out = left_out
        self._again = again
        self._unremoved: set[int] = set()  # finished updates that could not be removed from the disk yet
        self._most = most
        self._most_of_a_reader = most_of_a_reader
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._admitted: dict[_Admitted, None] = {}  # in the order of arrival
        self._is_stopping = False
        self._counts: Counter[str] = Counter()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        begin_request()
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        one = _Admitted(update, task)
        if self._is_stopping:
            _close(coroutine)
            return  # it stays on disk for the next start
        kind = self._reason_to_drop(one)
        if kind is None:
            await self._run_in_turn(one, coroutine)
        else:
            self._count(kind)
            _close(coroutine)
            if kind == "private" and update.message and len(self._admitted) < 2 * self._most:
                await self._run_in_turn(one, self._refuse(update))
        await self._remove_from_disk(update)

    async def stop(self, seconds: float) -> None:
        """Accept no more updates. Those that wait are cancelled; those being processed get ``seconds`` to finish."""
        self._is_stopping = True
        for one in list(self._admitted):
            if not one.has_turn:
                one.task.cancel()
        tasks = [one.task for one in self._admitted]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run_in_turn(self, one: _Admitted, coroutine: Awaitable[Any]) -> None:
        lock = self._locks.setdefault(_queue_key(one.update), asyncio.Lock())
        self._admitted[one] = None
        try:
            async with lock:
                one.has_turn = True
                await coroutine
        except asyncio.CancelledError:
            _close(coroutine)
            if not one.is_dropped:
                raise
        finally:
            del self._admitted[one]

    async def _remove_from_disk(self, update: Update) -> None:
        """Remove a finished update from the disk, or plan to try a failed one again."""
        if update.inline_query is not None:
            self._failed.discard(update.update_id)
        elif update.update_id in self._failed:
            self._failed.discard(update.update_id)
            asyncio.get_running_loop().call_later(AGAIN, self._once_more, update)
        else:
            due = {update.update_id, *self._unremoved} - self._recorded
            self._recorded.discard(update.update_id)
            try:
                for one in due:
                    await asyncio.to_thread(self._stored_updates.done, one)
                    self._unremoved.discard(one)
            except StoreError as error:  # it was answered, and is removed together with the next one
                self._unremoved |= due & {update.update_id}
                log.error(Event("not_struck_out"), exc_info=error)

    def _once_more(self, update: Update) -> None:
        if not self._is_stopping:  # else the next start finds it on disk
            self._again(update)

    def _reason_to_drop(self, one: _Admitted) -> str | None:
        """Why a message must be dropped, as ``left_out`` gets it; None if there is room for it.

        If there is none, this first tries to drop the oldest waiting message of a group.
        """
        message = one.said
        if message is None:
            return None
        others = [(other, other.said) for other in self._admitted if other.said is not None]
        if sum(reader_of(said) == reader_of(message) for _, said in others) >= self._most_of_a_reader:
            return "reader"
        if len(others) < self._most:
            return None
        waits = (other for other, _ in others if not (other.has_turn or other.is_private or other.is_dropped))
        oldest = next(waits, None)
        if oldest is None:
            return "private" if one.is_private else "group"
        self._count("group")
        oldest.is_dropped = True
        oldest.task.cancel()
        return None

    def _count(self, kind: str) -> None:
        self._counts[kind] += 1
        self._left_out(kind)
        if self._counts[kind] % EACH == 1:
            log.warning(Event("left_out", kind=kind, count=self._counts[kind], hint="Too many messages at once."))

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...


def _close(coroutine: Awaitable[Any]) -> None:
    if isinstance(coroutine, Coroutine):
        coroutine.close()
