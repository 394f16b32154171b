"""What is counted while the bot runs, for Prometheus. No label says anything about a reader."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from index.errors import QuothError

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
Kind = Literal["private", "group", "guest", "inline"]


class Metrics:
    """Counters in ``registry``. Safe to use from several threads. No method blocks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._questions = Counter(
            "quoth_questions", "Questions, by where they were asked.", ["kind"], registry=registry
        )
        self._answers = Counter(
            "quoth_answers", "Replies to questions, by what they say.", ["outcome"], registry=registry
        )
        self._seconds = Histogram(
            "quoth_reply_seconds", "From a question's arrival to its reply.", buckets=SECONDS, registry=registry
        )
        self._errors = Counter("quoth_errors", "Updates that failed, by the error's kind.", ["kind"], registry=registry)
        self._retries = Counter(
            "quoth_telegram_retries", "Calls to be made again: Telegram was busy or out of reach.", ["method", "error"],
            registry=registry,
        )  # fmt: skip
        self._refusals = Counter(
            "quoth_telegram_refusals", "Calls that Telegram refused.", ["method", "error"], registry=registry
        )
        self._left_out = Counter(
            "quoth_left_out", "Messages for which there was no room, by whose they were.", ["kind"], registry=registry
        )

    def asked(self, kind: Kind) -> None:
        self._questions.labels(kind).inc()

    def replied(self, outcome: str, seconds: float | None) -> None:
        """``seconds`` since the question arrived; None if the bot did not reply."""
        self._answers.labels(outcome).inc()
        if seconds is not None:
            self._seconds.observe(seconds)

    def left_out(self, kind: str) -> None:
        self._left_out.labels(kind).inc()

    def failed(self, error: BaseException | None) -> None:
        self._errors.labels(type(error).__name__).inc()

    def retried(self, method: str, error: BaseException) -> None:
        self._retries.labels(method, type(error).__name__).inc()

    def refused(self, method: str, error: BaseException) -> None:
        self._refusals.labels(method, type(error).__name__).inc()


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers at one moment: waiting updates, articles, passages, and feeds by their state."""

    queue: int
    articles: int
    passages: int
    feeds: Mapping[str, int]


class Stock(Collector):
    """The numbers of the moment, looked up for each request. ``look`` blocks and may raise QuothError."""

    def __init__(self, look: Callable[[], Numbers]) -> None:
        self._look = look

    def collect(self) -> Iterable[Metric]:
        try:
            numbers = self._look()
        except QuothError:
            return []  # the counters are still useful; /healthz says what is wrong
        feeds = GaugeMetricFamily("quoth_feeds", "Feeds that are followed, by their last visit.", labels=["state"])
        for state, count in numbers.feeds.items():
            feeds.add_metric([state], count)
        return [
            GaugeMetricFamily("quoth_queue", "Updates that are written down and not yet answered.", numbers.queue),
            GaugeMetricFamily("quoth_articles", "Articles in the library.", numbers.articles),
            GaugeMetricFamily("quoth_passages", "Passages in the library.", numbers.passages),
            feeds,
        ]


def watch_stock(registry: CollectorRegistry, stock: Stock) -> None:
    """Add these numbers, and the process's memory, processor time and open files."""
    registry.register(stock)
    ProcessCollector(registry=registry)
