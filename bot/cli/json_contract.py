"""The JSON that commands print: one function for each kind of object. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bot.state.tallies import Report
from index.library import Added
from index.links.article_links import Links
from index.models import (
    Answer,
    Article,
    Closest,
    Listing,
    NoAnswer,
    NotAQuestion,
    Outcome,
    Passage,
    Quote,
    Source,
    Summary,
)

Json = dict[str, object]


def quote_json(quote: Quote, n: int, links: Links) -> Json:
    """A quote as JSON. "page" is present only if the article has pages."""
    page = {"page": quote.page} if quote.page else {}
    return {
        "n": n,
        "article": quote.article.id,
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "paragraph": quote.paragraph,
        "link": links.to_quote(quote),
        "score": round(quote.score, 4),
        **page,
    }


def quotes_json(quotes: Sequence[Quote], links: Links) -> list[Json]:
    return [quote_json(quote, n, links) for n, quote in enumerate(quotes, start=1)]


OUTCOMES = {Answer: "answer", Closest: "closest", NoAnswer: "no_answer", NotAQuestion: "not_a_question"}


def answer_json(found: Outcome, ms: float, links: Links) -> Json:
    return {
        "question": found.question,
        "outcome": OUTCOMES[type(found)],
        "answered": isinstance(found, Answer),
        "confidence": round(found.confidence, 4),
        "quotes": quotes_json(found.quotes, links) if isinstance(found, Answer | Closest) else [],
        "candidates": quotes_json(found.candidates, links),
        "ms": round(ms, 1),
    }


def added_json(source: str, added: Added, seconds: float) -> Json:
    return {
        "source": source,
        "id": added.article.id,
        "title": added.article.title,
        "paragraphs": added.paragraphs,
        "passages": added.passages,
        "seconds": round(seconds, 2),
    }


def summary_json(summary: Summary, links: Links) -> Json:
    return {"article": summary.article.id, "sentences": quotes_json(summary.sentences, links)}


def sources_json(article: Article, named: Sequence[Source], corrected: str | None, links: Links) -> Json:
    about = {name: getattr(article, name) for name in ("id", "title", "url", "site", "author", "published")}
    if corrected:
        about["corrected"] = corrected
    return {
        "article": about,
        "cited": [{"name": source.name, "mentions": quotes_json(source.mentions, links)} for source in named],
    }


def show_json(article: Article, passages: Sequence[Passage]) -> Json:
    names = ("id", "title", "url", "site", "author", "published", "language", "text")
    about: Json = {name: getattr(article, name) for name in names}
    return {**about, "passages": [[p.start, p.end, p.paragraph] for p in passages]}


def report_json(report: Report, titles: Mapping[str, str]) -> Json:
    """The report as JSON. A question to all articles has no title."""
    return {
        "days": [asdict(day) for day in report.days],
        "unanswered": [asdict(one) | {"title": titles.get(one.article)} for one in report.unanswered],
        "votes": [asdict(one) | {"title": titles[one.article]} for one in report.votes],
    }


def listing_json(listing: Listing) -> Json:
    return {
        "id": listing.id,
        "title": listing.title,
        "url": listing.url,
        "added": listing.added,
        "passages": listing.passages,
    }
