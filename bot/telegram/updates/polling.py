"""Lets long polling survive an update that python-telegram-bot cannot read.

Without this it would request the same batch again and again, without a pause, and nobody would get answers any more.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from telegram import Update
from telegram.request import HTTPXRequest

from bot.observe.logs import Event

log = logging.getLogger("quoth")


class TolerantRequest(HTTPXRequest):
    """The request for getUpdates. An update that cannot be read becomes an empty one and is confirmed like any other.

    ``heard`` is called whenever Telegram answers with status 200.
    """

    def __init__(self, heard: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._heard = heard

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        if code == 200:
            self._heard()
        return code, readable(payload)


def readable(payload: bytes) -> bytes:
    """A response of the Bot API with unreadable updates replaced by empty ones. Any other response is not changed."""
    try:
        content = json.loads(payload)
        updates = content["result"]
        numbers = [update["update_id"] for update in updates]
    except (ValueError, KeyError, TypeError):
        return payload
    unread = {number for number, update in zip(numbers, updates, strict=True) if not _can_be_read(update)}
    if not unread:
        return payload
    content["result"] = [
        {"update_id": number} if number in unread else update for number, update in zip(numbers, updates, strict=True)
    ]
    return json.dumps(content).encode()


def _can_be_read(update: dict[str, Any]) -> bool:
    try:
        Update.de_json(update, None)
    except Exception as error:  # unknown content may cause any kind of error
        # The error's text is not logged, because it may quote a message.
        hint = "An update cannot be read and is skipped. Check whether there is a newer version of Quoth."
        log.error(Event("unreadable", error=type(error).__name__, hint=hint))
        return False
    return True
