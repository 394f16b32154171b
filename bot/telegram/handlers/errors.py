"""Errors of handlers, and which updates are looked at at all."""

import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ContextTypes
from telegram.ext.filters import MessageFilter

from bot.observe.logs import Event
from bot.telegram.messages.context import message_of, moment_of, texts_of, thread
from bot.telegram.messages.sending import Sender, acknowledge
from bot.telegram.updates.addressing import calls, question_for
from bot.telegram.updates.queue import NotKept
from bot.telegram.updates.quota import Verdict
from bot.telegram.updates.workers import Stuck

log = logging.getLogger("quoth")
AGAIN = 600.0  # seconds until the same trouble with polling is logged again
STALE = 600  # seconds before the start: what was asked in a group so long ago, nobody waits for


class Fresh(MessageFilter):
    """All but what was said in a group long before the bot was started."""

    def __init__(self, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._steady = steady
        self._started = steady()

    def filter(self, message: Message) -> bool:
        # The start as the clock tells it now: it may have been put right since.
        oldest = self._clock() - (self._steady() - self._started) - STALE
        return message.chat.type == ChatType.PRIVATE or moment_of(message) >= oldest


class Calls(MessageFilter):
    """A command that names us, or is written where only we can be meant: what other bots are told by the same name is
    none of our business. Captions too."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def filter(self, message: Message) -> bool:
        return calls(message, self._command, message.get_bot().bot)


Handler = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]


class Welcome(Protocol):
    """Whether a reader may have one more answer. See ``Services``."""

    def welcome(self, message: Message) -> Verdict: ...


class Limits:
    """Keeps a reader's commands within the limit that their questions are kept in too."""

    def __init__(self, services: Welcome, sender: Sender) -> None:
        self._services = services
        self._sender = sender

    def keep(self, handler: Handler) -> Handler:
        async def limited(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            message, texts = message_of(update), texts_of(update)
            match self._services.welcome(message):
                case Verdict.WELCOME:
                    await handler(update, context)
                case Verdict.TOO_MANY:
                    await self._sender.say(message, texts.too_many, texts)
                case Verdict.IGNORED:
                    return

        return limited

    async def refuse(self, update: Update) -> None:
        """Tell who asks in private that too many do."""
        try:
            await self._sender.say(message_of(update), texts_of(update).busy, texts_of(update))
        except TelegramError as error:
            log.warning(Event("no_refusal", error=type(error).__name__))


class MovingChats(Protocol):
    def move(self, chat: int, to: int) -> None: ...


class Failures(Protocol):
    def failed(self, error: BaseException | None) -> None: ...


class ErrorServices(Protocol):
    """What telling of errors needs. See ``Services``."""

    @property
    def state(self) -> MovingChats: ...
    @property
    def metrics(self) -> Failures: ...


class ErrorHandler:
    """``failed`` takes the numbers of the updates that could not be answered for want of a network."""

    def __init__(self, services: ErrorServices, sender: Sender, failed: set[int]) -> None:
        self._services = services
        self._sender = sender
        self._failed = failed
        self._told: dict[type[TelegramError], float] = {}  # seconds, by the monotonic clock

    async def error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log what went wrong without saying who wrote what, then apologise."""
        error = context.error
        self._services.metrics.failed(error)
        if update is None and isinstance(error, (NetworkError, RetryAfter, Conflict, NotKept)):
            self._tell_of_polling(error)
            return
        log.error(Event("failed", error=type(error).__name__), exc_info=_with_its_place(error))
        if not isinstance(update, Update):
            return
        if isinstance(error, (NetworkError, RetryAfter)) and not isinstance(error, BadRequest):
            self._failed.add(update.update_id)
        elif isinstance(error, ChatMigrated) and update.effective_chat:
            await thread(self._services.state.move, update.effective_chat.id, error.new_chat_id)
        elif not isinstance(error, Forbidden):
            try:
                await self._apologise(update, context)
            except TelegramError as again:  # we may not write there at all
                log.warning(Event("no_apology", error=type(again).__name__))

    def _tell_of_polling(self, error: TelegramError) -> None:
        """Once, then now and then: it is tried again by itself, as long as it takes."""
        now = time.monotonic()
        if now - self._told.get(type(error), -AGAIN) < AGAIN:
            return
        self._told[type(error)] = now
        if isinstance(error, Conflict):
            hint = (
                "Another bot asks Telegram for messages with this token (409 Conflict); each message reaches only one "
            )
            hint += "of the two. Stop the other one; until then both go on trying."
            log.error(Event("two_bots", hint=hint))
        elif isinstance(error, NotKept):
            hint = "Messages cannot be written down and are asked for again. Check the disk and the data folder."
            log.error(Event("update_not_kept", hint=hint), exc_info=error.__cause__)
        else:
            log.warning(Event("polling_failed", error=type(error).__name__, hint="This is tried again."))

    async def _apologise(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        texts, message = texts_of(update), update.message
        if message and (message.chat.type == ChatType.PRIVATE or question_for(message, context.bot.bot) is not None):
            await self._sender.say(message, texts.error, texts)
        elif update.callback_query:
            await acknowledge(update.callback_query, texts.error)


def _with_its_place(error: BaseException | None) -> Any:
    """The error, to be logged with its place, unless that says nothing: the network's, Telegram's no, our giving up."""
    return False if isinstance(error, (NetworkError, Stuck)) else error
