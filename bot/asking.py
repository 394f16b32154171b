"""A question from a chat: which article it is about, what it answers, the reply, and what is remembered of it."""

import logging
import time
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from telegram import InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent, Message, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot.addressing import links_in, question_for, without_link
from bot.buttons import under_answer
from bot.choosing import Choosing
from bot.desk import Desk, message_of, place_of, reader_of, texts_of, thread
from bot.quota import Verdict
from bot.render import NotVerbatim, Outgoing, check, no_answer_sentences, render_answer, render_plain
from bot.sending import NO_PREVIEW, Sender
from bot.state import Given, Place, Said
from bot.texts import Texts
from index.errors import UnknownArticle
from index.models import Answer, Article, NoAnswer, NotAQuestion

log = logging.getLogger("quoth")
CANDIDATES = 6  # passages beside the quotes, for those who want more
LATE = 600  # seconds: an edit may still make a question of a message that is no older
Context = ContextTypes.DEFAULT_TYPE
# What small talk is answered by, where the sentence has another name than its kind. (A guest gets no summary.)
_REPLIES = {"other": "not_a_question", "gist": "not_a_question"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that is meant for us. ``links`` are its own, ``around`` those of the message that it replies to;
    ``thread`` is the thread of a channel's post that it comments; ``reply_to`` the number of our message that it
    replies to."""

    place: Place
    number: int
    question: str
    reader: int
    private: bool
    links: tuple[str, ...]
    around: tuple[str, ...]
    thread: Place | None
    reply_to: int | None

    @classmethod
    def of(cls, message: Message, question: str, me: int) -> "Asked":
        replied = message.reply_to_message
        ours = replied is not None and replied.from_user is not None and replied.from_user.id == me
        in_thread = message.message_thread_id is not None and not message.is_topic_message
        return cls(
            place_of(message),
            message.message_id,
            question,
            reader_of(message),
            message.chat.type == ChatType.PRIVATE,
            tuple(links_in(message)),
            () if ours else tuple(links_in(replied)),
            Place(message.chat.id, message.message_thread_id or 0) if in_thread else None,
            replied.message_id if ours and replied is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What the library says. ``article`` is the one that was asked, None for all of them."""

    result: Answer | NoAnswer | NotAQuestion
    question: str
    article: str | None
    several: bool
    before: tuple[str, ...]


class Empty:
    """There is no article at all."""


class Unknown:
    """Nothing but a link to a page that is no article of ours."""


Outcome = Found | Article | Empty | Unknown  # an article: nothing but its link, it is chosen now


class Asking:
    """The handlers of messages that ask."""

    def __init__(self, desk: Desk, sender: Sender, choosing: Choosing) -> None:
        self._desk = desk
        self._sender = sender
        self._choosing = choosing

    async def message(self, update: Update, context: Context) -> None:
        """A message that is no command of ours, or /ask."""
        message, texts = message_of(update), texts_of(update)
        if message.is_automatic_forward:
            await self._note_post(message)
            return
        question = question_for(message, context.bot.bot)
        in_private = message.chat.type == ChatType.PRIVATE
        if question is None and not (in_private and message.via_bot is None):
            return
        match self._desk.welcome(message):
            case Verdict.IGNORED:
                return
            case Verdict.TOO_MANY:
                await self._sender.say(message, texts.too_many, texts)
                return
        if question:
            await self._answer(message, texts, question, context.bot.id)
        elif message.text:
            await self._sender.say(message, texts.help if question is None else texts.how_to_ask, texts)
        else:
            await self._sender.say(message, texts.sticker if message.sticker else texts.only_text, texts)

    async def edited(self, update: Update, context: Context) -> None:
        """A changed question gets its answer changed; a message that was none may have become one."""
        message, texts = message_of(update), texts_of(update)
        question = question_for(message, context.bot.bot)
        given = await thread(self._desk.state.given, message.chat.id, message.message_id)
        if not question or self._desk.welcome(message) is not Verdict.WELCOME:
            return
        if given is None and time.time() - message.date.timestamp() > LATE:
            return
        await self._answer(message, texts, question, context.bot.id, given)

    async def guest(self, update: Update, context: Context) -> None:
        """Called by its name in a chat that it is no member of: one message, without buttons."""
        message, texts = message_of(update), texts_of(update)
        question = question_for(message, context.bot.bot)
        if message.guest_query_id is None or question is None or self._desk.welcome(message) is not Verdict.WELCOME:
            return
        if question:
            outcome = await self._desk.ask(self._find, Asked.of(message, question, context.bot.id))
            messages, _ = self._rendered(outcome, texts)
        else:
            messages = render_plain(texts.how_to_ask)
        await thread(check, messages[:1])
        content = InputTextMessageContent(
            messages[0].text, entities=messages[0].entities, link_preview_options=NO_PREVIEW
        )
        await context.bot.answer_guest_query(
            message.guest_query_id, InlineQueryResultArticle("answer", (question or "?")[:100], content)
        )

    async def _answer(self, message: Message, texts: Texts, question: str, me: int, given: Given | None = None) -> None:
        asked = Asked.of(message, question, me)
        try:
            outcome = await self._desk.ask(self._find, asked)
        except UnknownArticle:
            await thread(self._desk.state.choose, asked.place, None)
            await self._sender.say(message, texts.article_gone, texts)
            return
        if self._is_chatter(asked, outcome):
            return
        if isinstance(outcome, Found) and isinstance(outcome.result, NotAQuestion) and outcome.result.kind == "gist":
            await self._choosing.sum_up(message, texts, outcome.article)
            return
        try:
            await self._reply(message, asked, outcome, texts, given)
        except NotVerbatim:
            log.error("A quote failed its check and was not sent")
            await self._sender.say(message, texts.no_answer, texts)

    @staticmethod
    def _is_chatter(asked: Asked, outcome: Outcome) -> bool:
        """In a group, an "ok" or a smile below our answer is said to the others."""
        is_talk = isinstance(outcome, Found) and isinstance(outcome.result, NotAQuestion)
        return (
            is_talk and not asked.private and asked.reply_to is not None and outcome.result.kind in {"symbols", "other"}  # type: ignore[union-attr]
        )

    async def _reply(
        self, message: Message, asked: Asked, outcome: Outcome, texts: Texts, before: Given | None
    ) -> None:
        messages, given = self._rendered(outcome, texts)
        given = replace(given, place=asked.place, asked=asked.number, at=int(time.time()))
        keyboard: InlineKeyboardMarkup | None = under_answer(given, texts, votes=asked.private)
        preview = outcome.url if isinstance(outcome, Article) else None
        if before is not None:
            replied = await self._sender.revise(message, before.replied, messages, keyboard)
        elif isinstance(outcome, Found) and isinstance(outcome.result, NoAnswer):
            no, again = _no(outcome, texts)
            replied = await self._sender.say(message, no, texts, or_else=again, keyboard=keyboard)
        else:
            replied = await self._sender.reply(message, messages, texts, keyboard=keyboard, preview=preview)
        given = replace(given, replied=replied)
        await thread(self._remember, asked, outcome, given, is_new=before is None)

    def _rendered(self, outcome: Outcome, texts: Texts) -> tuple[tuple[Outgoing, ...], Given]:
        """The reply and what is remembered of it, as far as that depends on the outcome."""
        given = Given(Place(0), 0, (), None, (), (), 0)
        if isinstance(outcome, Article):
            return render_plain(texts.article_set.format(title=outcome.title)), given
        if not isinstance(outcome, Found):
            return render_plain(texts.no_article if isinstance(outcome, Empty) else texts.unknown_link), given
        result = outcome.result
        if isinstance(result, NotAQuestion):
            return render_plain(getattr(texts, _REPLIES.get(result.kind, result.kind))), given
        quotes = result.quotes if isinstance(result, Answer) else ()
        shown = [(quote.article.id, quote.start, quote.end) for quote in quotes]
        more = [
            quote
            for quote in result.candidates
            if not any(quote.article.id == one and a <= quote.start < b for one, a, b in shown)
        ]
        about = (*quotes, *more)[:1]
        given = replace(
            given,
            article=about[0].article.id if about else outcome.article,
            quotes=tuple(map(Said.of, quotes)),
            more=tuple(map(Said.of, more)),
            told=outcome.article,
        )
        if isinstance(result, Answer):
            return render_answer(result, texts, several_articles=outcome.several), given
        return render_plain(_no(outcome, texts)[0]), given

    # In a worker thread

    def _find(self, asked: Asked) -> Outcome:
        """Raises UnknownArticle: the chosen article is gone."""
        library, state = self._desk.library, self._desk.state
        size = library.size()
        if not size:
            return Empty()
        question = asked.question
        for link in asked.links:
            if (article := library.at(link)) is not None:
                question = without_link(question, link)
                break
        else:
            article = None
            if asked.links and not without_link(question, asked.links[0]):
                return Unknown()
        if article is not None and not question:
            state.choose(asked.place, article)
            return library.article(article)
        article = article or next((found for link in asked.around if (found := library.at(link))), None)
        article = article or (asked.thread and state.article(asked.thread)) or state.article(asked.place)
        before = self._desk.memory.before(_conversations(asked), article, time.monotonic())
        result = library.ask(question, article, history=before, candidates=CANDIDATES)
        return Found(result, question, article, size > 1, before)

    def _remember(self, asked: Asked, outcome: Outcome, given: Given, *, is_new: bool) -> None:
        self._desk.state.give(given)
        if not isinstance(outcome, Found) or isinstance(outcome.result, NotAQuestion):
            return
        names = [*_conversations(asked)[-1:], *((asked.place.chat, "said", number) for number in given.replied)]
        self._desk.memory.keep(names, (*outcome.before, outcome.question), outcome.article, time.monotonic())
        if is_new:
            answered, today = isinstance(outcome.result, Answer), datetime.now(UTC).date()
            self._desk.tallies.count(given.article or "", outcome.question, answered=answered, today=today)

    async def _note_post(self, message: Message) -> None:
        """A channel's post in its discussion group: what is asked below it is asked to the article that it links to."""
        for link in links_in(message):
            if article := await thread(self._desk.library.at, link):
                await thread(self._desk.state.choose, Place(message.chat.id, message.message_id), article)
                return


def _no(found: Found, texts: Texts) -> tuple[str, str]:
    near = found.result.candidates[:1] if found.article else ()
    return no_answer_sentences(texts, near[0].article.title if near else None, several_articles=found.several)


def _conversations(asked: Asked) -> list[Hashable]:
    """The names of the conversation that a question may go on: below a message of ours, else the reader's own."""
    own = (asked.place.chat, asked.place.thread, asked.reader)
    return [own] if asked.reply_to is None else [(asked.place.chat, "said", asked.reply_to), own]
