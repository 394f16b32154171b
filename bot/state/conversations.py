"""Recent questions, so that "and when was that?" is understood. In memory only, for a quarter of an hour."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

FORGOTTEN = 15 * 60.0  # seconds
TURNS = 3
MOST = 10_000  # conversations


@dataclass(frozen=True, slots=True)
class Turns:
    """The last questions of a conversation, oldest first, all asked to the same ``article`` (None: to all of them).

    ``linked`` says that a link named it. ``last`` is the number of the message with the newest question.
    """

    questions: tuple[str, ...]
    article: str | None
    at: float
    last: int = 0
    linked: bool = False


NONE = Turns((), None, 0.0)


class Memory:
    """Conversations by their keys: a reader in a place, or a message of ours that readers may reply to.

    Safe to use from several threads. Times are in seconds, from a clock that does not go backwards.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: OrderedDict[Hashable, Turns] = OrderedDict()

    def before(self, names: Sequence[Hashable], now: float, *, asked: int = 0) -> Turns:
        """The first of these conversations that exists. ``asked`` is the number of the message with the new question.
        If it was asked before and edited since, its earlier text is left out."""
        for name in names:
            turns = self._turns.get(name)
            if turns and now - turns.at < FORGOTTEN:
                return replace(turns, questions=turns.questions[:-1]) if asked and turns.last == asked else turns
        return NONE

    def keep(self, names: Sequence[Hashable], turns: Turns) -> None:
        """Remember the conversation so far, under each of these keys."""
        with self._lock:
            for name in names:
                self._turns[name] = replace(turns, questions=turns.questions[-TURNS:])
                self._turns.move_to_end(name)
            while self._turns and (
                len(self._turns) > MOST or turns.at - next(iter(self._turns.values())).at >= FORGOTTEN
            ):
                self._turns.popitem(last=False)

    def unlink(self, chat: int, thread: int) -> None:
        """Another article was chosen there: follow-up questions are about that one."""
        with self._lock:
            for name, turns in self._turns.items():
                if isinstance(name, tuple) and name[:2] == (chat, thread) and turns.linked:
                    self._turns[name] = replace(turns, linked=False)

    def forget(self, chat: int) -> None:
        """Forget all conversations of this chat."""
        with self._lock:
            for name in [name for name in self._turns if isinstance(name, tuple) and name[0] == chat]:
                del self._turns[name]
