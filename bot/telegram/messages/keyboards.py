"""The keyboards under the bot's messages. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.state.chats import Given
from bot.telegram.callback_data import Verb, written
from bot.telegram.messages.render import Outgoing, one_line
from bot.wording.texts import Texts
from index.models import ARTICLE_ID, Listing

PAGE = 8  # articles on one page of a list
TITLE = 60  # the most code points of a title
UP, DOWN = "👍", "👎"
_MARK = "✓ "


@dataclass(frozen=True, slots=True)
class View:
    """How a press changes its message: a new text (None keeps the old one) and a new keyboard.

    ``notice`` is shown for a moment to whoever pressed the button.
    """

    text: Outgoing | None
    keyboard: InlineKeyboardMarkup | None = None
    notice: str | None = None


def under_answer(given: Given, texts: Texts, *, votes: bool) -> InlineKeyboardMarkup | None:
    """Under quotes: buttons for their context, for more passages and, with ``votes``, thumbs. Without quotes: a button
    for the closest passage."""
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
    """Under the first ``shown`` further passages: buttons for the context of each, and back."""
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
    """Under the paragraph of quote ``n``, or one near it: buttons for its neighbours, and back.

    ``before`` and ``after`` are the numbers of the neighbours; None if there is none.
    """
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
    """One page of a list of articles, one in each row, and arrows to other pages. ``words`` filtered the list."""
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
    # Each button carries the new vote, so that processing the same press twice changes nothing.
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
    """The t.me address that opens the bot with this article.

    Raises:
        ValueError: Telegram does not accept the username or the id.
    """
    from telegram.helpers import create_deep_linked_url

    return create_deep_linked_url(username, article_id)


def linked_article(arguments: str) -> str | None:
    """The id of the article in the arguments of /start, where such an address puts it; None if there is no id."""
    return next((word for word in arguments.split() if ARTICLE_ID.fullmatch(word)), None)
