"""What a button carries. Pure.

Callback data is written ``verb:argument:...``, at most 64 bytes. A button of an answer carries the number of the
message that was answered: what was answered is looked up in the chat in which the button is pressed, and in no other.
https://core.telegram.org/bots/api#inlinekeyboardbutton
"""

from dataclasses import dataclass
from enum import StrEnum

_MOST = 64  # bytes
_DIGITS = 16  # as many as any number of Telegram's has


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


def written(verb: Verb, *rest: object) -> str:
    """The callback data; what is too long is cut at its end."""
    return ":".join([verb, *map(str, rest)]).encode()[:_MOST].decode(errors="ignore")
