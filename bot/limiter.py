"""Telegram's flood limits, and patience with a network that drops."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from telegram._utils.types import JSONDict  # only for the base class's own signature
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter
from telegram.ext import AIORateLimiter

from bot.logs import Event
from bot.metrics import Metrics

log = logging.getLogger("quoth")
PAUSES = (0.5, 1, 2, 4, 8, 16, 32)  # seconds between the attempts


class PatientLimiter(AIORateLimiter):
    """Waits as long as a 429 asks for, and tries again after a 5xx or a broken connection.

    Whether a connection broke before or after Telegram took a message, nobody can know; since a question must not be
    lost, the message is sent again, and may then stand there twice.
    """

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(max_retries=5)
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
            except (NetworkError, RetryAfter) as error:
                self._metrics.retried(endpoint, error)
                raise

        for pause in (*PAUSES, None):
            try:
                return await super().process_request(call, args, kwargs, endpoint, data, rate_limit_args)
            except BadRequest:  # python-telegram-bot counts it among the network errors
                raise
            except (NetworkError, RetryAfter) as error:
                if pause is None:
                    raise
                log.warning(Event("retry", method=endpoint, error=type(error).__name__, pause=pause))
                await asyncio.sleep(pause)
        raise AssertionError("unreachable")
