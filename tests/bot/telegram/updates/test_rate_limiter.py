"""A send is tried again when that can help, and only then."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from prometheus_client import CollectorRegistry
from telegram import Chat, Message, Update, User
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

import bot.telegram.updates.rate_limiter
from bot.observe.metrics import Metrics
from bot.telegram.handlers.errors import ErrorHandler
from bot.telegram.updates.rate_limiter import FLOODS, PatientLimiter
from bot.telegram.updates.workers import Stuck
from bot.wording.texts import texts_for


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.telegram.updates.rate_limiter, "PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else python-telegram-bot warns of a change to come


def flood() -> TelegramError:
    return RetryAfter(timedelta(milliseconds=1))


async def send(*errors: TelegramError) -> int:
    """Send through a limiter while these errors come in turn; the number of attempts."""
    attempts, left = 0, list(errors)

    async def call(*args: Any, **kwargs: Any) -> bool:
        nonlocal attempts
        attempts += 1
        if left:
            raise left.pop(0)
        return True

    limiter = PatientLimiter(Metrics(CollectorRegistry()))
    await limiter.initialize()
    try:
        assert await limiter.process_request(call, (), {}, "sendMessage", {"chat_id": 5}, None)
    finally:
        await limiter.shutdown()
    return attempts


@pytest.mark.parametrize(
    "kinds",
    [
        [lambda: NetworkError("Bad Gateway (502)")],
        [TimedOut, lambda: NetworkError("httpx.ReadError")],
        [flood],
        [flood, TimedOut, flood],
        [flood] * 8,
    ],
)
async def test_patience(kinds: list[Callable[[], TelegramError]]) -> None:
    assert await send(*[kind() for kind in kinds]) == len(kinds) + 1


async def test_a_chat_that_is_told_to_wait_holds_up_no_other() -> None:
    """The call of the first chat waits; that of the second goes through meanwhile."""
    limiter = PatientLimiter(Metrics(CollectorRegistry()))
    told, done = asyncio.Event(), asyncio.Event()

    async def flooded(*args: Any, **kwargs: Any) -> bool:
        if not told.is_set():
            told.set()
            raise RetryAfter(timedelta(hours=1))
        return True

    async def other(*args: Any, **kwargs: Any) -> bool:
        done.set()
        return True

    await limiter.initialize()
    first = asyncio.create_task(limiter.process_request(flooded, (), {}, "sendMessage", {"chat_id": 1}, None))
    await told.wait()
    await asyncio.wait_for(limiter.process_request(other, (), {}, "sendMessage", {"chat_id": 2}, None), 5)
    assert done.is_set()
    assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await limiter.shutdown()


async def test_patience_with_floods_ends_too() -> None:
    with pytest.raises(RetryAfter):
        await send(*[flood() for _ in range(FLOODS + 1)])


@pytest.mark.parametrize("error", [BadRequest("chat not found"), Forbidden("bot was blocked by the user")])
async def test_what_will_not_get_better_is_not_tried_again(error: TelegramError) -> None:
    with pytest.raises(type(error)):
        await send(error, NetworkError("never reached"))


async def test_patience_ends() -> None:
    with pytest.raises(NetworkError, match="out for good"):
        await send(*[NetworkError("out for good") for _ in range(5)])


@pytest.mark.parametrize("kind", [lambda: NetworkError("x"), TimedOut, flood])
async def test_what_outlasts_our_patience_stays_for_the_next_start(kind: Callable[[], TelegramError]) -> None:
    """And no apology is tried, which would take the answer's place."""
    failed: set[int] = set()
    message = AsyncMock(spec=Message)
    errors = ErrorHandler(SimpleNamespace(metrics=Mock()), AsyncMock(), failed)  # type: ignore[arg-type]
    await errors.error(Update(7, message=message), SimpleNamespace(error=kind()))  # type: ignore[arg-type]
    assert failed == {7}
    message.reply_text.assert_not_called()


async def test_a_question_that_is_stuck_gets_an_apology(caplog: pytest.LogCaptureFixture) -> None:
    sender = AsyncMock()
    errors = ErrorHandler(SimpleNamespace(metrics=Mock()), sender, set())  # type: ignore[arg-type]
    person = User(5, "A", is_bot=False, language_code="en")
    asked = Message(1, datetime.now(UTC), Chat(5, "private"), from_user=person, text="Who?")
    await errors.error(Update(7, message=asked), SimpleNamespace(error=Stuck()))  # type: ignore[arg-type]
    sender.say.assert_awaited_once_with(asked, texts_for("en").error, texts_for("en"))
    (record,) = caplog.records
    assert not record.exc_info


async def test_a_network_that_drops_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    errors = ErrorHandler(SimpleNamespace(metrics=Mock()), AsyncMock(), set())  # type: ignore[arg-type]
    await errors.error(None, SimpleNamespace(error=NetworkError("Server disconnected")))  # type: ignore[arg-type]
    (record,) = caplog.records
    assert not record.exc_info
    assert "NetworkError" in record.getMessage()
