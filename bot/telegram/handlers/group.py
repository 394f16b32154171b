"""Handles the bot being added and removed, groups becoming supergroups, and /forget."""

from typing import Protocol

from telegram import Chat, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden
from telegram.ext import ContextTypes

from bot.telegram.context import message_of, texts_of, thread
from bot.telegram.messages.render import render_plain
from bot.telegram.messages.sending import NO_PREVIEW, Sender

Context = ContextTypes.DEFAULT_TYPE
_GONE = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}
_ADMINS = {ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR}
_GROUPS = {ChatType.GROUP, ChatType.SUPERGROUP}


class KnownChats(Protocol):
    """What is stored about chats. Blocking."""

    def knows_chat(self, chat: int) -> bool: ...
    def add_chat(self, chat: int) -> None: ...
    def move(self, chat: int, to: int) -> None: ...
    def forget(self, chat: int) -> None: ...


class Forgetful(Protocol):
    def forget(self, chat: int) -> None: ...


class GroupServices(Protocol):
    """What the group handler needs. See ``Services``."""

    @property
    def state(self) -> KnownChats: ...
    @property
    def memory(self) -> Forgetful: ...


class GroupHandler:
    def __init__(self, services: GroupServices, sender: Sender) -> None:
        self._services = services
        self._sender = sender

    async def membership(self, update: Update, context: Context) -> None:
        """Greet a group that has added us; forget a chat that has removed us."""
        change, texts = update.my_chat_member, texts_of(update)
        assert change is not None
        chat = change.chat
        was_there, is_there = (
            one.status not in _GONE and getattr(one, "is_member", True)
            for one in (change.old_chat_member, change.new_chat_member)
        )
        if not is_there:
            await self._removed(chat, context)
        elif not was_there and chat.type in _GROUPS and not await thread(self._services.state.knows_chat, chat.id):
            await thread(self._services.state.add_chat, chat.id)
            hello = [texts.hello_group.format(username=context.bot.username)]
            if not context.bot.bot.can_read_all_group_messages:
                hello.append(texts.hello_privacy.format(username=context.bot.username))
            (outgoing,) = render_plain("\n\n".join(hello))
            await context.bot.send_message(chat.id, outgoing.text, link_preview_options=NO_PREVIEW)

    async def _removed(self, chat: Chat, context: Context) -> None:
        """Forget a chat, unless we were removed because the group has become a supergroup."""
        if chat.type == ChatType.GROUP:
            try:
                await context.bot.get_chat(chat.id)
            except ChatMigrated as error:
                await thread(self._services.state.move, chat.id, error.new_chat_id)
                return
            except (BadRequest, Forbidden):
                pass  # we have really been removed
        await self._forget(chat.id)

    async def migrated(self, update: Update, context: Context) -> None:
        """A group has become a supergroup with another id: move what is stored about it."""
        message = message_of(update)
        if message.migrate_to_chat_id is not None:
            await thread(self._services.state.move, message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await thread(self._services.state.move, message.migrate_from_chat_id, message.chat.id)

    async def forget(self, update: Update, context: Context) -> None:
        message, texts = message_of(update), texts_of(update)
        if message.chat.type in _GROUPS and not await self._is_admin(update):
            await self._sender.say(message, texts.only_admins_forget, texts)
            return
        await self._forget(message.chat.id)
        await self._sender.say(message, texts.forgotten, texts)

    async def _is_admin(self, update: Update) -> bool:
        message = message_of(update)
        if message.sender_chat is not None:  # an anonymous admin writes as the group itself
            return message.sender_chat.id == message.chat.id
        if message.from_user is None:
            return False
        member = await message.chat.get_member(message.from_user.id)
        return member.status in _ADMINS

    async def _forget(self, chat: int) -> None:
        await thread(self._services.state.forget, chat)
        self._services.memory.forget(chat)
        self._sender.forget(chat)
