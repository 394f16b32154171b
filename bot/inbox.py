"""Updates are written down before Telegram is told that we have them, and struck out once they are answered.

python-telegram-bot confirms a batch of updates with its next request, right after it has put them into its queue; what
is in memory only would be lost with the process. So the queue itself keeps them.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Hashable
from typing import Any
from weakref import WeakValueDictionary

from telegram import Bot, Update
from telegram.ext import BaseUpdateProcessor

from bot.database import Database
from bot.logs import begin_request

KEPT = 10_000  # answered updates that are remembered, by number and hash, to recognise a redelivery
TRIES = 10  # an update that was never finished in so many starts is given up: it may be what stops us


class Inbox:
    """The stored updates. Blocking; call it from a worker thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, update: Update) -> bool:
        """Write an update down; False when it is there already, answered or not."""
        body = update.to_json()
        digest = hashlib.sha256(body.encode()).hexdigest()
        # The same number with another content is another update: Telegram may start over after a quiet week.
        added = self._database.run(
            "INSERT INTO updates (id, digest, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET digest = excluded.digest, body = excluded.body, tries = 0 WHERE digest != excluded.digest"
            " RETURNING id",
            update.update_id, digest, body,
        )  # fmt: skip
        return bool(added)

    def done(self, update_id: int) -> None:
        """Strike an update out: its content is deleted."""
        self._database.run("UPDATE updates SET body = NULL WHERE id = ?", update_id)
        self._database.run("DELETE FROM updates WHERE body IS NULL AND id <= (SELECT max(id) FROM updates) - ?", KEPT)

    def waiting(self) -> int:
        """How many are written down and not answered."""
        return int(str(self._database.run("SELECT count(*) FROM updates WHERE body IS NOT NULL")[0][0]))

    def pending(self, bot: Bot) -> list[Update]:
        """What was written down and never answered, in order."""
        self._database.run("UPDATE updates SET tries = tries + 1 WHERE body IS NOT NULL")
        self._database.run("UPDATE updates SET body = NULL WHERE tries > ?", TRIES)
        rows = self._database.run("SELECT body FROM updates WHERE body IS NOT NULL ORDER BY id")
        return [Update.de_json(json.loads(str(row[0])), bot) for row in rows]


class KeepingQueue(asyncio.Queue[object]):
    """A queue of updates that returns from ``put`` only when the update is on disk, and takes none twice."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__()
        self._inbox = inbox

    async def put(self, item: object) -> None:
        # An inline query is out of date with the next letter that is typed.
        if not isinstance(item, Update) or item.inline_query or await asyncio.to_thread(self._inbox.keep, item):
            await super().put(item)

    async def put_again(self, update: Update) -> None:
        """An update that is on disk already."""
        await super().put(update)


def _line_of(update: Update) -> Hashable:
    """What an update waits in line with."""
    if update.inline_query is not None:
        return "inline", update.inline_query.from_user.id
    pressed = update.callback_query
    if pressed is not None:
        message = pressed.message
        if message is not None and (pressed.data or "").startswith("vote:"):
            return "vote", message.chat.id, message.message_id
        return "press", pressed.id
    return update.effective_chat.id if update.effective_chat else 0


class InOrder(BaseUpdateProcessor):
    """Works on the chats side by side, on each chat's updates one after the other, and strikes out what is done.

    A press waits for nothing (but a vote for the vote before it): Telegram's limits may hold up the questions of its
    chat, and it is to be acknowledged at once. An inline query waits for those of the same reader.
    """

    def __init__(self, inbox: Inbox, failed: set[int]) -> None:
        # Those that wait for their chat's turn count too: a bound here would let one lively group keep all others out.
        super().__init__(max_concurrent_updates=1_000_000)
        self._inbox = inbox
        self._failed = failed
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        begin_request()
        lock = self._locks.setdefault(_line_of(update), asyncio.Lock())
        async with lock:
            await coroutine
        if update.inline_query is not None:
            self._failed.discard(update.update_id)
        elif update.update_id in self._failed:
            # Telegram could not be reached: the update stays on disk for the next start.
            self._failed.discard(update.update_id)
        else:
            await asyncio.to_thread(self._inbox.done, update.update_id)

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...
