"""How long work takes."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds and result."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def at(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the values is."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
