"""Updates are written down before Telegram is told that we have them, and struck out once they are answered.

python-telegram-bot confirms a batch of updates with its next request, right after it has put them into its queue; what
is in memory only would be lost with the process. So the queue itself keeps them.
"""

import asyncio
import hashlib
import json

from telegram import Bot, Update

from bot.database import Database

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
