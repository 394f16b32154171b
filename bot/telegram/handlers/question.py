"""Handles messages with questions: finds the reply in a worker thread, sends it, and records it in one transaction."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from telegram import InlineQueryResultArticle, InputTextMessageContent, Message, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot.observe.logs import Event
from bot.state.chats import Place
from bot.telegram.context import message_of, moment_of, texts_of, thread
from bot.telegram.handlers.outcome_log import note, note_not_verbatim
from bot.telegram.handlers.reply import Reply, ReplyMaker, ReplyServices, kind_of
from bot.telegram.handlers.resolve import Asked
from bot.telegram.messages.render import render_plain
from bot.telegram.messages.sending import NO_PREVIEW, Sender
from bot.telegram.messages.verbatim import NotVerbatim, without_quotes
from bot.telegram.updates.addressing import links_in, question_for
from bot.telegram.updates.quota import Verdict
from bot.wording.texts import Texts
from index.errors import StoreError

log = logging.getLogger("quoth")
LATE = 600  # seconds; a message that is edited later than this cannot become a question any more
LINKS = 10  # the most links of a post that are kept
ALBUMS = 1_000  # the number of chats whose last album is remembered
Context = ContextTypes.DEFAULT_TYPE
P = ParamSpec("P")
T = TypeVar("T")


class QuestionServices(ReplyServices, Protocol):
    """What the question handler needs. See ``Services``."""

    async def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...
    def welcome(self, message: Message) -> Verdict: ...


class QuestionHandler:
    """Handles messages. ``recorded`` collects the ids of updates that are already stored as finished."""

    def __init__(self, services: QuestionServices, sender: Sender, recorded: set[int]) -> None:
        self._services = services
        self._sender = sender
        self._recorded = recorded
        self._replies = ReplyMaker(services)
        self._albums: OrderedDict[int, str] = OrderedDict()

    async def message(self, update: Update, context: Context) -> None:
        """A message that is not another command of ours, or /ask."""
        message, texts = message_of(update), texts_of(update)
        question = question_for(message, context.bot.bot)
        if question is None and not (message.chat.type == ChatType.PRIVATE and message.via_bot is None):
            return
        if self._is_of_the_same_album(message) and not question:
            return
        match self._services.welcome(message):
            case Verdict.IGNORED:
                return
            case Verdict.TOO_MANY:
                await self._sender.say(message, texts.too_many, texts)
                return
        if question:
            asked = Asked.of(message, question, context.bot.id)
            await self._reply(update, texts, partial(self._replies.to_question, asked, texts))
        elif message.text:
            await self._sender.say(message, texts.help if question is None else texts.how_to_ask, texts)
        else:
            await self._sender.say(message, texts.sticker if message.sticker else texts.only_text, texts)

    async def edited(self, update: Update, context: Context) -> None:
        """A question was edited: edit its answer. A message that was not a question may have become one."""
        message, texts = message_of(update), texts_of(update)
        question = question_for(message, context.bot.bot)
        if not question or self._services.welcome(message) is not Verdict.WELCOME:
            return
        asked = Asked.of(message, question, context.bot.id)
        is_late = moment_of(message) - message.date.timestamp() > LATE
        await self._reply(update, texts, partial(self._replies.to_edit, asked, texts, is_late=is_late))

    async def guest(self, update: Update, context: Context) -> None:
        """The bot is mentioned in a chat that it is not a member of: one message without buttons; nothing is stored."""
        message, texts = message_of(update), texts_of(update)
        question = question_for(message, context.bot.bot)
        if message.guest_query_id is None or question is None or self._services.welcome(message) is not Verdict.WELCOME:
            return
        checked, outcome = without_quotes(render_plain(texts.how_to_ask)), None
        if question:
            asked = Asked.of(message, question, context.bot.id)
            checked, outcome = await self._services.ask(self._replies.to_guest, asked, texts)
        shown = checked.messages[0]
        content = InputTextMessageContent(shown.text, entities=shown.entities, link_preview_options=NO_PREVIEW)
        await context.bot.answer_guest_query(
            message.guest_query_id, InlineQueryResultArticle("answer", (question or "?")[:100], content)
        )
        if outcome is not None:
            note(self._services.metrics, "guest", outcome, texts)

    async def post(self, update: Update, context: Context) -> None:
        """A channel's post in its discussion group: questions below it are about the article that it links to."""
        message = message_of(update)
        # The "://" distinguishes a stored link from an article's id.
        if links := [link for link in links_in(message) if "://" in link][:LINKS]:
            # The links are stored, not the article's id: the article may be added later, and corrections change the id.
            await thread(self._services.state.choose, Place(message.chat.id, message.message_id), " ".join(links))

    async def _reply(self, update: Update, texts: Texts, find: Callable[[], Reply | None]) -> None:
        message = message_of(update)
        try:
            reply = await self._services.ask(find)
        except NotVerbatim as error:
            note_not_verbatim(self._services.metrics, error)
            await self._sender.say(message, texts.no_answer, texts)
            return
        if reply is None:
            return
        if reply.before is not None:
            replied = await self._sender.revise(message, reply.before.replied, reply.checked, reply.keyboard)
        else:
            replied = await self._sender.reply(
                message, reply.checked, texts, keyboard=reply.keyboard, preview=reply.preview, or_else=reply.or_else
            )
        note(self._services.metrics, kind_of(reply.asked), reply.outcome, texts)
        try:
            await thread(self._replies.record, reply, replied, update.update_id)
        except StoreError as error:  # the answer was sent, but its buttons will not work
            log.error(Event("not_remembered"), exc_info=error)
        else:
            self._recorded.add(update.update_id)

    def _is_of_the_same_album(self, message: Message) -> bool:
        """Whether a message is a further picture of the last album in its chat."""
        chat, album = message.chat.id, message.media_group_id
        if album is None:
            return False
        seen = self._albums.get(chat) == album
        self._albums[chat] = album
        self._albums.move_to_end(chat)
        if len(self._albums) > ALBUMS:
            self._albums.popitem(last=False)
        return seen
