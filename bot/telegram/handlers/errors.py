"""Handles errors of the other handlers, and filters the updates that handlers get."""

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
from bot.telegram.context import message_of, moment_of, texts_of, thread
from bot.telegram.messages.sending import Sender, acknowledge
from bot.telegram.updates.addressing import calls, question_for
from bot.telegram.updates.queue import NotKept
from bot.telegram.updates.quota import Verdict
from bot.telegram.updates.workers import Stuck

log = logging.getLogger("quoth")
AGAIN = 600.0  # seconds until the same error of polling is logged again
STALE = 600  # seconds before the start; older messages in groups are ignored, because nobody waits for an answer


class Fresh(MessageFilter):
    """All messages except those written in a group long before the bot was started."""

    def __init__(self, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._steady = steady
        self._started = steady()

    def filter(self, message: Message) -> bool:
        # The time of the start by the clock as it is now, because the clock may have been set since.
        oldest = self._clock() - (self._steady() - self._started) - STALE
        return message.chat.type == ChatType.PRIVATE or moment_of(message) >= oldest


class Calls(MessageFilter):
    """Messages and captions with a command that is meant for us.

    It either names us or is written where only we can be meant. Other bots may have commands with the same name.
    """

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def filter(self, message: Message) -> bool:
        return calls(message, self._command, message.get_bot().bot)


Handler = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]


class Welcome(Protocol):
    """Whether a reader may get one more answer. See ``Services``."""

    def welcome(self, message: Message) -> Verdict: ...


class Limits:
    """Limits a reader's commands. Commands and questions count together."""

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
        """Tell a reader in a private chat that too many questions are waiting."""
        try:
            await self._sender.say(message_of(update), texts_of(update).busy, texts_of(update))
        except TelegramError as error:
            log.warning(Event("no_refusal", error=type(error).__name__))


class MovingChats(Protocol):
    def move(self, chat: int, to: int) -> None: ...


class Failures(Protocol):
    def failed(self, error: BaseException | None) -> None: ...


class ErrorServices(Protocol):
    """What the error handler needs. See ``Services``."""

    @property
    def state(self) -> MovingChats: ...
    @property
    def metrics(self) -> Failures: ...


class ErrorHandler:
    """Logs errors and apologises. ``failed`` collects the ids of updates whose answer a network error prevented."""

    def __init__(self, services: ErrorServices, sender: Sender, failed: set[int]) -> None:
        self._services = services
        self._sender = sender
        self._failed = failed
        self._told: dict[type[TelegramError], float] = {}  # seconds, by the monotonic clock

    async def error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log an error without personal data, then apologise."""
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
            except TelegramError as again:  # perhaps we may not write there at all
                log.warning(Event("no_apology", error=type(again).__name__))

    def _tell_of_polling(self, error: TelegramError) -> None:
        """Log an error of polling, but not more often than every ``AGAIN`` seconds. Polling goes on by itself."""
        now = time.monotonic()
        if now - self._told.get(type(error), -AGAIN) < AGAIN:
            return
        self._told[type(error)] = now
        if isinstance(error, Conflict):
            hint = (
                "Another bot gets messages from Telegram with this token (409 Conflict). Each message reaches only one "
            )
            hint += "of the two. Stop the other bot. Until then both keep trying."
            log.error(Event("two_bots", hint=hint))
        elif isinstance(error, NotKept):
            hint = "Messages cannot be stored and are requested again. Check the disk and the data folder."
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
    """The error, so that its traceback is logged; False if that would not help: network errors and ``Stuck``."""
    return False if isinstance(error, (NetworkError, Stuck)) else error
