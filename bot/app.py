"""The Telegram bot: one application from settings and a library, served by polling or webhook."""

import asyncio
import gc
import logging
import re
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from telegram import BotCommand
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.database import Database
from bot.handlers import Handlers
from bot.inbox import Inbox, InOrder, KeepingQueue
from bot.limiter import PatientLimiter
from bot.settings import Settings, SettingsError
from bot.state import State
from bot.texts import texts_for
from index.library import Library

log = logging.getLogger("quoth")
TAKEN = ["message", "callback_query"]
Bot = Application[Any, ContextTypes.DEFAULT_TYPE, Any, Any, Any, Any]


def build_application(settings: Settings, library: Library, database: Database) -> Bot:
    """The application, ready to be run.

    Raises:
        SettingsError: there is no token.
    """
    if settings.telegram_token is None:
        raise SettingsError("QUOTH_TELEGRAM_TOKEN is not set. Get a token from @BotFather and put it into .env.")
    inbox, failed = Inbox(database), set[int]()
    queue = KeepingQueue(inbox)
    handlers = Handlers(library, State(database), failed)
    api = settings.telegram_api_url.rstrip("/")

    async def prepare(application: Bot) -> None:
        await asyncio.to_thread(library.warm)
        # What is loaded now stays: without it the garbage collector would look through it again and again, and nobody
        # could be answered for a tenth of a second.
        gc.freeze()
        await _introduce(application)
        for update in await asyncio.to_thread(inbox.pending, application.bot):
            await queue.put_again(update)

    application: Bot = (
        Application.builder()
        .token(settings.telegram_token.get_secret_value())
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .rate_limiter(PatientLimiter())
        .update_queue(queue)
        .concurrent_updates(InOrder(inbox, failed))
        .post_init(prepare)
        .build()
    )
    fresh = filters.UpdateType.MESSAGE
    for name in ("start", "help", "summary", "sources", "article"):
        application.add_handler(CommandHandler(name, getattr(handlers, name), filters=fresh))
    application.add_handler(MessageHandler(fresh & ~filters.StatusUpdate.ALL, handlers.message))
    application.add_handler(CallbackQueryHandler(handlers.button))
    application.add_error_handler(handlers.error)
    return application


class OneLine(logging.Formatter):
    """Of an error in python-telegram-bot, which is nearly always the network's, its name; of our own the traceback.

    What python-telegram-bot says of it may hold the very updates it could not read, so its arguments are left out.
    """

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info and record.exc_info[0] and record.name.startswith("telegram"):
            first = re.sub(r"%[\d.]*\w", "…", str(record.msg).splitlines()[0])
            changes = {"msg": f"{first} ({record.exc_info[0].__name__})", "args": None, "exc_info": None}
            record = logging.makeLogRecord({**record.__dict__, **changes, "exc_text": None})
        return super().format(record)


async def _introduce(application: Bot) -> None:
    """Set the command menu and look at the privacy mode; the bot works without either."""
    me = application.bot.bot
    if not me.can_read_all_group_messages:
        log.warning(
            "Privacy mode is on: in groups, Telegram may not deliver @%s mentions. Readers can use /ask@%s or reply to "
            "the bot. To change it: @BotFather, /setprivacy, Disable; then add the bot to the group again.",
            me.username, me.username,
        )  # fmt: skip
    try:
        await application.bot.set_my_commands([BotCommand(*one) for one in texts_for(None).commands])
    except TelegramError as error:
        log.warning("The command menu could not be set: %s", error)


def serve(settings: Settings, library: Library, folder: Path) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        SettingsError: there is no token, or Telegram refuses it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    # Of the libraries only warnings: what httpx says of each request holds the token.
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    log.setLevel(logging.INFO)
    database = Database(folder)
    try:
        application = build_application(settings, library, database)
        if settings.webhook_url:
            secret = settings.webhook_secret
            log.info("Listening for Telegram on port %d", settings.webhook_port)
            application.run_webhook(
                listen=settings.webhook_listen,
                port=settings.webhook_port,
                url_path=urlsplit(settings.webhook_url).path.lstrip("/"),
                webhook_url=settings.webhook_url,
                # Without one of the owner's, a new one at each start: nobody but Telegram is ever let in.
                secret_token=secret.get_secret_value() if secret else secrets.token_urlsafe(32),
                allowed_updates=TAKEN,
                bootstrap_retries=-1,
            )
        else:
            log.info("Asking Telegram for messages (polling)")
            application.run_polling(allowed_updates=TAKEN, bootstrap_retries=-1)
    except InvalidToken:
        raise SettingsError("Telegram refuses QUOTH_TELEGRAM_TOKEN. Get the right one from @BotFather.") from None
    except NetworkError as error:
        raise SettingsError(f"Telegram cannot be reached ({type(error).__name__}). Check the network.") from None
    finally:
        library.save_index()
        database.close()
