"""A send is tried again when that can help, and only then."""

from datetime import timedelta
from typing import Any

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

import bot.limiter
from bot.limiter import PatientLimiter

SOON = timedelta(milliseconds=1)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.limiter, "PAUSES", (0.0, 0.0, 0.0))


async def send(*errors: TelegramError) -> int:
    """Send through a limiter while these errors come in turn; the number of attempts."""
    attempts, left = 0, list(errors)

    async def call(*args: Any, **kwargs: Any) -> bool:
        nonlocal attempts
        attempts += 1
        if left:
            raise left.pop(0)
        return True

    limiter = PatientLimiter()
    await limiter.initialize()
    try:
        assert await limiter.process_request(call, (), {}, "sendMessage", {"chat_id": 5}, None)
    finally:
        await limiter.shutdown()
    return attempts


@pytest.mark.parametrize(
    "errors",
    [
        [NetworkError("Bad Gateway (502)")],
        [TimedOut(), NetworkError("httpx.ReadError")],
        [RetryAfter(SOON)],
        [RetryAfter(SOON), NetworkError("x"), RetryAfter(SOON)],
        [RetryAfter(SOON) for _ in range(8)],
    ],
)
async def test_patience(errors: list[TelegramError]) -> None:
    assert await send(*errors) == len(errors) + 1


@pytest.mark.parametrize("error", [BadRequest("chat not found"), Forbidden("bot was blocked by the user")])
async def test_what_will_not_get_better_is_not_tried_again(error: TelegramError) -> None:
    with pytest.raises(type(error)):
        await send(error, NetworkError("never reached"))


async def test_patience_ends() -> None:
    with pytest.raises(NetworkError, match="out for good"):
        await send(*[NetworkError("out for good") for _ in range(5)])
