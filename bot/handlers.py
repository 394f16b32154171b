"""What the bot does with a message: parse, ask the library in a worker thread, render, reply."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter
from telegram.ext import ContextTypes

from bot.addressing import question_for
from bot.render import (
    NotVerbatim,
    Outgoing,
    check,
    render_answer,
    render_no_answer,
    render_plain,
    render_sources,
    render_summary,
)
from bot.state import Place, State
from bot.texts import Texts, texts_for
from index.errors import UnknownArticle
from index.library import Library
from index.models import Answer, NoAnswer, NotAQuestion, Quote

log = logging.getLogger("quoth")
LISTED = 20  # articles offered by /article
ASKING = 2  # questions at work at once
P = ParamSpec("P")
T = TypeVar("T")
Context = ContextTypes.DEFAULT_TYPE


class Handlers:
    """The bot's handlers. ``failed`` collects the updates that could not be answered for want of a network."""

    def __init__(self, library: Library, state: State, failed: set[int]) -> None:
        self._library = library
        self._state = state
        self._failed = failed
        # Threads of their own, no more than can be at work at once: what is written down never waits behind them.
        self._askers = ThreadPoolExecutor(ASKING, "asking")

    async def start(self, update: Update, context: Context) -> None:
        message, texts = _message(update), _texts(update)
        listings = await _thread(self._library.articles)
        chosen = await _thread(self._state.article, _place(message))
        titles = {one.id: one.title for one in listings}
        if not listings:
            await _say(message, texts.start_empty)
        else:
            await _say(message, texts.start.format(title=titles.get(chosen or "", listings[0].title)))

    async def help(self, update: Update, context: Context) -> None:
        message, texts = _message(update), _texts(update)
        groups = texts.help_in_groups.format(username=context.bot.username)
        await _say(message, f"{texts.help}\n\n{groups}")

    async def message(self, update: Update, context: Context) -> None:
        """A message that is no command of ours, or /ask."""
        message, texts = _message(update), _texts(update)
        question = question_for(message, context.bot.bot)
        if question:
            await self._answer(message, texts, question)
        elif question == "":
            await _say(message, texts.how_to_ask)
        elif message.chat.type == ChatType.PRIVATE and message.via_bot is None:
            await (self.help(update, context) if message.text else _say(message, texts.only_text))

    async def summary(self, update: Update, context: Context) -> None:
        message, texts = _message(update), _texts(update)
        article_id = await self._current(message, texts)
        if article_id:
            found = await _thread(self._library.summary, article_id)
            await _deliver(message, render_summary(found, texts))

    async def sources(self, update: Update, context: Context) -> None:
        message, texts = _message(update), _texts(update)
        article_id = await self._current(message, texts)
        if article_id:
            article = await _thread(self._library.article, article_id)
            named = await _thread(self._library.sources, article_id)
            last = await _thread(self._last, _place(message))
            await _deliver(message, render_sources(article, last, named, texts))

    async def article(self, update: Update, context: Context) -> None:
        """Offer the library's articles, or those whose title holds the words behind the command."""
        message, texts = _message(update), _texts(update)
        words = [word.casefold() for word in context.args or []]
        listings = await _thread(self._library.articles)
        fitting = [one for one in listings if all(word in one.title.casefold() for word in words)] or listings
        if not listings:
            await _say(message, texts.no_article)
            return
        buttons = [[InlineKeyboardButton(_short(one.title), callback_data=f"use:{one.id}")] for one in fitting[:LISTED]]
        await _deliver(message, render_plain(texts.choose_article), InlineKeyboardMarkup(buttons))

    async def button(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        texts = texts_for(query.from_user.language_code)
        action, _, rest = (query.data or "").partition(":")
        try:
            if action == "use":
                await self._use(query, rest, texts)
            elif action == "closest":
                await self._closest(query, rest, texts)
            await _acknowledge(query)
        except (UnknownArticle, ValueError):
            await _acknowledge(query, texts.article_gone)

    async def error(self, update: object, context: Context) -> None:
        """Log what went wrong without saying who wrote what, then apologise."""
        error = context.error
        log.error("An update failed: %s", type(error).__name__, exc_info=_without_text(error))
        if not isinstance(update, Update):
            return
        if isinstance(error, (NetworkError, RetryAfter)) and not isinstance(error, BadRequest):
            self._failed.add(update.update_id)
        elif not isinstance(error, Forbidden) and update.effective_message and update.message:
            await _say(update.message, _texts(update).error)

    async def _answer(self, message: Message, texts: Texts, question: str) -> None:
        place = _place(message)
        try:
            loop = asyncio.get_running_loop()
            size, found = await loop.run_in_executor(self._askers, self._ask, place, question)
        except UnknownArticle:
            await _thread(self._state.choose, place, None)
            await _say(message, texts.article_gone)
            return
        if found is None:
            await _say(message, texts.no_article)
        elif isinstance(found, Answer):
            try:
                await _deliver(message, render_answer(found, texts, several_articles=size > 1))
            except NotVerbatim:
                log.error("A quote failed its check and was not sent")
                await _say(message, texts.no_answer)
                return
            await _thread(self._state.remember, place, found.quotes)
        elif isinstance(found, NotAQuestion):
            await _say(message, texts.not_a_question)
        else:
            await _deliver(message, render_no_answer(found, texts), _closest_button(found, texts))

    def _ask(self, place: Place, question: str) -> tuple[int, Answer | NoAnswer | NotAQuestion | None]:
        """How many articles there are and what they answer; None when there are none."""
        size = self._library.size()
        return size, self._library.ask(question, self._state.article(place)) if size else None

    async def _current(self, message: Message, texts: Texts) -> str | None:
        """The article that a command without a question is about: the chosen, the last quoted, or the newest."""
        place = _place(message)
        chosen = await _thread(self._state.article, place)
        last = [said.article for said in await _thread(self._state.last, place)]
        ids = [listing.id for listing in await _thread(self._library.articles)]
        found = next((one for one in (chosen, *last, *ids) if one in ids), None)
        if found is None:
            await _say(message, texts.no_article)
        return found

    def _last(self, place: Place) -> list[Quote]:
        quotes = []
        for said in self._state.last(place):
            try:
                quotes.append(Quote(self._library.article(said.article), said.start, said.end, said.paragraph))
            except UnknownArticle:
                continue  # the owner has removed it since
        return quotes

    async def _use(self, query: CallbackQuery, article_id: str, texts: Texts) -> None:
        article = await _thread(self._library.article, article_id)
        message = query.message
        if isinstance(message, Message):
            await _thread(self._state.choose, _place(message), article_id)
            await _edit(query, render_plain(texts.article_set.format(title=_short(article.title)))[0])

    async def _closest(self, query: CallbackQuery, where: str, texts: Texts) -> None:
        article_id, start, end, paragraph = where.split(":")
        article = await _thread(self._library.article, article_id)
        quote = Quote(article, int(start), int(end), int(paragraph))
        messages = render_no_answer(NoAnswer("", 0.0, (quote,)), texts, closest=True)
        check(messages)
        await _edit(query, messages[0])


def _message(update: Update) -> Message:
    assert update.message is not None
    return update.message


def _texts(update: Update) -> Texts:
    return texts_for(update.effective_user.language_code if update.effective_user else None)


def _place(message: Message) -> Place:
    return Place(message.chat.id, (message.message_thread_id or 0) if message.is_topic_message else 0)


async def _thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(work, *args, **kwargs)


async def _say(message: Message, text: str) -> None:
    await _deliver(message, render_plain(text))


async def _deliver(
    message: Message, messages: Sequence[Outgoing], keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Send in order, the first as a reply, all in the message's topic; nothing if a quote fails its check."""
    await asyncio.to_thread(check, messages)
    for n, outgoing in enumerate(messages):
        last = n == len(messages) - 1
        options: dict[str, Any] = (
            {"allow_sending_without_reply": True, "do_quote": True} if n == 0 else {"do_quote": False}
        )
        await message.reply_text(
            outgoing.text,
            entities=outgoing.entities,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=keyboard if last else None,
            **options,
        )


async def _edit(query: CallbackQuery, outgoing: Outgoing) -> None:
    try:
        await query.edit_message_text(
            outgoing.text, entities=outgoing.entities, link_preview_options=LinkPreviewOptions(is_disabled=True)
        )
    except BadRequest as error:
        # Pressed twice: it already says so.
        if "not modified" not in str(error):
            raise


async def _acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    try:
        await query.answer(text)
    except BadRequest:
        log.info("A button press was too old to acknowledge")


def _closest_button(found: NoAnswer, texts: Texts) -> InlineKeyboardMarkup | None:
    if not found.candidates:
        return None
    quote = found.candidates[0]
    data = f"closest:{quote.article.id}:{quote.start}:{quote.end}:{quote.paragraph}"
    return InlineKeyboardMarkup([[InlineKeyboardButton(texts.closest_button, callback_data=data)]])


def _short(title: str) -> str:
    line = " ".join(title.split()) or "?"
    return line if len(line) <= 60 else line[:59].rstrip() + "…"


def _without_text(error: BaseException | None) -> BaseException | bool:
    """The traceback for the log, unless the error's own words may quote a reader."""
    return error if error is not None and not isinstance(error, BadRequest) else False
