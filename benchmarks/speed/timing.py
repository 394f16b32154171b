"""Measures how long work takes."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """The seconds that ``work`` took, and its result."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def at(ordered: Sequence[float], share: float) -> float:
    """The quantile of sorted values below which this share of them lies."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
