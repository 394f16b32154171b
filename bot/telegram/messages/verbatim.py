"""Checks right before sending that every quote is, word for word, in the stored article."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from telegram import MessageEntity

from bot.telegram.messages.render import Excerpt, Outgoing
from index.errors import DamagedLibrary, QuothError, UnknownArticle
from index.models import Article, Quote

_QUOTED = {MessageEntity.BLOCKQUOTE, MessageEntity.EXPANDABLE_BLOCKQUOTE}
# Reads an article by its id, as it is stored now, and checks its hash: ``Library.article``. Blocking.
Stored = Callable[[str], Article]


class NotVerbatim(QuothError):
    """A message shows as a quote what its article does not say, so it must not be sent."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Messages that may be sent. Only ``check`` makes them."""

    messages: tuple[Outgoing, ...]


def check(messages: Sequence[Outgoing], stored: Stored) -> Checked:
    """Check messages right before they are sent, by the offsets that Telegram uses. Each article is read once.

    Every blockquote must be exactly its excerpt of the article as it is stored now. The parts of a quote must follow
    each other and leave out nothing but white space.

    Raises:
        NotVerbatim: something differs, or an article was removed. None of the messages may be sent.
    """
    excerpts: list[Excerpt] = []
    articles: dict[str, Article] = {}
    for message in messages:
        quoted = [entity for entity in message.entities if entity.type in _QUOTED]
        if len(quoted) != len(message.excerpts):
            raise NotVerbatim("A message does not show the quotes it was made from. Ask again.")
        units = message.text.encode("utf-16-le")
        for entity, excerpt in zip(quoted, message.excerpts, strict=True):
            shown = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
            article, article_id = excerpt.quote.article, excerpt.quote.article.id
            if article_id not in articles:
                articles[article_id] = _read(article_id, stored)
            now = articles[article_id]
            said = now.text[excerpt.start : excerpt.end]
            if shown != said.encode("utf-16-le") or now.digest != excerpt.digest or now.text != article.text:
                raise NotVerbatim("A quote differs from its article. Ask again.")
            excerpts.append(excerpt)
    for quote, start, end in _gaps(excerpts):
        if not quote.start <= start <= end <= quote.end or quote.article.text[start:end].strip():
            raise NotVerbatim("A quote is not shown whole. Ask again.")
    return Checked(tuple(messages))


def without_quotes(messages: Sequence[Outgoing]) -> Checked:
    """Check messages that have only our own text. Raises NotVerbatim: there is a quote in them."""
    return check(messages, _nothing)


def _nothing(article_id: str) -> Article:
    raise UnknownArticle(article_id)


def _read(article_id: str, stored: Stored) -> Article:
    try:
        return stored(article_id)
    except (UnknownArticle, DamagedLibrary) as error:
        raise NotVerbatim("An article was removed or changed since it was found. Ask again.") from error


def _gaps(excerpts: Sequence[Excerpt]) -> Iterator[tuple[Quote, int, int]]:
    """The parts of the quotes that no excerpt shows, in order; they may be empty."""
    for before, after in pairwise([None, *excerpts, None]):
        if before and after and before.quote == after.quote and before.end <= after.start:
            yield after.quote, before.end, after.start
            continue
        if before:
            yield before.quote, before.end, before.quote.end
        if after:
            yield after.quote, after.quote.start, after.start
