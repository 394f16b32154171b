"""Updates are written down before Telegram is told that we have them, and struck out once they are answered.

python-telegram-bot confirms a batch of updates with its next request, right after it has put them into its queue; what
is in memory only would be lost with the process. So the queue itself keeps them.
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
                is_new = await asyncio.to_thread(self._keep, item)
            except StoreError as error:
                raise NotKept(str(error)) from error
            if not is_new:
                return
        await super().put(item)

    def put_again(self, update: Update) -> None:
        """An update that is on disk already."""
        self.put_nowait(update)

    def _keep(self, update: Update) -> bool:
        return self._stored_updates.keep(update.update_id, update.to_json())


def unanswered(stored_updates: StoredUpdates, bot: Bot) -> list[Update]:
    """After a start: what was written down and never answered, in order. What cannot be read any more is given up.
    Blocking."""
    found, given_up = [], stored_updates.begin_again()
    for number, body in stored_updates.pending():
        try:
            found.append(Update.de_json(json.loads(body), bot))
        except Exception:  # whatever a later python-telegram-bot makes of what an earlier one wrote
            stored_updates.done(number)
            given_up += 1
    if given_up:
        hint = "They were begun again and again and never finished, or cannot be read any more."
        log.error(Event("given_up", updates=given_up, hint=hint))
    return found
