"""Announces new articles of feeds in a chat. Replies to an announcement are about its article."""

import asyncio
import logging
from typing import Protocol

from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.observe.logs import Event
from bot.state.chats import Place
from bot.telegram.messages.keyboards import article_deep_link
from bot.telegram.messages.render import render_titled
from bot.wording.texts import texts_for
from index.errors import StoreError
from index.links.article_links import Links
from index.models import Article

log = logging.getLogger("quoth")


class AnnouncedChats(Protocol):
    def move(self, chat: str, to: int) -> None:
        """A group with announcements has become a supergroup with the id ``to``."""


class ChosenArticles(Protocol):
    def choose(self, place: Place, article_id: str) -> None: ...


class Announcer:
    """Sends announcements. Create it on the event loop of the bot."""

    def __init__(self, bot: Bot, chats: AnnouncedChats, chosen: ChosenArticles, links: Links) -> None:
        self._bot = bot
        self._chats = chats
        self._chosen = chosen
        self._links = links
        self._loop = asyncio.get_running_loop()

    def announce_from_thread(self, where: str, article: Article) -> bool:
        """Call ``announce`` from another thread, and wait for it."""
        return asyncio.run_coroutine_threadsafe(self.announce(where, article), self._loop).result()

    async def announce(self, where: str, article: Article) -> bool:
        """Announce an article in a chat or a topic (``chat/topic``).

        Returns True if it is done, also because Telegram refuses it for good; False if it should be tried again.
        """
        texts = texts_for(article.language)
        link = article_deep_link(self._bot.username, article.id)
        outgoing = render_titled(texts.announced.replace("{link}", link), article, self._links)
        chat, _, thread = where.partition("/")
        try:
            sent = await self._bot.send_message(
                int(chat) if chat.lstrip("-").isdigit() else chat,
                outgoing.text,
                entities=outgoing.entities,
                message_thread_id=int(thread) if thread else None,
            )
        except ChatMigrated as error:
            await asyncio.to_thread(self._chats.move, where, error.new_chat_id)
            return False
        except TelegramError as error:
            # The messages of these two errors say what is wrong with the chat, and contain no personal data.
            refused = isinstance(error, (BadRequest, Forbidden))
            reason = error.message if refused else type(error).__name__
            hint = "Check the chat of: quoth feeds." if refused else None
            log.warning(Event("not_announced", error=reason, hint=hint))
            return refused
        if article.url:
            place = Place(sent.chat.id, sent.message_id)
            try:
                await asyncio.to_thread(self._chosen.choose, place, article.url)
            except StoreError as error:  # it was announced and must not be announced again
                log.error(Event("not_remembered"), exc_info=error)
        return True
