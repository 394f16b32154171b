"""Signs of life: when Telegram was last heard of, and since when questions wait to be answered."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Liveness:
    """To be used on the event loop alone. Times are in seconds, from any clock that does not go backwards."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._heard: float | None = None
        self._asked: dict[object, float] = {}

    def heard(self) -> None:
        """Telegram has answered."""
        self._heard = self._now()

    def silence(self) -> float | None:
        """Since when Telegram has not been heard of; None before it ever was."""
        return None if self._heard is None else self._now() - self._heard

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A question is being answered, or waits for its turn."""
        one = object()
        self._asked[one] = self._now()
        try:
            yield
        finally:
            del self._asked[one]

    def longest_wait(self) -> float:
        """Of the question that has waited longest, 0 without any."""
        return self._now() - next(iter(self._asked.values()), self._now())
