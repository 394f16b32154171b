"""Handles ``@bot question`` in any chat: shows passages as cards, one of which the reader can send."""

import hashlib
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import ParamSpec, Protocol, TypeVar

from telegram import InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent, Update
from telegram.error import BadRequest
from telegram.ext import ContextTypes

from bot.observe.metrics import Metrics
from bot.state.chats import Place
from bot.telegram.context import texts_of
from bot.telegram.handlers.outcome_log import note
from bot.telegram.handlers.resolve import unquoted_candidates
from bot.telegram.messages.render import no_answer_sentences, one_line, render_answer
from bot.telegram.messages.sending import NO_PREVIEW
from bot.telegram.messages.verbatim import Stored, check
from bot.telegram.updates.quota import Quota, Verdict
from bot.wording.texts import Texts
from index.errors import UnknownArticle
from index.links.article_links import Links
from index.models import Answer, Article, Closest, NoAnswer, NotAQuestion, Outcome

Context = ContextTypes.DEFAULT_TYPE
CARDS = 5
CACHED = 60  # seconds for which Telegram may show the same cards to the same reader
TITLE, ABOUT = 100, 200  # code points of a card's title and description


P = ParamSpec("P")
T = TypeVar("T")


class InlineLibrary(Protocol):
    """What inline queries need of the library. Blocking; raises UnknownArticle, StoreError, ModelError."""

    def size(self) -> int: ...
    def article(self, article_id: str) -> Article: ...
    def ask(
        self, question: str, article_id: str | None = None, *, history: Sequence[str] = (), candidates: int = 1
    ) -> Outcome: ...


class ChosenArticle(Protocol):
    def chosen_article(self, place: Place) -> str | None: ...


class InlineServices(Protocol):
    """What inline queries need. See ``Services``."""

    @property
    def library(self) -> InlineLibrary: ...
    @property
    def state(self) -> ChosenArticle: ...
    @property
    def inline_quota(self) -> Quota: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def links(self) -> Links: ...
    async def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...


class InlineHandler:
    def __init__(self, services: InlineServices) -> None:
        self._services = services

    async def query(self, update: Update, context: Context) -> None:
        query, texts = update.inline_query, texts_of(update)
        assert query is not None
        said = " ".join(query.query.split())
        verdict = self._services.inline_quota.take(query.from_user.id, time.monotonic())
        cards: list[InlineQueryResultArticle] = []
        title, found = texts.inline_nothing, None
        if said and verdict is Verdict.WELCOME:
            self._services.metrics.asked("inline")
            found, cards, title = await self._services.ask(self._find, said, query.from_user.id, texts)
        elif said:
            title = texts.too_many
        # The button above the cards opens our chat, where the question can be asked in full.
        button = InlineQueryResultsButton(title[:64], start_parameter="inline")
        try:
            await query.answer(cards, cache_time=CACHED, is_personal=True, button=button)
        except BadRequest as error:
            # The reader has continued typing in the meantime.
            if "too old" not in str(error):
                raise
        if found is not None:
            note(self._services.metrics, "inline", found, texts)

    def _find(
        self, question: str, reader: int, texts: Texts
    ) -> tuple[Outcome | None, list[InlineQueryResultArticle], str]:
        """The answer, the cards and the title above them.

        The article that the reader chose in private is asked, else all articles. Blocking; raises NotVerbatim.
        """
        library = self._services.library
        if not (size := library.size()):
            return None, [], texts.inline_nothing
        try:
            found = library.ask(question, self._services.state.chosen_article(Place(reader)), candidates=CARDS)
        except UnknownArticle:
            found = library.ask(question, candidates=CARDS)
        if isinstance(found, NotAQuestion):
            return found, [], texts.inline_nothing
        several, stored = size > 1, cache(library.article)
        # The quotes, then the candidates that they leave out.
        quotes = () if isinstance(found, NoAnswer) else found.quotes
        shown = (*quotes, *unquoted_candidates(found))[:CARDS]
        # Who reads the message in the chat has not seen the line above the cards.
        kind = Answer if isinstance(found, Answer) else Closest
        links = self._services.links
        cards = [_card(kind("", (quote,), 1.0), texts, links, stored, several=several) for quote in shown]
        if isinstance(found, Answer):
            return found, cards, texts.inline_nothing
        nothing = no_answer_sentences(texts, None, several_articles=several)[0]
        return found, cards, texts.inline_closest if isinstance(found, Closest) else nothing


def _card(
    answer: Answer | Closest, texts: Texts, links: Links, stored: Stored, *, several: bool
) -> InlineQueryResultArticle:
    (quote,) = answer.quotes
    (first, *_) = check(render_answer(answer, texts, several_articles=several, links=links), stored).messages
    # A quote that is too long for one message is cut.
    content = InputTextMessageContent(first.text, entities=first.entities, link_preview_options=NO_PREVIEW)
    name = hashlib.sha256(f"{quote.article.id}:{quote.start}:{quote.end}".encode()).hexdigest()[:32]
    where = f"{texts.place(quote)} · {quote.article.title}"
    return InlineQueryResultArticle(name, one_line(quote.text, TITLE), content, description=one_line(where, ABOUT))
