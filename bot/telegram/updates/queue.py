"""Updates are written down before Telegram is told that we have them, and struck out once they are answered.

python-telegram-bot confirms a batch of updates with its next request, right after it has put them into its queue; what
is in memory only would be lost with the process. So the queue itself keeps them.
"""

import asyncio
import hashlib
import json
import logging

from telegram import Bot, Update
from telegram.error import TelegramError

from bot.observe.logs import Event
from bot.state.database import Database
from index.errors import StoreError

log = logging.getLogger("quoth")

KEPT = 10_000  # answered updates that are remembered, by number and hash, to recognise a redelivery
TRIES = 10  # an update that was never finished in so many starts is given up: it may be what stops us


class StoredUpdates:
    """The stored updates. Blocking; call it from a worker thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest: int | None = None  # of those that came since the start

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
        if added:
            self._newest = update.update_id
        return bool(added)

    def done(self, update_id: int) -> None:
        """Strike an update out: its content is deleted."""
        self._database.run("UPDATE updates SET body = NULL WHERE id = ?", update_id)
        if self._newest is not None:
            # Not the highest one: after a quiet week Telegram begins anew, at any number.
            self._database.run(
                "DELETE FROM updates WHERE body IS NULL AND (id <= ? OR id >= ?)",
                self._newest - KEPT, self._newest + KEPT,
            )  # fmt: skip

    def waiting(self) -> int:
        """How many are written down and not answered."""
        return int(str(self._database.run("SELECT count(*) FROM updates WHERE body IS NOT NULL")[0][0]))

    def pending(self, bot: Bot) -> list[Update]:
        """What was written down and never answered, in order. What cannot be read any more is given up."""
        self._database.run("UPDATE updates SET tries = tries + 1 WHERE body IS NOT NULL")
        given_up = self._database.run("UPDATE updates SET body = NULL WHERE tries > ? RETURNING id", TRIES)
        found = []
        for number, body in self._database.run("SELECT id, body FROM updates WHERE body IS NOT NULL ORDER BY id"):
            try:
                found.append(Update.de_json(json.loads(str(body)), bot))
            except Exception:  # whatever a later python-telegram-bot makes of what an earlier one wrote
                given_up += self._database.run("UPDATE updates SET body = NULL WHERE id = ? RETURNING id", number)
        if given_up:
            hint = "They were begun again and again and never finished, or cannot be read any more."
            log.error(Event("given_up", updates=len(given_up), hint=hint))
        return found

    def rest(self) -> None:
        """The bot stops in order: that what is left was not finished is no fault of its own."""
        self._database.run("UPDATE updates SET tries = tries - 1 WHERE body IS NOT NULL AND tries > 0")


class NotKept(StoreError, TelegramError):
    """An update could not be written down, and is to be sent again: python-telegram-bot's loop of getUpdates, which any
    other error would end for good, asks again after its own kind of error."""


class DurableQueue(asyncio.Queue[object]):
    """A queue of updates that returns from ``put`` only when the update is on disk, and takes none twice."""

    def __init__(self, stored_updates: StoredUpdates) -> None:
        super().__init__()
        self._stored_updates = stored_updates

    async def put(self, item: object) -> None:
        """Raises NotKept."""
        # An inline query is out of date with the next letter that is typed.
        if isinstance(item, Update) and not item.inline_query:
            try:
                is_new = await asyncio.to_thread(self._stored_updates.keep, item)
            except StoreError as error:
                raise NotKept(str(error)) from error
            if not is_new:
                return
        await super().put(item)

    def put_again(self, update: Update) -> None:
        """An update that is on disk already."""
        self.put_nowait(update)
