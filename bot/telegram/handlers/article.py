"""The commands about an article: /start with a deep link, /article, /summary, /sources, and /help."""

from collections.abc import Sequence
from typing import Protocol

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot.state.chats import Place, Said
from bot.telegram.context import message_of, place_of, texts_of, thread, thread_of
from bot.telegram.messages.command_menus import offer_owner
from bot.telegram.messages.keyboards import article_list, linked_article
from bot.telegram.messages.render import render_sources, render_summary
from bot.telegram.messages.sending import Sender
from bot.telegram.messages.verbatim import Checked, check
from bot.telegram.updates.addressing import arguments_of, links_in
from bot.wording.texts import Texts
from index.errors import UnknownArticle
from index.links.article_links import Links
from index.models import Article, Listing, Quote, Source, Summary

Context = ContextTypes.DEFAULT_TYPE


def fitting(listings: Sequence[Listing], words: str) -> list[Listing]:
    """The articles whose title contains each of these words, also as a part of a word."""
    wanted = words.casefold().split()
    return [one for one in listings if all(word in one.title.casefold() for word in wanted)]


class Shelf(Protocol):
    """What these commands need of the library. Blocking; raises UnknownArticle."""

    def article(self, article_id: str) -> Article: ...
    def current(self, article_id: str) -> Article: ...
    def articles(self) -> list[Listing]: ...
    def listing(self, article_id: str) -> Listing: ...
    def newest(self) -> str | None: ...
    def at(self, address: str) -> str | None: ...
    def summary(self, article_id: str) -> Summary: ...
    def sources(self, article_id: str) -> tuple[Source, ...]: ...


class PlaceState(Protocol):
    """What is stored about a place. Blocking."""

    def chosen_article(self, place: Place) -> str | None: ...
    def last_quotes(self, place: Place) -> tuple[Said, ...]: ...


class ArticleServices(Protocol):
    """What the commands about an article need. See ``Services``."""

    @property
    def library(self) -> Shelf: ...
    @property
    def state(self) -> PlaceState: ...
    @property
    def links(self) -> Links: ...
    def is_owner(self, update: Update) -> bool: ...
    def choose(self, place: Place, below: Place | None, article_id: str) -> None: ...
    def article_of(self, place: Place) -> tuple[str | None, bool]: ...
    def latest(self, place: Place | None) -> str | None: ...
    def quotes(self, said: tuple[Said, ...]) -> list[Quote]: ...
    def outdated(self, quotes: Sequence[Quote]) -> list[Quote]: ...


class ArticleHandler:
    """The handlers of these commands."""

    def __init__(self, services: ArticleServices, sender: Sender) -> None:
        self._services = services
        self._sender = sender

    async def start(self, update: Update, context: Context) -> None:
        message, texts = message_of(update), texts_of(update)
        place = place_of(message)
        if self._services.is_owner(update) and message.chat.type == ChatType.PRIVATE:
            await offer_owner(context.bot, message.chat.id)  # at the bot's start this chat may not have existed yet
        named = linked_article(arguments_of(message))
        if named:
            try:
                await thread(self._services.library.article, named)
            except UnknownArticle:
                await self._sender.say(message, texts.article_gone, texts)
                return
            await thread(self._services.choose, place, thread_of(message), named)
        current = named or await thread(self._services.state.chosen_article, place)
        current = current or await thread(self._services.library.newest)
        try:
            article = await thread(self._services.library.current, current or "")
        except UnknownArticle:
            await self._sender.say(message, texts.start_empty if current is None else texts.article_gone, texts)
            return
        await self._sender.say(message, texts.start.format(title=article.title), texts, preview=article.url)

    async def help(self, update: Update, context: Context) -> None:
        message, texts = message_of(update), texts_of(update)
        parts = [texts.help, texts.help_in_groups.format(username=context.bot.username)]
        if self._services.is_owner(update):
            parts.append(texts.help_for_owners)
        await self._sender.say(message, "\n\n".join(parts), texts)

    async def article(self, update: Update, context: Context) -> None:
        """Show the articles of the library to choose from, or those whose title has the words after the command."""
        message, texts = message_of(update), texts_of(update)
        words = " ".join(arguments_of(message).split())
        listings = await thread(self._services.library.articles)
        if not listings:
            await self._sender.say(message, texts.no_article, texts)
            return
        found = fitting(listings, words)
        keyboard = article_list(found or listings, 0, words if found else "", texts)
        await self._sender.say(message, texts.choose_article if found else texts.no_title_has, texts, keyboard=keyboard)

    async def summary(self, update: Update, context: Context) -> None:
        message, texts = message_of(update), texts_of(update)
        if article_id := await self._current(message, texts):
            await self._sender.reply(message, await thread(self._summary, article_id, texts), texts)

    async def sources(self, update: Update, context: Context) -> None:
        message, texts = message_of(update), texts_of(update)
        if article_id := await self._current(message, texts):
            messages = await thread(self._sources, message, article_id, texts)
            await self._sender.reply(message, messages, texts)

    def _summary(self, article_id: str, texts: Texts) -> Checked:
        library = self._services.library
        return check(render_summary(library.summary(article_id), texts, self._services.links), library.article)

    def _sources(self, message: Message, article_id: str, texts: Texts) -> Checked:
        library = self._services.library
        last = self._services.quotes(self._services.state.last_quotes(place_of(message)))
        messages = render_sources(
            library.article(article_id), last, library.sources(article_id), texts,
            corrected=library.listing(article_id).corrected, outdated=self._services.outdated(last),
            links=self._services.links,
        )  # fmt: skip
        return check(messages, library.article)

    async def _current(self, message: Message, texts: Texts) -> str | None:
        """The article that a command is about. Without any article, says so and returns None.

        It is, in this order, the article of the post that the command replies to or comments on, the chosen one, the
        one quoted last, or the newest.
        """
        found = await thread(self._find_current, message)
        if found is None:
            await self._sender.say(message, texts.no_article, texts)
        return found

    def _find_current(self, message: Message) -> str | None:
        library, place, below = self._services.library, place_of(message), thread_of(message)
        wanted = [library.at(link) for link in links_in(message.reply_to_message)]
        wanted += [self._services.article_of(one)[0] for one in (below, place) if one]
        for one in filter(None, (*wanted, self._services.latest(place))):
            try:
                return library.current(one).id
            except UnknownArticle:
                continue
        return None
