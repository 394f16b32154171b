"""The handlers of messages that ask: find, render, reply, remember."""

import logging
from collections import OrderedDict
from dataclasses import replace

from telegram import InlineQueryResultArticle, InputTextMessageContent, Message, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot.observe.logs import Event
from bot.observe.metrics import Kind
from bot.state.chats import Given, Place, Said
from bot.telegram.handlers.outcome_log import not_verbatim, note
from bot.telegram.handlers.resolve import Asked, Empty, Found, Gone, Outcome, Resolver, beside
from bot.telegram.handlers.services import Services
from bot.telegram.messages.context import message_of, moment_of, texts_of, thread
from bot.telegram.messages.keyboards import under_answer
from bot.telegram.messages.render import (
    NotVerbatim,
    Outgoing,
    check,
    no_answer_sentences,
    render_answer,
    render_plain,
    render_summary,
)
from bot.telegram.messages.sending import NO_PREVIEW, Sender
from bot.telegram.updates.addressing import links_in, question_for
from bot.telegram.updates.quota import Verdict
from bot.wording.texts import Texts
from index.errors import StoreError
from index.links.article_links import Links
from index.models import Answer, Article, NoAnswer, NotAQuestion, Summary

log = logging.getLogger("quoth")
LATE = 600  # seconds: an edit may still make a question of a message that was no older
LINKS = 10  # of a post that are looked at
ALBUMS = 1_000  # chats whose last album is remembered
Context = ContextTypes.DEFAULT_TYPE


class QuestionHandler:
    def __init__(self, services: Services, sender: Sender) -> None:
        self._services = services
        self._sender = sender
        self._finder = Resolver(services)
        self._albums: OrderedDict[int, str] = OrderedDict()

    async def message(self, update: Update, context: Context) -> None:
        """A message that is no command of ours, or /ask."""
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
            # A message that has its reply comes again after a restart at a bad moment: it is not answered twice.
            if await thread(self._services.state.given, message.chat.id, message.message_id) is None:
                await self._answer(message, texts, question, context.bot.id, None)
        elif message.text:
            await self._sender.say(message, texts.help if question is None else texts.how_to_ask, texts)
        else:
            await self._sender.say(message, texts.sticker if message.sticker else texts.only_text, texts)

    async def edited(self, update: Update, context: Context) -> None:
        """A changed question gets its answer changed; a message that was none may have become one."""
        message, texts = message_of(update), texts_of(update)
        question = question_for(message, context.bot.bot)
        given = await thread(self._services.state.given, message.chat.id, message.message_id)
        if not question or self._services.welcome(message) is not Verdict.WELCOME:
            return
        if given is None and moment_of(message) - message.date.timestamp() > LATE:
            return
        asked = Asked.of(message, question, context.bot.id)
        if given is not None and await thread(self._finder.lacks_its_past, asked):
            return  # the answer that it has was found with what is forgotten by now
        await self._answer(message, texts, question, context.bot.id, given)

    async def guest(self, update: Update, context: Context) -> None:
        """Called by its name in a chat that it is no member of: one message, without buttons; nothing is kept."""
        message, texts = message_of(update), texts_of(update)
        question = question_for(message, context.bot.bot)
        if message.guest_query_id is None or question is None or self._services.welcome(message) is not Verdict.WELCOME:
            return
        messages, outcome = render_plain(texts.how_to_ask), None
        if question:
            asked = Asked.of(message, question, context.bot.id)
            self._services.metrics.asked("guest")
            outcome = await self._services.ask(self._finder.find, asked, keep=False)
            messages, _ = await thread(rendered, outcome, texts, self._services.links)
        try:
            await thread(check, messages[:1])
        except NotVerbatim as error:
            not_verbatim(self._services.metrics, error)
            messages = render_plain(texts.no_answer)
        content = InputTextMessageContent(
            messages[0].text, entities=messages[0].entities, link_preview_options=NO_PREVIEW
        )
        await context.bot.answer_guest_query(
            message.guest_query_id, InlineQueryResultArticle("answer", (question or "?")[:100], content)
        )
        if outcome is not None:
            note(self._services.metrics, "guest", outcome, texts)

    async def post(self, update: Update, context: Context) -> None:
        """A channel's post in its discussion group: what is asked below it is asked to the article that it links to."""
        message = message_of(update)
        # By "://" what is kept of a post is told from an article's id.
        if links := [link for link in links_in(message) if "://" in link][:LINKS]:
            # The addresses are kept, not the article: it may be added only later, and changes with every correction.
            await thread(self._services.state.choose, Place(message.chat.id, message.message_id), " ".join(links))

    async def _answer(self, message: Message, texts: Texts, question: str, me: int, before: Given | None) -> None:
        asked = Asked.of(message, question, me)
        kind: Kind = "private" if asked.private else "group"
        self._services.metrics.asked(kind)
        outcome = await self._services.ask(self._finder.find, asked)
        if _is_chatter(asked, outcome):
            self._services.metrics.replied("chatter", None)
            return
        messages, given = await thread(rendered, outcome, texts, self._services.links)
        vote = before.vote if before is not None and before.quotes == given.quotes else 0
        given = replace(given, place=asked.place, asked=asked.number, at=moment_of(message), vote=vote)
        keyboard = under_answer(given, texts, votes=asked.private)
        try:
            if before is not None:
                replied = await self._sender.revise(message, before.replied, messages, keyboard)
            else:
                preview = outcome.url if isinstance(outcome, Article) else None
                replied = await self._sender.reply(
                    message, messages, texts, keyboard=keyboard, preview=preview, or_else=_again(outcome, texts)
                )
        except NotVerbatim as error:
            not_verbatim(self._services.metrics, error)
            await self._sender.say(message, texts.no_answer, texts)
            return
        note(self._services.metrics, kind, outcome, texts)
        try:
            await thread(self._finder.remember, asked, outcome, replace(given, replied=replied), before)
        except StoreError as error:  # the answer stands; its buttons will not find it
            log.error(Event("not_remembered"), exc_info=error)

    def _is_of_the_same_album(self, message: Message) -> bool:
        """Whether it is one more picture of the album that a chat sent last."""
        chat, album = message.chat.id, message.media_group_id
        if album is None:
            return False
        seen = self._albums.get(chat) == album
        self._albums[chat] = album
        self._albums.move_to_end(chat)
        if len(self._albums) > ALBUMS:
            self._albums.popitem(last=False)
        return seen


def rendered(outcome: Outcome, texts: Texts, links: Links) -> tuple[tuple[Outgoing, ...], Given]:
    """The reply, and what is remembered of it, as far as that depends on the outcome."""
    given = Given(Place(0), 0, (), None, (), (), 0)
    if isinstance(outcome, Summary):
        return render_summary(outcome, texts, links), given
    if isinstance(outcome, Article):
        return render_plain(texts.article_set.format(title=outcome.title)), given
    if not isinstance(outcome, Found):
        plain = {Empty: texts.no_article, Gone: texts.article_gone}
        return render_plain(plain.get(type(outcome), texts.unknown_link)), given
    result = outcome.result
    if isinstance(result, NotAQuestion):
        return render_plain(texts.reply_to(result.kind)), given
    quotes = result.quotes if isinstance(result, Answer) else ()
    more = beside(result)
    about = (*quotes, *more)[:1]
    given = replace(
        given,
        article=about[0].article.id if about else outcome.turns.article,
        quotes=tuple(map(Said.of, quotes)),
        more=tuple(map(Said.of, more)),
        told=outcome.turns.article,
    )
    if isinstance(result, Answer):
        return render_answer(result, texts, several_articles=outcome.several, links=links), given
    return render_plain(_no(outcome, texts)[0]), given


def _no(found: Found, texts: Texts) -> tuple[str, str]:
    near = found.result.candidates[:1] if found.turns.article else ()
    return no_answer_sentences(texts, near[0].article.title if near else None, several_articles=found.several)


def _again(outcome: Outcome, texts: Texts) -> str | None:
    """How to say the same once more, where there is a way of its own."""
    if isinstance(outcome, Found) and isinstance(outcome.result, NoAnswer):
        return _no(outcome, texts)[1]
    return None


def _is_chatter(asked: Asked, outcome: Outcome) -> bool:
    """In a group, an "ok" or a smile below our answer is said to the others."""
    if asked.private or asked.reply_to is None or not isinstance(outcome, Found):
        return False
    return isinstance(outcome.result, NotAQuestion) and outcome.result.kind in {"symbols", "other"}
