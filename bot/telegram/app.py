"""Builds the Telegram bot from the settings and a library, and runs it by polling or webhook."""

import asyncio
import contextlib
import gc
import logging
import secrets
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from telegram.error import InvalidToken, NetworkError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.feeds.followed import FeedStore
from bot.feeds.schedule import Following
from bot.observe.health import Health
from bot.observe.liveness import Liveness
from bot.observe.logs import Event, begin_logging
from bot.observe.metrics import Metrics, Numbers, Stock, watch_stock
from bot.settings import Settings, SettingsError
from bot.state.chats import ChatState
from bot.state.database import Database
from bot.state.reply_log import ReplyLog
from bot.state.stored_updates import StoredUpdates
from bot.state.tallies import Tallies
from bot.telegram.handlers.article import ArticleHandler
from bot.telegram.handlers.callback import CallbackHandler
from bot.telegram.handlers.errors import Calls, ErrorHandler, Fresh, Limits
from bot.telegram.handlers.group import GroupHandler
from bot.telegram.handlers.inline import InlineHandler
from bot.telegram.handlers.owner import OwnerHandler, SandboxedReader, SourceReader
from bot.telegram.handlers.question import QuestionHandler
from bot.telegram.handlers.services import INLINE, Services
from bot.telegram.messages.announcing import Announcer
from bot.telegram.messages.command_menus import introduce, show_commands
from bot.telegram.messages.sending import Sender
from bot.telegram.updates.chat_processor import PerChatProcessor
from bot.telegram.updates.polling import TolerantRequest
from bot.telegram.updates.queue import DurableQueue, unanswered
from bot.telegram.updates.quota import Quota
from bot.telegram.updates.rate_limiter import PatientLimiter
from bot.telegram.updates.webhook import Webhook, run_webhook, webhook_info
from bot.web.metrics_server import MetricsServer
from bot.web.reader_server import ReaderServer
from bot.wording.texts import LANGUAGES, OWNERS, texts_for
from index.errors import StoreError
from index.library import Library
from index.links.article_links import Links

log = logging.getLogger("quoth")
TAKEN = ["message", "edited_message", "guest_message", "callback_query", "inline_query", "my_chat_member"]
STOPPING = 5.0  # seconds to finish updates at the end; service managers kill after ten, and other steps take some too
Bot = Application[Any, ContextTypes.DEFAULT_TYPE, Any, Any, Any, Any]


class _QuickStopApplication(Application[Any, ContextTypes.DEFAULT_TYPE, Any, Any, Any, Any]):
    """An application that stops quickly. python-telegram-bot's own waits for calls that Telegram's limits delay, which
    may take minutes."""

    async def stop(self) -> None:
        if isinstance(self.update_processor, PerChatProcessor):
            await self.update_processor.stop(STOPPING)
        await super().stop()


def build_application(settings: Settings, library: Library, database: Database) -> Bot:
    """The application, ready to run.

    Raises:
        SettingsError: there is no token, or two servers have the same port.
    """
    if settings.telegram_token is None:
        raise SettingsError("QUOTH_TELEGRAM_TOKEN is not set. Get a token from @BotFather and put it into .env.")
    stored_updates, failed, recorded = StoredUpdates(database), set[int](), set[int]()
    queue = DurableQueue(stored_updates)
    state, feeds, liveness = ChatState(database), FeedStore(database), Liveness()
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    services = Services(
        library,
        state,
        Tallies(database),
        ReplyLog(database, stored_updates),
        frozenset(settings.owner_ids),
        Quota(settings.questions_a_minute),
        Quota(settings.questions_a_minute * INLINE),
        Quota(settings.questions_a_minute * INLINE),
        metrics,
        liveness,
        Links(settings.reader_url),
    )
    _check_ports(settings)
    servers: list[ReaderServer | MetricsServer] = []
    if settings.reader_url is not None:
        servers.append(ReaderServer(library, settings.reader_url, settings.reader_listen, settings.reader_port))
    following = Following(feeds, library, allow_private=settings.allow_private_addresses)
    api = settings.telegram_api_url.rstrip("/")
    introducing: list[asyncio.Task[None]] = []

    def look() -> Numbers:
        return Numbers(stored_updates.waiting(), library.size(), library.passage_count(), feeds.by_state())

    async def prepare(application: Bot) -> None:
        if settings.metrics_port is not None:
            watch_stock(registry, Stock(look))
            ask = partial(webhook_info, application.bot) if settings.webhook_url else None
            health = Health(liveness, state, library, ask)
            servers.append(MetricsServer(registry, health, settings.metrics_listen, settings.metrics_port))
        for server in servers:
            await server.start()
        await asyncio.to_thread(library.warm)
        for language in LANGUAGES:  # read now, so that nobody has to wait for the disk later
            texts_for(language)
        # All that is loaded now stays in memory. The garbage collector need not examine it again and again, which would
        # stop all answers for a tenth of a second.
        gc.freeze()
        _check_privacy_mode(application)
        await show_commands(application.bot)
        # In the background, because Telegram may delay these calls for long and readers should not have to wait.
        introducing.append(asyncio.create_task(introduce(application.bot, services.owners, state)))
        for update in await asyncio.to_thread(unanswered, stored_updates, application.bot):
            queue.put_again(update)
        following.start(Announcer(application.bot, feeds, state, services.links).announce_from_thread)
        liveness.heard()

    async def finish(application: Bot) -> None:
        following.stop()
        for server in servers:
            await server.stop()
        for task in introducing:
            task.cancel()
        await asyncio.gather(*introducing, return_exceptions=True)

    sender = Sender()
    limits = Limits(services, sender)
    builder = (
        Application.builder()
        .application_class(_QuickStopApplication)
        .token(settings.telegram_token.get_secret_value())
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .get_updates_request(TolerantRequest(liveness.heard, connection_pool_size=1))
        .rate_limiter(PatientLimiter(metrics))
        .update_queue(queue)
        .concurrent_updates(
            PerChatProcessor(stored_updates, failed, recorded, limits.refuse, metrics.left_out, queue.put_again)
        )
        .post_init(prepare)
        .post_stop(finish)
    )
    if settings.webhook_url:
        builder = builder.updater(None)  # an updater would poll Telegram
    application: Bot = builder.build()
    sources = SandboxedReader(allow_private=settings.allow_private_addresses)
    asking, errors = QuestionHandler(services, sender, recorded), ErrorHandler(services, sender, failed)
    _add_handlers(application, services, sender, limits, sources, asking)
    application.add_error_handler(errors.error)
    return application


def _check_ports(settings: Settings) -> None:
    used = {
        "QUOTH_READER_PORT": settings.reader_port if settings.reader_url else None,
        "QUOTH_WEBHOOK_PORT": settings.webhook_port if settings.webhook_url else None,
        "QUOTH_METRICS_PORT": settings.metrics_port,
    }
    for (name, port), (other, its) in combinations(used.items(), 2):
        if port is not None and port == its:
            raise SettingsError(f"{name} and {other} are the same. Choose another port for one of them.")


def _add_handlers(
    application: Bot, services: Services, sender: Sender, limits: Limits, sources: SourceReader, asking: QuestionHandler
) -> None:
    choosing, groups = ArticleHandler(services, sender), GroupHandler(services, sender)
    owning = OwnerHandler(services, sender, sources)
    new = filters.UpdateType.MESSAGE & Fresh()
    application.add_handler(MessageHandler(new & filters.IS_AUTOMATIC_FORWARD, asking.post))
    for name in ("summary", "sources", "article"):
        application.add_handler(CommandHandler(name, limits.keep(getattr(choosing, name)), filters=new))
    rooms = {"start": choosing, "help": choosing, "forget": groups, **dict.fromkeys(OWNERS, owning)}
    for name, room in rooms.items():
        application.add_handler(MessageHandler(new & Calls(name), limits.keep(getattr(room, name))))
    if services.owners:
        sent = filters.Document.ALL & ~filters.ANIMATION & filters.ChatType.PRIVATE & filters.User(services.owners)
        application.add_handler(MessageHandler(new & sent, owning.add))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, groups.migrated))
    application.add_handler(MessageHandler(new & ~filters.StatusUpdate.ALL, asking.message))
    application.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE & Fresh(), asking.edited))
    application.add_handler(MessageHandler(filters.UpdateType.GUEST_MESSAGE, asking.guest))
    application.add_handler(CallbackQueryHandler(CallbackHandler(services, owning.removal).button))
    application.add_handler(InlineQueryHandler(InlineHandler(services).query))
    application.add_handler(ChatMemberHandler(groups.membership, ChatMemberHandler.MY_CHAT_MEMBER))


def _check_privacy_mode(application: Bot) -> None:
    me = application.bot.bot
    if not me.can_read_all_group_messages:
        hint = (
            f"Privacy mode is on: in groups, Telegram may not deliver @{me.username} mentions. Readers can use "
            f"/ask@{me.username} or reply to the bot. To change it: @BotFather, /setprivacy, Disable; then add the bot "
            "to the group again."
        )
        log.warning(Event("privacy_mode", hint=hint))


def serve(settings: Settings, library: Library, folder: Path) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        SettingsError: there is no token, Telegram refuses it or cannot be reached, or a port cannot be opened.
    """
    begin_logging(settings.log_level)
    database = Database(folder)
    try:
        application = build_application(settings, library, database)
        if settings.webhook_url:
            secret = settings.webhook_secret
            webhook = Webhook(
                application.bot,
                application.update_queue,
                url=settings.webhook_url,
                # Without a secret in the settings, a new one at each start, so that only Telegram can use the webhook.
                secret=secret.get_secret_value() if secret else secrets.token_urlsafe(32),
                listen=settings.webhook_listen,
                port=settings.webhook_port,
                allowed_updates=TAKEN,
            )
            run_webhook(application, webhook)
        else:
            log.info(Event("polling"))
            application.run_polling(allowed_updates=TAKEN, bootstrap_retries=-1)
    except InvalidToken:
        raise SettingsError("Telegram refuses QUOTH_TELEGRAM_TOKEN. Get the right one from @BotFather.") from None
    except NetworkError as error:
        raise SettingsError(f"Telegram cannot be reached ({type(error).__name__}). Check the network.") from None
    finally:
        library.save_index()
        with contextlib.suppress(StoreError):  # already logged
            StoredUpdates(database).rest()
        database.close()
