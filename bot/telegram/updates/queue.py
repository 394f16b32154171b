"""Stores updates on disk before they are confirmed to Telegram, so that none is lost.

python-telegram-bot confirms a batch of updates with its next request, right after it has put them into its queue. If
they were only in memory, a crash would lose them. So the queue stores them; they are removed after they are answered.
"""

import asyncio
import json
import logging

from telegram import Bot, Update
from telegram.error import TelegramError

from bot.observe.logs import Event
from bot.state.stored_updates import StoredUpdates
from index.errors import StoreError

log = logging.getLogger("quoth")


class NotKept(StoreError, TelegramError):
    """An update could not be stored, so Telegram has to send it again.

    It is a TelegramError because python-telegram-bot's polling tries again only after one; any other error ends it.
    """


class DurableQueue(asyncio.Queue[object]):
    """A queue of updates. ``put`` returns only when the update is on disk; one that is already there is ignored."""

    def __init__(self, stored_updates: StoredUpdates) -> None:
        super().__init__()
        self._stored_updates = stored_updates

    async def put(self, item: object) -> None:
        """Raises NotKept."""
        # Inline queries are not stored: the next letter that the reader types makes them obsolete.
        if isinstance(item, Update) and not item.inline_query:
            try:
                is_new = await asyncio.to_thread(self._keep, item)
            except StoreError as error:
                raise NotKept(str(error)) from error
            if not is_new:
                return
        await super().put(item)

    def put_again(self, update: Update) -> None:
        """Put an update that is already on disk."""
        self.put_nowait(update)

    def _keep(self, update: Update) -> bool:
        return self._stored_updates.keep(update.update_id, update.to_json())


def unanswered(stored_updates: StoredUpdates, bot: Bot) -> list[Update]:
    """The stored updates that were not answered before the last stop, in order. Blocking.

    Updates that cannot be read any more are removed.
    """
    found, given_up = [], stored_updates.begin_again()
    for number, body in stored_updates.pending():
        try:
            found.append(Update.de_json(json.loads(body), bot))
        except Exception:  # another version of python-telegram-bot may have written it
            stored_updates.done(number)
            given_up += 1
    if given_up:
        hint = "They were tried several times and never finished, or cannot be read any more."
        log.error(Event("given_up", updates=given_up, hint=hint))
    return found
