"""Receives updates by webhook (https://core.telegram.org/bots/api#setwebhook).

python-telegram-bot's own server is not used: it reads the whole body, up to 100 MB, before it checks the secret; its
comparison of the secret takes a time that depends on the secret; and it logs the body at the debug level.
"""

import asyncio
import json
import logging
import re
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.ext import Application
from tornado.web import Application as Server
from tornado.web import HTTPError, stream_request_body

from bot.observe.logs import Event
from bot.web.server import Quiet, WebServer
from index.errors import QuothError

log = logging.getLogger("quoth")
HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1 << 20  # bytes of an update; a text has at most 4096 characters, and so has the message it replies to
RETRY = 5.0  # seconds
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class Webhook:
    """A server for the path of ``url``, which is set as the webhook. Updates go into ``queue``."""

    def __init__(
        self, bot: Bot, queue: "asyncio.Queue[object]", *,
        url: str, secret: str, listen: str, port: int, allowed_updates: Sequence[str],
    ) -> None:  # fmt: skip
        self._bot, self._url, self._secret, self._allowed_updates = bot, url, secret, allowed_updates
        route = "/" + re.escape(urlsplit(url).path.lstrip("/"))
        delivery = (route, Delivery, {"bot": bot, "queue": queue, "secret": secret})
        server = Server([delivery], default_handler_class=Nothing)
        self._server = WebServer(server, "The webhook", "WEBHOOK", listen, port, LARGEST)

    async def start(self) -> None:
        """Open the server, then set the webhook, and try again until Telegram accepts it.

        Raises:
            SettingsError: the port cannot be opened.
            InvalidToken
        """
        await self._server.start()
        await _retry(self._set_webhook, "webhook_not_set", "QUOTH_WEBHOOK_URL")

    async def stop(self) -> None:
        await self._server.stop()

    async def _set_webhook(self) -> None:
        await self._bot.set_webhook(self._url, secret_token=self._secret, allowed_updates=self._allowed_updates)


def run_webhook(application: AnyApplication, webhook: Webhook) -> None:
    """Run an application without an updater until SIGINT, SIGTERM or SIGABRT.

    It calls the hooks ``post_init`` and ``post_stop`` as ``Application.run_polling`` does.
    https://docs.python-telegram-bot.org/en/stable/examples.customwebhookbot.html

    Raises:
        SettingsError: the port cannot be opened.
        InvalidToken
    """
    # asyncio.run would wait for every thread at its end, also for one that still loads the model or reads a slow disk.
    loop = asyncio.new_event_loop()
    try:
        serving = loop.create_task(_serve(application, webhook))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGABRT):
            loop.add_signal_handler(number, serving.cancel)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
    finally:
        loop.close()


async def webhook_info(bot: Bot) -> Any:
    """A WebhookInfo (https://core.telegram.org/bots/api#webhookinfo) as JSON; None if Telegram does not answer.

    The request does not go through the rate limiter, which may wait for long.
    """
    try:
        return await bot.request.post(f"{bot.base_url}/getWebhookInfo")
    except TelegramError:
        return None


async def _serve(application: AnyApplication, webhook: Webhook) -> None:
    """Run until cancelled."""
    await _retry(application.initialize, "telegram_not_reached", "QUOTH_TELEGRAM_TOKEN")
    async with application:
        if application.post_init:
            await application.post_init(application)
        try:
            await webhook.start()
            await application.start()
            await asyncio.Event().wait()
        finally:
            await webhook.stop()
            if application.running:
                await application.stop()
                if application.post_stop:
                    await application.post_stop(application)


async def _retry(call: Callable[[], Awaitable[object]], event: str, setting: str) -> None:
    """Repeat a call until Telegram accepts it. Raises InvalidToken.

    The network may recover; even a refusal may be temporary, because Telegram could not resolve our name. ``event`` is
    the log event of an error, ``setting`` the setting to check if Telegram refuses the call.
    """
    while True:
        try:
            await call()
        except InvalidToken:
            raise
        except TelegramError as error:
            refused = isinstance(error, BadRequest | Forbidden)
            hint = f"Telegram refuses {setting}: {error.message}" if refused else None
            log.error(Event(event, error=type(error).__name__, pause=RETRY, hint=hint))
            await asyncio.sleep(RETRY)
        else:
            return


@stream_request_body
class Nothing(Quiet):
    """Answers 404 at any other path, without reading the body."""

    def prepare(self) -> None:
        raise HTTPError(404)

    def data_received(self, chunk: bytes) -> None: ...

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish()


@stream_request_body
class Delivery(Quiet):
    """Receives one update. 403 without the secret, before the body is read; 200 when the update is on disk."""

    def initialize(self, bot: Bot, queue: "asyncio.Queue[object]", secret: str) -> None:
        self._bot, self._queue, self._secret = bot, queue, secret
        self._body = bytearray()

    def prepare(self) -> None:
        if self.request.method != "POST":
            raise HTTPError(405)
        given = self.request.headers.get(HEADER, "")
        if not compare_digest(given.encode("utf-8", "surrogatepass"), self._secret.encode()):
            raise HTTPError(403)
        if self.request.headers.get("Content-Type") != "application/json":
            raise HTTPError(403)

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk

    async def post(self) -> None:
        try:
            data = json.loads(self._body)
        except (ValueError, RecursionError):
            raise HTTPError(400) from None
        try:
            update = Update.de_json(data, self._bot)
        except Exception as error:  # unknown content may cause any kind of error
            # It is skipped, as in polling: otherwise Telegram would send it again and again and delay the next ones.
            log.error(Event("update_not_read", error=type(error).__name__))
            return
        try:
            await self._queue.put(update)
        except QuothError as error:  # perhaps a full disk; Telegram will send the update again
            log.error(Event("update_not_kept"), exc_info=error)
            raise HTTPError(503) from None

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish()
