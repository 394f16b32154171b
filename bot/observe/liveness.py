"""Signs of life: when Telegram last answered, and how long questions have been waiting."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Liveness:
    """For use on the event loop only. Times are in seconds, from a clock that does not go backwards."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._heard: float | None = None
        self._asked: dict[object, float] = {}

    def heard(self) -> None:
        """Telegram has answered."""
        self._heard = self._now()

    def silence(self) -> float | None:
        """Seconds since Telegram last answered; None if it never has."""
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
        """Seconds that the oldest waiting question has waited; 0 if none waits."""
        return self._now() - next(iter(self._asked.values()), self._now())
