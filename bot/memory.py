"""What was asked a moment ago, so that "and when was that?" is understood. In memory only, and not for long."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

FORGOTTEN = 15 * 60.0  # seconds
TURNS = 3
MOST = 10_000  # conversations


@dataclass(frozen=True, slots=True)
class Turns:
    """The last questions of a conversation, oldest first, all asked to the same article (or to the whole library)."""

    questions: tuple[str, ...]
    article: str | None
    at: float


class Memory:
    """Conversations by whatever names them: a reader in a place, or a message of ours that may be replied to.

    Safe to use from several threads. Times are in seconds, from any clock that does not go backwards.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: OrderedDict[Hashable, Turns] = OrderedDict()

    def before(self, names: list[Hashable], article: str | None, now: float) -> tuple[str, ...]:
        """What was asked before, in the first of these conversations that is there; nothing about another article."""
        for name in names:
            turns = self._turns.get(name)
            if turns and now - turns.at < FORGOTTEN:
                return turns.questions if turns.article == article else ()
        return ()

    def keep(self, names: list[Hashable], questions: tuple[str, ...], article: str | None, now: float) -> None:
        """The conversation so far, its newest question last."""
        with self._lock:
            for name in names:
                self._turns[name] = Turns(questions[-TURNS:], article, now)
                self._turns.move_to_end(name)
            while self._turns and (len(self._turns) > MOST or now - next(iter(self._turns.values())).at >= FORGOTTEN):
                self._turns.popitem(last=False)

    def forget(self, chat: int) -> None:
        """All conversations whose name begins with this chat."""
        with self._lock:
            for name in [name for name in self._turns if isinstance(name, tuple) and name[0] == chat]:
                del self._turns[name]
