"""Buttons: each is acknowledged at once, then the message that it stands under is edited."""

import time
from dataclasses import replace

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot.state.chats import Given, Said
from bot.telegram.handlers.article import fitting
from bot.telegram.handlers.owner import OwnerHandler
from bot.telegram.handlers.services import Services, place_of, thread, thread_of
from bot.telegram.messages.keyboards import Press, article_list, under_answer, under_closest, under_paragraph
from bot.telegram.messages.render import (
    Outgoing,
    no_answer_sentences,
    render_answer,
    render_closest,
    render_paragraph,
    render_passages,
    render_plain,
    render_titled,
)
from bot.telegram.messages.sending import acknowledge, edit, edit_keyboard
from bot.telegram.updates.quota import Verdict
from bot.wording.texts import Texts, texts_for
from index.errors import UnknownArticle
from index.models import Answer, Quote

Context = ContextTypes.DEFAULT_TYPE
View = tuple[Outgoing, InlineKeyboardMarkup | None]


class CallbackHandler:
    """The handler of button presses. Whoever sees a button may press it; those of owners ask who it is."""

    def __init__(self, services: Services, owning: OwnerHandler) -> None:
        self._services = services
        self._owning = owning

    async def button(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        texts, press = texts_for(query.from_user.language_code), Press.read(query.data)
        message = query.message
        if not isinstance(message, Message):  # too old for Telegram to say what it was
            await acknowledge(query, texts.buttons_too_old)
            return
        if self._services.press_quota.take(query.from_user.id, time.monotonic()) is not Verdict.WELCOME:
            await acknowledge(query, texts.too_many)
            return
        try:
            match press.verb:
                case "in" | "more" | "back" | "near" | "vote":
                    await self._answered(query, message, press, texts)
                case "use" if press.rest:
                    await self._use(query, message, press.rest[0], texts)
                case "list":
                    await self._turn(query, press, texts)
                case _ if not await self._owning.pressed(update, query, press, texts):
                    await acknowledge(query, texts.buttons_too_old)
        except UnknownArticle:
            await acknowledge(query, texts.article_gone)
        except ValueError:
            await acknowledge(query, texts.buttons_too_old)

    async def _answered(self, query: CallbackQuery, message: Message, press: Press, texts: Texts) -> None:
        given = await thread(self._services.state.given, message.chat.id, press.number(0))
        # The buttons of an answer that was edited away are gone too, whatever a client still shows.
        if given is None or message.message_id not in given.replied:
            await acknowledge(query, texts.buttons_too_old)
            return
        if press.verb == "vote":
            await self._vote(query, message, given, press.number(1), texts)
            return
        outgoing, keyboard = await thread(self._view, given, press, message.chat.type == ChatType.PRIVATE, texts)
        await acknowledge(query)
        await edit(query, outgoing, keyboard)

    async def _vote(self, query: CallbackQuery, message: Message, given: Given, vote: int, texts: Texts) -> None:
        if message.chat.type != ChatType.PRIVATE or vote not in {1, 0, -1} or not given.quotes:
            raise ValueError("no vote")
        await thread(self._services.tallies.vote, message.chat.id, given.asked, vote)
        await acknowledge(query, texts.voted if vote else texts.vote_taken_back)
        await edit_keyboard(query, under_answer(replace(given, vote=vote), texts, votes=True))

    def _view(self, given: Given, press: Press, private: bool, texts: Texts) -> View:
        """What the message shall show, with its keyboard. Blocking.

        Raises:
            UnknownArticle: it is gone.
            ValueError: there is nothing like that to show.
        """
        if press.verb == "back":
            keyboard = under_answer(given, texts, votes=private)
            return self._answer(given, texts), keyboard
        if press.verb == "in":
            return self._paragraph(given, press, texts)
        quotes = self._quotes(given.more)[:3]
        outdated = self._services.outdated(quotes)
        if press.verb == "near":
            messages = render_closest(quotes[0], texts, outdated, self._services.links)
        else:
            messages = render_passages(quotes, len(given.quotes) + 1, texts, outdated, self._services.links)
        return messages[0], under_closest(given, texts, shown=1 if press.verb == "near" else len(quotes))

    def _answer(self, given: Given, texts: Texts) -> Outgoing:
        several = self._services.library.size() > 1
        if not given.quotes:
            title = self._services.library.article(given.told).title if given.told else None
            return render_plain(no_answer_sentences(texts, title, several_articles=several)[0])[0]
        quotes = self._quotes(given.quotes)
        # An answer in several messages has its buttons under the last of them.
        answer, outdated = Answer("", tuple(quotes), 1.0), self._services.outdated(quotes)
        return render_answer(answer, texts, several_articles=several, outdated=outdated, links=self._services.links)[-1]

    def _paragraph(self, given: Given, press: Press, texts: Texts) -> View:
        n = press.number(1)
        known = (*given.quotes, *given.more)
        if not 0 <= n < len(known):
            raise ValueError("no such quote")
        (quote,) = self._quotes(known[n : n + 1])
        spans = quote.article.paragraphs
        shown = press.number(2) if len(press.rest) > 2 else quote.paragraph
        if not 1 <= shown <= len(spans):
            raise ValueError("no such paragraph")
        start, end = spans[shown - 1]
        focus = (max(start, quote.start), min(end, quote.end))
        whole = Quote(quote.article, start, end, shown, focus=focus if focus[0] < focus[1] else None)
        is_outdated = bool(self._services.outdated([quote]))
        outgoing = render_paragraph(whole, texts, outdated=is_outdated, links=self._services.links)
        before, after = shown - 1 if shown > 1 else None, shown + 1 if shown < len(spans) else None
        return outgoing, under_paragraph(given, n, before, after, texts)

    def _quotes(self, said: tuple[Said, ...]) -> list[Quote]:
        quotes = self._services.quotes(said)
        if len(quotes) < len(said) or not quotes:
            raise UnknownArticle("An article of this answer has been removed.")
        return quotes

    async def _use(self, query: CallbackQuery, message: Message, article_id: str, texts: Texts) -> None:
        article = await thread(self._services.library.current, article_id)
        await acknowledge(query)
        await thread(self._services.choose, place_of(message), thread_of(message), article_id)
        await edit(query, render_titled(texts.article_set, article, self._services.links))

    async def _turn(self, query: CallbackQuery, press: Press, texts: Texts) -> None:
        words = ":".join(press.rest[1:])
        listings = await thread(self._services.library.articles)
        keyboard = article_list(fitting(listings, words) or listings, press.number(0), words, texts)
        await acknowledge(query)
        await edit(query, render_plain(texts.choose_article)[0], keyboard)
