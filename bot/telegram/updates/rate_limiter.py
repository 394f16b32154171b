"""Repeats calls that Telegram's flood limits or the network prevented."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from telegram._utils.types import JSONDict  # only for the base class's own signature
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter
from telegram.ext import AIORateLimiter

from bot.observe.logs import Event
from bot.observe.metrics import Metrics

log = logging.getLogger("quoth")
PAUSES = (0.5, 1, 2, 4, 8, 16, 32)  # seconds between attempts after network errors
FLOODS = 20  # how often Telegram may tell one call to wait


class _Flooded(Exception):
    """Telegram's status 429, as an error that python-telegram-bot does not know.

    After a RetryAfter it delays the calls for all chats, so one reader who asks too fast would make all others wait.
    """

    def __init__(self, error: RetryAfter) -> None:
        super().__init__()
        self.error = error
        # The public attribute is a number or a timedelta, and issues a warning about that.
        self.seconds = error._retry_after.total_seconds() + 0.1


class PatientLimiter(AIORateLimiter):
    """Waits as long as a 429 demands, and tries again after a 5xx or a broken connection.

    Nobody can know whether a connection broke before or after Telegram accepted a message. A question must not stay
    unanswered, so the message is sent again and may then appear twice.
    """

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> bool | JSONDict | list[JSONDict]:
        async def call(*args: Any, **kwargs: Any) -> bool | JSONDict | list[JSONDict]:
            try:
                return await callback(*args, **kwargs)
            except (BadRequest, Forbidden) as error:
                self._metrics.refused(endpoint, error)
                raise
            except RetryAfter as error:
                self._metrics.retried(endpoint, error)
                raise _Flooded(error) from error
            except NetworkError as error:
                self._metrics.retried(endpoint, error)
                raise

        pauses, floods = iter(PAUSES), iter(range(FLOODS))
        while True:
            try:
                return await super().process_request(call, args, kwargs, endpoint, data, rate_limit_args)
            except BadRequest:  # a subclass of NetworkError in python-telegram-bot
                raise
            except _Flooded as flood:
                error, pause = "RetryAfter", flood.seconds
                if next(floods, None) is None:
                    raise flood.error from None
            except NetworkError as broken:
                error, pause = type(broken).__name__, next(pauses, -1.0)
                if pause < 0:
                    raise
            log.warning(Event("retry", method=endpoint, error=error, pause=pause))
            await asyncio.sleep(pause)
