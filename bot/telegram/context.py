"""Reads from a message or an update who writes, where, when and in which language."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from telegram import Message, Update

from bot.state.chats import Place
from bot.wording.texts import Texts, texts_for

P = ParamSpec("P")
T = TypeVar("T")


def message_of(update: Update) -> Message:
    message = update.message or update.edited_message or update.guest_message
    assert message is not None
    return message


def texts_of(update: Update) -> Texts:
    return texts_for(update.effective_user.language_code if update.effective_user else None)


def place_of(message: Message) -> Place:
    return Place(message.chat.id, (message.message_thread_id or 0) if message.is_topic_message else 0)


def thread_of(message: Message) -> Place | None:
    """The comment thread of a channel's post, or the chain of replies, that a message belongs to; None in forums."""
    if message.message_thread_id is None or message.is_topic_message:
        return None
    return Place(message.chat.id, message.message_thread_id)


def moment_of(message: Message) -> int:
    """When a message was written or last edited, in Unix seconds by Telegram's clock, because ours may be wrong."""
    return int((message.edit_date or message.date).timestamp())


def reader_of(message: Message) -> int:
    """The id of the author: a person, or the channel or group in whose name somebody writes."""
    author = message.sender_chat or message.from_user
    return author.id if author else 0


async def thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work``, which blocks, in a thread. Returns and raises what it does."""
    return await asyncio.to_thread(work, *args, **kwargs)
