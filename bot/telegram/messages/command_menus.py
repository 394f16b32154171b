"""What Telegram shows of the bot by itself: its commands and its description, in every language."""

import asyncio
import hashlib
import logging

from telegram import Bot, BotCommand, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import TelegramError

from bot.observe.logs import Event
from bot.state.chats import ChatState
from bot.wording.texts import LANGUAGES, OWNERS, Texts, texts_for

log = logging.getLogger("quoth")


async def show_commands(bot: Bot) -> None:
    """The menu in English, which is there at every start; the bot works without it."""
    try:
        await bot.set_my_commands(_commands(texts_for(None), owner=False), BotCommandScopeDefault())
    except TelegramError as error:
        log.warning(Event("menu_not_set", error=type(error).__name__))


async def introduce(bot: Bot, owners: frozenset[int], state: ChatState) -> None:
    """Set menus and descriptions in all languages (English ones for any other), unless they are what was set before."""
    all_of_it = repr([texts_for(language) for language in LANGUAGES] + sorted(owners)) + bot.username
    digest = hashlib.sha256(all_of_it.encode()).hexdigest()
    if await asyncio.to_thread(state.fact, "introduced") == digest:
        return
    try:
        for language in LANGUAGES:
            texts, code = texts_for(language), None if language == "en" else language
            if code:
                await bot.set_my_commands(_commands(texts, owner=False), BotCommandScopeDefault(), code)
            await bot.set_my_description(texts.description, code)
            await bot.set_my_short_description(texts.short_description, code)
        for owner in owners:
            await offer_owner(bot, owner)
    except TelegramError as error:
        log.warning(Event("menus_not_set", error=type(error).__name__))
        return
    await asyncio.to_thread(state.set_fact, "introduced", digest)


async def offer_owner(bot: Bot, owner: int) -> None:
    """An owner's commands, in the chat with the owner; which is there only once the owner has written."""
    for language in LANGUAGES:
        code = None if language == "en" else language
        try:
            await bot.set_my_commands(_commands(texts_for(language), owner=True), BotCommandScopeChat(owner), code)
        except TelegramError as error:
            hint = "The owner has not written yet."
            log.info(Event("owner_menu_not_set", error=type(error).__name__, hint=hint))
            return


def _commands(texts: Texts, *, owner: bool) -> list[BotCommand]:
    return [BotCommand(name, said) for name, said in texts.commands if owner or name not in OWNERS]
