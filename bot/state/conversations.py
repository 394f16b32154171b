"""What was asked a moment ago, so that "and when was that?" is understood. In memory only, and not for long."""

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
    """Conversations by whatever names them: a reader in a place, or a message of ours that may be replied to.

    Safe to use from several threads. Times are in seconds, from any clock that does not go backwards.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: OrderedDict[Hashable, Turns] = OrderedDict()

    def before(self, names: Sequence[Hashable], now: float, *, asked: int = 0) -> Turns:
        """The first of these conversations that is there. A question that is ``asked`` anew, the message having been
        edited, is not its own past."""
        for name in names:
            turns = self._turns.get(name)
            if turns and now - turns.at < FORGOTTEN:
                return replace(turns, questions=turns.questions[:-1]) if asked and turns.last == asked else turns
        return NONE

    def keep(self, names: Sequence[Hashable], turns: Turns) -> None:
        """The conversation so far."""
        with self._lock:
            for name in names:
                self._turns[name] = replace(turns, questions=turns.questions[-TURNS:])
                self._turns.move_to_end(name)
            while self._turns and (
                len(self._turns) > MOST or turns.at - next(iter(self._turns.values())).at >= FORGOTTEN
            ):
                self._turns.popitem(last=False)

    def unlink(self, chat: int, thread: int) -> None:
        """Another article was chosen there: what readers ask on is about that one."""
        with self._lock:
            for name, turns in self._turns.items():
                if isinstance(name, tuple) and name[:2] == (chat, thread) and turns.linked:
                    self._turns[name] = replace(turns, linked=False)

    def forget(self, chat: int) -> None:
        """All conversations whose name begins with this chat."""
        with self._lock:
            for name in [name for name in self._turns if isinstance(name, tuple) and name[0] == chat]:
                del self._turns[name]
