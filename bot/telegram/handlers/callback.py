"""Handles button presses: finds what to show in a worker thread, acknowledges the press, edits the message."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot.state.chats import Given, Place, Said
from bot.telegram.callback_data import OF_OWNERS, Press, Verb
from bot.telegram.context import place_of, thread, thread_of
from bot.telegram.handlers.article import fitting
from bot.telegram.messages.keyboards import (
    View,
    article_list,
    under_answer,
    under_closest,
    under_paragraph,
)
from bot.telegram.messages.render import (
    Outgoing,
    no_answer_sentences,
    render_answer,
    render_paragraph,
    render_passages,
    render_plain,
    render_titled,
)
from bot.telegram.messages.sending import acknowledge, edit, edit_keyboard
from bot.telegram.messages.verbatim import Checked, check
from bot.telegram.updates.quota import Quota, Verdict
from bot.wording.texts import Texts, texts_for
from index.errors import UnknownArticle
from index.links.article_links import Links
from index.models import Answer, Article, Closest, Listing, Quote

Context = ContextTypes.DEFAULT_TYPE
PASSAGES = 3  # the most passages that "more" shows


class Catalogue(Protocol):
    """What buttons need of the library. Blocking; raises UnknownArticle."""

    def article(self, article_id: str) -> Article: ...
    def current(self, article_id: str) -> Article: ...
    def articles(self) -> list[Listing]: ...
    def size(self) -> int: ...


class GivenAnswers(Protocol):
    def reply_to(self, chat: int, asked: int) -> Given | None: ...


class VoteBox(Protocol):
    def vote(self, chat: int, asked: int, vote: int) -> object: ...


class ButtonServices(Protocol):
    """What buttons need. See ``Services``."""

    @property
    def library(self) -> Catalogue: ...
    @property
    def state(self) -> GivenAnswers: ...
    @property
    def tallies(self) -> VoteBox: ...
    @property
    def press_quota(self) -> Quota: ...
    @property
    def links(self) -> Links: ...
    def is_owner(self, update: Update) -> bool: ...
    def quotes(self, said: tuple[Said, ...]) -> list[Quote]: ...
    def outdated(self, quotes: Sequence[Quote]) -> list[Quote]: ...
    def choose(self, place: Place, below: Place | None, article_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press: the message with the button, its callback data, and the texts in the language of who pressed it."""

    message: Message
    press: Press
    texts: Texts

    @property
    def in_private(self) -> bool:
        return self.message.chat.type == ChatType.PRIVATE


class CallbackHandler:
    """Handles button presses. Anybody who sees a button may press it, except those for owners.

    ``removal`` finds what the buttons of /remove show.
    """

    def __init__(self, services: ButtonServices, removal: Callable[[Press, Texts], View]) -> None:
        self._services = services
        # Each is blocking. Each raises UnknownArticle, or ValueError if what it should show is not known.
        self._views: dict[str, Callable[[Pressed], View]] = {
            Verb.CONTEXT: self._context,
            Verb.MORE: self._more,
            Verb.CLOSEST: self._closest,
            Verb.BACK: self._back,
            Verb.VOTE: self._vote,
            Verb.CHOOSE: self._choose,
            Verb.TURN: self._turn,
            **{verb: lambda pressed: removal(pressed.press, pressed.texts) for verb in OF_OWNERS},
        }

    async def button(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        texts, press = texts_for(query.from_user.language_code), Press.read(query.data)
        message, find = query.message, self._views.get(press.verb)
        if not isinstance(message, Message):  # Telegram does not send the content of very old messages
            await acknowledge(query, texts.buttons_too_old)
            return
        if self._services.press_quota.take(query.from_user.id, time.monotonic()) is not Verdict.WELCOME:
            await acknowledge(query, texts.too_many)
            return
        if find is None or not press.rest:
            await acknowledge(query, texts.buttons_too_old)
            return
        if press.verb in OF_OWNERS and not self._services.is_owner(update):
            await acknowledge(query, texts.only_owners)
            return
        try:
            view, checked = await thread(self._look, find, Pressed(message, press, texts))
        except UnknownArticle:
            await acknowledge(query, texts.article_gone)
            return
        except ValueError:
            await acknowledge(query, texts.buttons_too_old)
            return
        await acknowledge(query, view.notice)
        if checked is None:
            await edit_keyboard(query, view.keyboard)
        else:
            await edit(query, checked, view.keyboard)

    def _look(self, find: Callable[[Pressed], View], pressed: Pressed) -> tuple[View, Checked | None]:
        """What a press shows, and its checked text, if it has one."""
        view = find(pressed)
        return view, None if view.text is None else check([view.text], self._services.library.article)

    def _given(self, pressed: Pressed) -> Given:
        """The answer that the button belongs to. Raises ValueError: it is not known, or not any more."""
        given = self._services.state.reply_to(pressed.message.chat.id, pressed.press.number(0))
        # A client may still show the buttons of an answer that has been replaced by an edit.
        if given is None or pressed.message.message_id not in given.replied:
            raise ValueError("no such answer")
        return given

    def _vote(self, pressed: Pressed) -> View:
        given, vote, texts = self._given(pressed), pressed.press.number(1), pressed.texts
        if not pressed.in_private or vote not in {1, 0, -1} or not given.quotes:
            raise ValueError("no vote")
        self._services.tallies.vote(pressed.message.chat.id, given.asked, vote)
        notice = texts.voted if vote else texts.vote_taken_back
        return View(None, under_answer(replace(given, vote=vote), texts, votes=True), notice)

    def _back(self, pressed: Pressed) -> View:
        given = self._given(pressed)
        return View(self._answer(given, pressed.texts), under_answer(given, pressed.texts, votes=pressed.in_private))

    def _answer(self, given: Given, texts: Texts) -> Outgoing:
        several = self._services.library.size() > 1
        if not given.quotes:
            title = self._services.library.article(given.told).title if given.told else None
            return render_plain(no_answer_sentences(texts, title, several_articles=several)[0])[0]
        quotes = self._quotes(given.quotes)
        # An answer in several messages has its buttons under the last of them.
        kind = Closest if given.hedged else Answer
        answer, outdated = kind("", tuple(quotes), 1.0), self._services.outdated(quotes)
        return render_answer(answer, texts, several_articles=several, outdated=outdated, links=self._services.links)[-1]

    def _more(self, pressed: Pressed) -> View:
        given, texts = self._given(pressed), pressed.texts
        quotes = self._quotes(given.more)[:PASSAGES]
        outdated, links = self._services.outdated(quotes), self._services.links
        messages = render_passages(quotes, len(given.quotes) + 1, texts, outdated, links)
        return View(messages[0], under_closest(given, texts, shown=len(quotes)))

    def _closest(self, pressed: Pressed) -> View:
        given, texts = self._given(pressed), pressed.texts
        quotes = self._quotes(given.more)[:1]
        answer, outdated = Closest("", tuple(quotes), 0.0), self._services.outdated(quotes)
        links = self._services.links
        messages = render_answer(answer, texts, several_articles=False, outdated=outdated, links=links)
        return View(messages[0], under_closest(given, texts, shown=1))

    def _context(self, pressed: Pressed) -> View:
        given, press, texts = self._given(pressed), pressed.press, pressed.texts
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
        return View(outgoing, under_paragraph(given, n, before, after, texts))

    def _quotes(self, said: tuple[Said, ...]) -> list[Quote]:
        quotes = self._services.quotes(said)
        if len(quotes) < len(said) or not quotes:
            raise UnknownArticle("", "An article of this answer has been removed.")
        return quotes

    def _choose(self, pressed: Pressed) -> View:
        message, article_id = pressed.message, pressed.press.rest[0]
        article = self._services.library.current(article_id)
        self._services.choose(place_of(message), thread_of(message), article_id)
        return View(render_titled(pressed.texts.article_set, article, self._services.links))

    def _turn(self, pressed: Pressed) -> View:
        press, texts = pressed.press, pressed.texts
        listings = self._services.library.articles()
        found = fitting(listings, press.words) or listings
        keyboard = article_list(found, press.number(0), press.words, texts)
        return View(render_plain(texts.choose_article)[0], keyboard)
