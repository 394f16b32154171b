"""Reads and writes the callback data of buttons. No I/O.

Callback data has the form ``verb:argument:...`` and at most 64 bytes. A button of an answer carries the number of the
message that was answered. The answer is only looked up in the chat in which the button is pressed.
https://core.telegram.org/bots/api#inlinekeyboardbutton
"""

from dataclasses import dataclass
from enum import StrEnum

_MOST = 64  # bytes
_DIGITS = 16  # no number from Telegram has more


class Verb(StrEnum):
    """The action of a button. Do not change the values: messages in chats keep their buttons for as long as they exist.

    The arguments are named after each verb; "asked" is the number of the message that was answered. Anybody may press
    the buttons of answers and of /article; those of /remove are for owners.
    """

    CONTEXT = "in"
    """asked, quote, paragraph (if not the quote's own): show the paragraph of a quote, or one near it."""
    MORE = "more"
    """asked: show the next best passages."""
    CLOSEST = "near"
    """asked: show the closest passage if there was no answer."""
    BACK = "back"
    """asked: show the answer again."""
    VOTE = "vote"
    """asked, the new vote (1, 0 or -1): set the vote. Only in private chats."""
    CHOOSE = "use"
    """article id: choose an article for the chat."""
    TURN = "list"
    """page, words: show another page of the list of /article, filtered by these words."""
    REMOVE_WHICH = "drop"
    """article id: ask an owner whether to remove it."""
    REMOVE_TURN = "drops"
    """page, words: show another page of the list of /remove, filtered by these words."""
    REMOVE_YES = "remove"
    """article id: remove it."""
    REMOVE_NO = "keep"
    """article id: keep it."""


OF_OWNERS = frozenset({Verb.REMOVE_WHICH, Verb.REMOVE_TURN, Verb.REMOVE_YES, Verb.REMOVE_NO})


@dataclass(frozen=True, slots=True)
class Press:
    """The callback data of a pressed button: a verb and its arguments. A client may send anything."""

    verb: str
    rest: tuple[str, ...]

    @classmethod
    def read(cls, data: str | None) -> "Press":
        verb, *rest = (data or "").split(":")
        return cls(verb, tuple(rest))

    def number(self, place: int) -> int:
        """The number at this place of the arguments. Raises ValueError: there is none. A client may send anything."""
        if place >= len(self.rest) or len(self.rest[place]) > _DIGITS:
            raise ValueError("no such number")
        return int(self.rest[place])

    @property
    def words(self) -> str:
        """The words that filter a list, after the page. They may contain colons."""
        return ":".join(self.rest[1:])


def written(verb: Verb, *rest: object) -> str:
    """The callback data, cut at its end if it is too long."""
    return ":".join([verb, *map(str, rest)]).encode()[:_MOST].decode(errors="ignore")
