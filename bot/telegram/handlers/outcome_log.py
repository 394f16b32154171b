"""Counts and logs each reply that was sent."""

import logging
import time

from bot.observe.logs import Event, request
from bot.observe.metrics import Kind, Metrics
from bot.telegram.handlers.resolve import Empty, Found, Gone, Resolved
from bot.telegram.messages.verbatim import NotVerbatim
from bot.wording.texts import Texts
from index.models import Answer, Article, Closest, NoAnswer, NotAQuestion, Outcome, Summary

log = logging.getLogger("quoth")


def note(metrics: Metrics, kind: Kind, outcome: Resolved | Outcome, texts: Texts) -> None:
    """Count and log a reply that was just sent, in the language of ``texts``."""
    event, known = _facts(outcome)
    now = request.get()
    seconds = time.monotonic() - now.began if now else 0.0
    metrics.replied(event, seconds)
    log.info(Event(event, ms=round(seconds * 1000), kind=kind, language=texts.language, **known))


def note_not_verbatim(metrics: Metrics, error: NotVerbatim) -> None:
    """Count and log a quote that failed its check and was not sent."""
    metrics.failed(error)
    log.error(Event("not_verbatim", hint="A quote failed its check and was not sent. Run: quoth verify."))


def _facts(outcome: Resolved | Outcome) -> tuple[str, dict[str, str | float | None]]:
    """The name of the log event, and its fields, without personal data."""
    result = outcome.result if isinstance(outcome, Found) else outcome
    asked = outcome.turns.article if isinstance(outcome, Found) else None
    if isinstance(result, Answer | Closest):
        event = "answered" if isinstance(result, Answer) else "closest"
        about, quotes = result.quotes[0].article.id, len(result.quotes)
        return event, {"article": about, "quotes": quotes, "confidence": result.confidence}
    if isinstance(result, NoAnswer):
        return "no_answer", {"article": asked, "confidence": result.confidence}
    if isinstance(result, NotAQuestion):
        return "small_talk", {}
    if isinstance(result, Summary):
        return "summary", {"article": result.article.id, "quotes": len(result.sentences)}
    if isinstance(result, Article):
        return "chosen", {"article": result.id}
    return {Empty: "no_article", Gone: "article_gone"}.get(type(result), "unknown_link"), {}
