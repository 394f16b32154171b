"""Updates that Telegram sends to us (https://core.telegram.org/bots/api#setwebhook).

python-telegram-bot's own server reads a whole body, up to 100 MB of it, before it asks for the secret, compares that by
``!=``, which ends at the first letter that differs, and at the debug level logs the body.
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
LARGEST = 1 << 20  # bytes of an update; a text has 4096 characters, and what it replies to as many
RETRY = 5.0  # seconds
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class Webhook:
    """A server for the path of ``url``, of which Telegram is told; what it delivers goes into ``queue``."""

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
        """Open the server, then tell Telegram of it, however often that has to be tried.

        Raises:
            SettingsError: the port cannot be listened on.
            InvalidToken
        """
        await self._server.start()
        await _insist(self._tell_telegram, "webhook_not_set", "QUOTH_WEBHOOK_URL")

    async def stop(self) -> None:
        await self._server.stop()

    async def _tell_telegram(self) -> None:
        await self._bot.set_webhook(self._url, secret_token=self._secret, allowed_updates=self._allowed_updates)


def run_webhook(application: AnyApplication, webhook: Webhook) -> None:
    """Serve until SIGINT, SIGTERM or SIGABRT, with the hooks ``post_init`` and ``post_stop`` as
    ``Application.run_polling`` calls them, for an application without an updater.

    https://docs.python-telegram-bot.org/en/stable/examples.customwebhookbot.html

    Raises:
        SettingsError: the port cannot be listened on.
        InvalidToken
    """
    # asyncio.run would wait at its end for every thread, also one that still loads the model or reads a slow disk.
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
    """A WebhookInfo (https://core.telegram.org/bots/api#webhookinfo) as JSON, past the limiter, whose waits may be
    long; None when Telegram does not tell."""
    try:
        return await bot.request.post(f"{bot.base_url}/getWebhookInfo")
    except TelegramError:
        return None


async def _serve(application: AnyApplication, webhook: Webhook) -> None:
    """Until it is cancelled."""
    await _insist(application.initialize, "telegram_not_reached", "QUOTH_TELEGRAM_TOKEN")
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


async def _insist(call: Callable[[], Awaitable[object]], trouble: str, setting: str) -> None:
    """Try again until Telegram takes it: the network may come back; and it may be a name server that has kept Telegram
    from finding us. ``setting`` is what to look at where Telegram refuses it. Raises InvalidToken."""
    while True:
        try:
            await call()
        except InvalidToken:
            raise
        except TelegramError as error:
            refused = isinstance(error, BadRequest | Forbidden)
            hint = f"Telegram refuses {setting}: {error.message}" if refused else None
            log.error(Event(trouble, error=type(error).__name__, pause=RETRY, hint=hint))
            await asyncio.sleep(RETRY)
        else:
            return


@stream_request_body
class Nothing(Quiet):
    """Whatever is at another path: its body is not looked at either."""

    def prepare(self) -> None:
        raise HTTPError(404)

    def data_received(self, chunk: bytes) -> None: ...

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish()


@stream_request_body
class Delivery(Quiet):
    """One update. 403 without the secret, before its body is looked at; 200 once it is on the disk."""

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
        except Exception as error:  # whatever python-telegram-bot makes of what it does not know
            # As by polling it is let go: Telegram would send it again and again, and the next one only later.
            log.error(Event("update_not_read", error=type(error).__name__))
            return
        try:
            await self._queue.put(update)
        except QuothError as error:  # a full disk; Telegram will send it again
            log.error(Event("update_not_kept"), exc_info=error)
            raise HTTPError(503) from None

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish()
