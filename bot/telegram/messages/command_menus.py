"""Sets what Telegram shows about the bot: the menu of commands and the description, in every language."""

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
    """Set the menu in English, at every start. An error is only logged, because the bot works without a menu."""
    try:
        await bot.set_my_commands(_commands(texts_for(None), owner=False), BotCommandScopeDefault())
    except TelegramError as error:
        log.warning(Event("menu_not_set", error=type(error).__name__))


async def introduce(bot: Bot, owners: frozenset[int], state: ChatState) -> None:
    """Set the menus and descriptions in all our languages (English for any other), unless they have not changed."""
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
    """Set the menu of an owner's private chat. The chat exists only after the owner has written to the bot."""
    for language in LANGUAGES:
        code = None if language == "en" else language
        try:
            await bot.set_my_commands(_commands(texts_for(language), owner=True), BotCommandScopeChat(owner), code)
        except TelegramError as error:
            hint = "The owner has not written to the bot yet."
            log.info(Event("owner_menu_not_set", error=type(error).__name__, hint=hint))
            return


def _commands(texts: Texts, *, owner: bool) -> list[BotCommand]:
    return [BotCommand(name, said) for name, said in texts.commands if owner or name not in OWNERS]
