"""What a button carries, and the keyboards under the bot's messages. Pure.

Callback data is written ``verb:argument:...``, at most 64 bytes. A button of an answer carries the number of the
message that was answered: what was answered is looked up in the chat in which the button is pressed, and in no other.
https://core.telegram.org/bots/api#inlinekeyboardbutton
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.state.chats import Given
from bot.telegram.messages.render import Outgoing, one_line
from bot.wording.texts import Texts
from index.models import ARTICLE_ID, Listing

PAGE = 8  # articles on a page of the list
TITLE = 60  # code points shown of each
_MOST = 64  # bytes
_DIGITS = 16  # as many as any number of Telegram's has
UP, DOWN = "👍", "👎"
_MARK = "✓ "


class Verb(StrEnum):
    """What a button asks for. The values are stored in chats: a message keeps its buttons for as long as it stands.

    "asked" is the number of the message that was answered. Anybody may press a button of an answer or of /article;
    those of /remove are for owners.
    """

    CONTEXT = "in"
    """asked, quote, paragraph (if not the quote's own): show the paragraph that a quote stands in."""
    MORE = "more"
    """asked: show the next best passages."""
    CLOSEST = "near"
    """asked: show what comes nearest, where there was no answer."""
    BACK = "back"
    """asked: show the answer again."""
    VOTE = "vote"
    """asked, and the vote that then stands: 1, 0 or -1. Only in private."""
    CHOOSE = "use"
    """article id: put the chat on an article."""
    TURN = "list"
    """page, words: turn the list of /article, narrowed down by these words."""
    REMOVE_WHICH = "drop"
    """article id: ask an owner whether to remove it."""
    REMOVE_TURN = "drops"
    """page, words: turn the list of /remove."""
    REMOVE_YES = "remove"
    """article id: remove it."""
    REMOVE_NO = "keep"
    """article id: leave it."""


OF_OWNERS = frozenset({Verb.REMOVE_WHICH, Verb.REMOVE_TURN, Verb.REMOVE_YES, Verb.REMOVE_NO})


@dataclass(frozen=True, slots=True)
class Press:
    """What was pressed: a verb and its arguments, as written. Any client may send any, also one that is no ``Verb``."""

    verb: str
    rest: tuple[str, ...]

    @classmethod
    def read(cls, data: str | None) -> "Press":
        verb, *rest = (data or "").split(":")
        return cls(verb, tuple(rest))

    def number(self, place: int) -> int:
        """Raises ValueError: there is none at this place. Only we write callback data, but any client may send some."""
        if place >= len(self.rest) or len(self.rest[place]) > _DIGITS:
            raise ValueError("no such number")
        return int(self.rest[place])

    @property
    def words(self) -> str:
        """Those that narrowed a list down, behind its page; they may hold colons."""
        return ":".join(self.rest[1:])


@dataclass(frozen=True, slots=True)
class View:
    """What a press makes of the message that it stands under: another text, unless that is None, and another keyboard.
    ``notice`` is shown for a moment to the one who pressed."""

    text: Outgoing | None
    keyboard: InlineKeyboardMarkup | None = None
    notice: str | None = None


def written(verb: Verb, *rest: object) -> str:
    """The callback data; what is too long is cut at its end."""
    return ":".join([verb, *map(str, rest)]).encode()[:_MOST].decode(errors="ignore")


def under_answer(given: Given, texts: Texts, *, votes: bool) -> InlineKeyboardMarkup | None:
    """Under quotes: their context, more passages, and thumbs where there are ``votes``; under a no: what comes near."""
    if not given.quotes:
        return _keyboard([[_button(texts.closest_button, Verb.CLOSEST, given.asked)]] if given.more else [])
    count = len(given.quotes)
    context = [
        _button(
            texts.context_button if count == 1 else texts.context_of_button.format(n=n + 1),
            Verb.CONTEXT, given.asked, n,
        )
        for n in range(count)
    ]  # fmt: skip
    more = [_button(texts.more_button, Verb.MORE, given.asked)] if given.more else []
    rows = [[*context, *more]] if count == 1 else [context, more]
    return _keyboard([*rows, _thumbs(given) if votes else []])


def under_closest(given: Given, texts: Texts, *, shown: int) -> InlineKeyboardMarkup | None:
    """Under the first ``shown`` of the next best passages: the context of each, and back."""
    first = len(given.quotes)
    context = [
        _button(
            texts.context_button if shown == 1 and not first else texts.context_of_button.format(n=n + 1),
            Verb.CONTEXT, given.asked, n,
        )
        for n in range(first, first + shown)
    ]  # fmt: skip
    return _keyboard([context, [_button(texts.back_button, Verb.BACK, given.asked)]])


def under_paragraph(
    given: Given, n: int, before: int | None, after: int | None, texts: Texts
) -> InlineKeyboardMarkup | None:
    """Under the paragraph of quote ``n``, or one near it: its neighbours by their numbers, where there are any."""
    steps = []
    if before is not None:
        steps.append(_button(texts.previous_button, Verb.CONTEXT, given.asked, n, before))
    if after is not None:
        steps.append(_button(texts.next_button, Verb.CONTEXT, given.asked, n, after))
    return _keyboard([steps, [_button(texts.back_button, Verb.BACK, given.asked)]])


def article_list(
    listings: Sequence[Listing], page: int, words: str, texts: Texts, *,
    choose: Verb = Verb.CHOOSE, turn: Verb = Verb.TURN,
) -> InlineKeyboardMarkup | None:  # fmt: skip
    """One page of articles, one a row, and arrows to turn it. ``words`` are those that narrowed the list down."""
    last = max(len(listings) - 1, 0) // PAGE
    page = min(max(page, 0), last)
    rows = [
        [_button(one_line(one.title, TITLE) or "?", choose, one.id)]
        for one in listings[page * PAGE : (page + 1) * PAGE]
    ]
    steps = []
    if page > 0:
        steps.append(_button(texts.previous_button, turn, page - 1, words))
    if page < last:
        steps.append(_button(texts.next_button, turn, page + 1, words))
    return _keyboard([*rows, steps])


def confirm_removal(article_id: str, texts: Texts) -> InlineKeyboardMarkup | None:
    yes, no = (texts.remove_yes, Verb.REMOVE_YES), (texts.remove_no, Verb.REMOVE_NO)
    return _keyboard([[_button(text, verb, article_id) for text, verb in (yes, no)]])


def _thumbs(given: Given) -> list[InlineKeyboardButton]:
    # Each carries what the vote shall be then: pressed again by a replay, it changes nothing.
    return [
        _button(
            (_MARK if given.vote == vote else "") + thumb,
            Verb.VOTE, given.asked, 0 if given.vote == vote else vote,
        )
        for thumb, vote in ((UP, 1), (DOWN, -1))
    ]  # fmt: skip


def _button(text: str, verb: Verb, *rest: object) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=written(verb, *rest))


def _keyboard(rows: Sequence[Sequence[InlineKeyboardButton]]) -> InlineKeyboardMarkup | None:
    filled = [row for row in rows if row]
    return InlineKeyboardMarkup(filled) if filled else None


def article_deep_link(username: str, article_id: str) -> str:
    """The t.me address that opens the bot on this article.

    Raises:
        ValueError: one of the two is nothing that Telegram accepts.
    """
    from telegram.helpers import create_deep_linked_url

    return create_deep_linked_url(username, article_id)


def linked_article(arguments: str) -> str | None:
    """The id of the article that such an address opened the bot on, from what stands behind /start; None where it names
    none, as the line above inline cards does."""
    return next((word for word in arguments.split() if ARTICLE_ID.fullmatch(word)), None)
