"""Updates that Telegram sends to us (https://core.telegram.org/bots/api#setwebhook).

python-telegram-bot's own server reads a whole body, up to 100 MB of it, before it asks for the secret, compares that by
``!=``, which ends at the first letter that differs, and at the debug level logs the body.
"""

import asyncio
import json
import logging
import re
from hmac import compare_digest
from typing import Any

from telegram import Bot, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.ext import Updater
from tornado.web import Application, HTTPError, stream_request_body

from bot.observe.logs import Event
from bot.web.server import Quiet, WebServer
from index.errors import QuothError

log = logging.getLogger("quoth")
HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1 << 20  # bytes of an update; a text has 4096 characters, and what it replies to as many
RETRY = 5.0  # seconds


class Webhook(Updater):
    """An updater whose ``start_webhook`` opens a server of our own."""

    __slots__ = ("_server",)

    def __init__(self, bot: Bot, update_queue: "asyncio.Queue[object]") -> None:
        super().__init__(bot, update_queue)
        self._server: WebServer | None = None

    @property
    def running(self) -> bool:
        return self._server is not None

    async def start_webhook(self, *arguments: Any, **how: Any) -> "asyncio.Queue[object]":
        """Raises SettingsError: the port cannot be listened on."""
        handler = {"bot": self.bot, "queue": self.update_queue, "secret": how["secret_token"]}
        route = "/" + re.escape(how["url_path"])
        application = Application([(route, Delivery, handler)], default_handler_class=Nothing)
        server = WebServer(application, "The webhook", "WEBHOOK", how["listen"], how["port"], LARGEST)
        await server.start()
        self._server = server
        await self._tell_telegram(how["webhook_url"], how["secret_token"], how["allowed_updates"])
        return self.update_queue

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def _tell_telegram(self, url: str, secret: str, allowed_updates: list[str]) -> None:
        while True:
            try:
                await self.bot.set_webhook(url, secret_token=secret, allowed_updates=allowed_updates)
            except InvalidToken:
                raise
            except TelegramError as error:
                # The network may come back; and it may be a name server that has kept Telegram from finding us.
                refused = isinstance(error, BadRequest | Forbidden)
                hint = f"Telegram refuses QUOTH_WEBHOOK_URL: {error.message}" if refused else None
                log.error(Event("webhook_not_set", error=type(error).__name__, pause=RETRY, hint=hint))
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
