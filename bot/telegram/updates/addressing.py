"""Decides which messages are meant for us, and what they ask. No I/O, no state."""

import re

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType

_CODE = {MessageEntity.CODE, MessageEntity.PRE}
# The rest of "@bot, who ...", "@bot: who ..." or "@bot - who ..." after the mention is removed.
_OPENING = re.compile(r"\A\s*(?:[,:;]+|[.!?–—-]+(?=\s|$))?\s*")


def question_for(message: Message, me: User) -> str | None:
    """The question that a message asks us, on one line, without our name.

    None if the message is not meant for us; empty if it is, but asks nothing. In private chats every text is meant for
    us, in groups a mention, ``/ask`` or a reply to us. Other commands have their own handlers and always give None.
    """
    if message.chat.type == ChatType.CHANNEL or message.is_automatic_forward or _written_by_a_bot(message, me):
        return None
    text, entities = _content(message)
    if not text:
        return None
    command = next((e for e in entities if e.type == MessageEntity.BOT_COMMAND and e.offset == 0), None)
    if command and not _is_ask(_cut(text, 0, command.length), me):
        return None
    mentions = [e for e in entities if _is_mention(text, e, me) and not _inside_code(e, entities)]
    in_private = message.chat.type == ChatType.PRIVATE
    if not (in_private or command or mentions or _is_ours(message.reply_to_message, me)):
        return None
    return _without(text, [command, *mentions] if command else mentions) or _replied_text(message, me)


def links_in(message: Message | None) -> list[str]:
    """The web addresses in a message, in order, also those of links with another text."""
    if message is None:
        return []
    text, entities = _content(message)
    found = []
    for entity in entities:
        if entity.type == MessageEntity.TEXT_LINK and entity.url:
            found.append(entity.url)
        elif entity.type == MessageEntity.URL:
            address = _cut(text, entity.offset, entity.offset + entity.length)
            found.append(address if "://" in address else f"https://{address}")
    return found


def without_link(question: str, link: str) -> str:
    """The question without this address, if it is in it."""
    for written in (link, link.removeprefix("https://")):
        if written in question:
            return " ".join(question.replace(written, " ", 1).split())
    return question


def calls(message: Message, command: str, me: User) -> bool:
    """Whether a message, or the caption of its picture, begins with this command and is meant for us.

    It must name us, except in private chats and in replies to us. Messages that are forwarded or sent via a bot do not
    count, because somebody else wrote them.
    """
    text, entities = _content(message)
    entity = next((e for e in entities if e.type == MessageEntity.BOT_COMMAND and e.offset == 0), None)
    if entity is None or message.forward_origin or message.is_automatic_forward or message.via_bot:
        return False
    name, at, target = _cut(text, 0, entity.length).casefold().partition("@")
    if at:
        return name == f"/{command}" and target == (me.username or "").casefold()
    to_us = message.chat.type == ChatType.PRIVATE or _is_ours(message.reply_to_message, me)
    return name == f"/{command}" and to_us


def content_of(message: Message) -> str:
    """The text of a message, or the caption of its picture."""
    return _content(message)[0]


def arguments_of(message: Message) -> str:
    """The text after a command, with its line breaks; empty without a command."""
    text, entities = _content(message)
    command = next((e for e in entities if e.type == MessageEntity.BOT_COMMAND and e.offset == 0), None)
    return _cut(text, command.length, len(text) * 2).strip() if command else ""


def _written_by_a_bot(message: Message, me: User) -> bool:
    # Anonymous admins and people who write as a channel have a bot as their user too, but also a sender_chat.
    author = message.from_user
    by_bot = author is not None and author.is_bot and message.sender_chat is None
    return by_bot or (message.via_bot is not None and message.via_bot.id == me.id)


def _content(message: Message) -> tuple[str, tuple[MessageEntity, ...]]:
    if message.text:
        return message.text, tuple(message.entities)
    return message.caption or "", tuple(message.caption_entities)


def _cut(text: str, start: int, end: int) -> str:
    """The part between two UTF-16 offsets. Half a surrogate pair becomes U+FFFD, so that the result can be encoded."""
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")


def _is_ask(command: str, me: User) -> bool:
    name, at, target = command.casefold().partition("@")
    return name == "/ask" and (not at or target == (me.username or "").casefold())


def _is_mention(text: str, entity: MessageEntity, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    if entity.type != MessageEntity.MENTION or not me.username:
        return False
    return _cut(text, entity.offset, entity.offset + entity.length).casefold() == f"@{me.username}".casefold()


def _inside_code(entity: MessageEntity, entities: tuple[MessageEntity, ...]) -> bool:
    return any(
        e.type in _CODE and e.offset < entity.offset + entity.length and entity.offset < e.offset + e.length
        for e in entities
    )


def _is_ours(message: Message | None, me: User) -> bool:
    # In a forum every message of a topic "replies" to the one that created the topic, which may be ours.
    return (
        message is not None
        and message.from_user is not None
        and message.from_user.id == me.id
        and message.forum_topic_created is None
    )


def _without(text: str, entities: list[MessageEntity]) -> str:
    """The text without these entities and the punctuation that belonged to them, on one line."""
    left, position = "", 0
    for entity in sorted(entities, key=lambda e: e.offset):
        left = _joined(left, _cut(text, position, entity.offset), cut_before=position > 0)
        position = max(position, entity.offset + entity.length)
    rest = _cut(text, position, len(text) * 2)
    return " ".join(_joined(left, rest, cut_before=position > 0).split())


def _joined(left: str, right: str, *, cut_before: bool) -> str:
    """Join the text so far and the next part. ``cut_before``: an entity was removed between them."""
    if not cut_before:
        return left + right
    if not left.strip():
        return _OPENING.sub("", right)
    right = right.lstrip()
    if right[:1] in {",", ".", "!", "?", ":", ";", ""}:
        return left.rstrip(" \t\n,") + right
    return f"{left} {right}"


def _replied_text(message: Message, me: User) -> str:
    """The text of somebody else's message, if a reply to it mentions us without a question; else empty."""
    replied = message.reply_to_message
    if _is_ours(replied, me):
        return ""
    if message.quote is not None:
        return " ".join(message.quote.text.split())
    if replied is None:
        return ""
    text, entities = _content(replied)
    return _without(text, [e for e in entities if _is_mention(text, e, me)])
