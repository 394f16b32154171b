"""How much one reader may ask: so many questions a minute, one word about it, then silence until the minute is over."""

from collections import OrderedDict, deque
from enum import Enum

MINUTE = 60.0  # seconds
MOST = 10_000  # readers


class Verdict(Enum):
    WELCOME = "answer it"
    TOO_MANY = "say so"
    IGNORED = "say nothing"


class Quota:
    """Counts in memory, by reader. Times are in seconds, from any clock that does not go backwards."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()
        self._told: dict[int, float] = {}

    def take(self, reader: int, now: float) -> Verdict:
        """Whether to answer a reader, who asks now."""
        times = self._asked.setdefault(reader, deque())
        self._asked.move_to_end(reader)
        while times and now - times[0] >= MINUTE:
            times.popleft()
        while len(self._asked) > MOST:
            self._told.pop(self._asked.popitem(last=False)[0], None)
        told = self._told.get(reader)
        if told is not None and now - told < MINUTE and len(times) >= self._a_minute:
            return Verdict.IGNORED
        if len(times) >= self._a_minute:
            self._told[reader] = now
            return Verdict.TOO_MANY
        times.append(now)
        return Verdict.WELCOME
