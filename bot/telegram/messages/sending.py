"""Sends checked messages to the right place, and never the same message twice in a row."""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.error import BadRequest

from bot.observe.logs import Event
from bot.state.chats import Place
from bot.telegram.context import place_of, thread_of
from bot.telegram.messages.render import Outgoing, render_again, render_plain
from bot.telegram.messages.verbatim import Checked, without_quotes
from bot.wording.texts import Texts

log = logging.getLogger("quoth")
MOST = 10_000  # places
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Sender:
    """Sends replies. It keeps a hash of the last reply in each place in memory."""

    def __init__(self) -> None:
        self._last: OrderedDict[Place, bytes] = OrderedDict()

    async def say(
        self, message: Message, text: str, texts: Texts, *, keyboard: InlineKeyboardMarkup | None = None,
        preview: str | None = None,
    ) -> tuple[int, ...]:  # fmt: skip
        """Reply with a text of our own. Returns the ids of the messages."""
        checked = without_quotes(render_plain(text))
        return await self.reply(message, checked, texts, keyboard=keyboard, preview=preview)

    async def reply(
        self, message: Message, checked: Checked, texts: Texts, *,
        keyboard: InlineKeyboardMarkup | None = None, preview: str | None = None, or_else: str | None = None,
    ) -> tuple[int, ...]:  # fmt: skip
        """Send messages in order, the first as a reply, all in the message's topic. Returns their ids.

        If they are the same as the last reply in this place, ``or_else`` is sent instead, or a note that it is the
        same.
        """
        place, messages = place_of(message), checked.messages
        if self._last.get(place) == _hash(messages):
            messages = render_plain(or_else) if or_else else render_again(messages, texts)
        sent = []
        in_thread = thread_of(message) is not None  # in a comment thread every message must be a reply to appear there
        for n, outgoing in enumerate(messages):
            done = await message.reply_text(
                outgoing.text,
                entities=outgoing.entities,
                link_preview_options=_preview(preview),
                reply_markup=keyboard if n == len(messages) - 1 else None,
                do_quote=n == 0 or in_thread,
                allow_sending_without_reply=True,
            )
            sent.append(done.message_id)
        self.said(place, messages)
        return tuple(sent)

    def said(self, place: Place, messages: Sequence[Outgoing]) -> None:
        """Remember the last messages of a place."""
        self._last[place] = _hash(messages)
        self._last.move_to_end(place)
        while len(self._last) > MOST:
            self._last.popitem(last=False)

    def forget(self, chat: int) -> None:
        for place in [place for place in self._last if place.chat == chat]:
            del self._last[place]

    async def revise(
        self, message: Message, replied: Sequence[int], checked: Checked,
        keyboard: InlineKeyboardMarkup | None,
    ) -> tuple[int, ...]:  # fmt: skip
        """Replace the messages that ``message`` was answered with, whose ids are ``replied``. Returns the new ids."""
        messages = checked.messages
        bot, chat, left, shown = message.get_bot(), message.chat.id, list(replied), []
        in_thread = thread_of(message) is not None
        for n, outgoing in enumerate(messages):
            options: dict[str, Any] = {
                "entities": outgoing.entities,
                "link_preview_options": NO_PREVIEW,
                "reply_markup": keyboard if n == len(messages) - 1 else None,
            }
            number = left.pop(0) if left else None
            if number is not None:
                try:
                    with _unless_modified():
                        await bot.edit_message_text(outgoing.text, chat, number, **options)
                except BadRequest:  # somebody has deleted it
                    number = None
            if number is None:
                done = await message.reply_text(
                    outgoing.text, do_quote=n == 0 or in_thread, allow_sending_without_reply=True, **options
                )
                number = done.message_id
            shown.append(number)
        for number in left:
            try:
                await bot.delete_message(chat, number)
            except BadRequest:
                log.info(Event("part_not_deleted"))
        self.said(place_of(message), messages)
        return tuple(shown)


async def edit(query: CallbackQuery, checked: Checked, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Edit the message whose button was pressed: show the first of the checked messages and this keyboard."""
    outgoing = checked.messages[0]
    with _unless_modified():
        await query.edit_message_text(
            outgoing.text, entities=outgoing.entities, link_preview_options=NO_PREVIEW, reply_markup=keyboard
        )


async def edit_keyboard(query: CallbackQuery, keyboard: InlineKeyboardMarkup | None) -> None:
    with _unless_modified():
        await query.edit_message_reply_markup(keyboard)


@contextmanager
def _unless_modified() -> Iterator[None]:
    """Ignore Telegram's error that a message has not changed, as when a button is pressed twice."""
    try:
        yield
    except BadRequest as error:
        if "not modified" not in str(error):
            raise


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    try:
        await query.answer(text)
    except BadRequest:
        log.info(Event("press_too_old"))


def _preview(url: str | None) -> LinkPreviewOptions:
    return LinkPreviewOptions(url=url, prefer_small_media=True) if url else NO_PREVIEW


def _hash(messages: Sequence[Outgoing]) -> bytes:
    return hashlib.sha256("\0".join(one.text for one in messages).encode()).digest()
