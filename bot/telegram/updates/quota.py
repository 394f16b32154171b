"""Limits the questions of a reader: so many a minute, then one notice, then silence until the minute is over."""

from collections import OrderedDict
from enum import Enum

MINUTE = 60.0  # seconds
MOST = 10_000  # readers


class Verdict(Enum):
    WELCOME = "answer it"
    TOO_MANY = "say so"
    IGNORED = "say nothing"


class Quota:
    """Counts each reader's questions in memory. Times are in seconds.

    A question may have an earlier time than the one before it; both then count as within the same minute.
    """

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._asked: OrderedDict[int, list[float]] = OrderedDict()  # a deque takes five times as much
        self._told: dict[int, float] = {}

    def take(self, reader: int, now: float) -> Verdict:
        """Whether to answer a reader who asks at the time ``now``. Counts the question if so."""
        while self._asked and (len(self._asked) >= MOST or self._is_over(next(iter(self._asked)), now)):
            self._told.pop(self._asked.popitem(last=False)[0], None)
        times = self._asked[reader] = [at for at in self._asked.get(reader, ()) if now - at < MINUTE]
        self._asked.move_to_end(reader)
        told = self._told.get(reader)
        if told is not None and now - told < MINUTE and len(times) >= self._a_minute:
            return Verdict.IGNORED
        if len(times) >= self._a_minute:
            self._told[reader] = now
            return Verdict.TOO_MANY
        times.append(now)
        return Verdict.WELCOME

    def _is_over(self, reader: int, now: float) -> bool:
        """Whether none of a reader's questions counts any more."""
        last = max((*self._asked[reader], self._told.get(reader, now - MINUTE)))
        return now - last >= MINUTE
