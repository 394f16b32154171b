"""``@bot question`` in any chat: the passages that answer, as cards; a chosen one is sent by the reader."""

import hashlib
import time

from telegram import InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent, Update
from telegram.error import BadRequest
from telegram.ext import ContextTypes

from bot.state.chats import Place
from bot.telegram.handlers.outcome_log import note
from bot.telegram.handlers.resolve import beside
from bot.telegram.handlers.services import Services
from bot.telegram.messages.context import texts_of, thread
from bot.telegram.messages.render import Outgoing, check, no_answer_sentences, one_line, render_answer
from bot.telegram.messages.sending import NO_PREVIEW
from bot.telegram.updates.quota import Verdict
from bot.wording.texts import Texts
from index.errors import UnknownArticle
from index.links.article_links import Links
from index.models import Answer, NoAnswer, NotAQuestion, Quote

Context = ContextTypes.DEFAULT_TYPE
CARDS = 5
CACHED = 60  # seconds that Telegram may show the same cards to the same reader
TITLE, ABOUT = 100, 200  # code points of a card


class InlineHandler:
    def __init__(self, services: Services) -> None:
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
            found, several = await self._services.ask(self._find, said, query.from_user.id)
            if found is not None and not isinstance(found, NotAQuestion):
                cards = await thread(_cards, found, texts, self._services.links, several=several)
                title = (
                    texts.inline_nothing
                    if isinstance(found, Answer)
                    else no_answer_sentences(texts, None, several_articles=several)[0]
                )
        elif said:
            title = texts.too_many
        # The line above the cards leads to us, where the question can be asked in full.
        button = InlineQueryResultsButton(title[:64], start_parameter="inline")
        try:
            await query.answer(cards, cache_time=CACHED, is_personal=True, button=button)
        except BadRequest as error:
            # The reader has typed on meanwhile.
            if "too old" not in str(error):
                raise
        if found is not None:
            note(self._services.metrics, "inline", found, texts)

    def _find(self, question: str, reader: int) -> tuple[Answer | NoAnswer | NotAQuestion | None, bool]:
        """In the article that the reader has chosen in private, or in all. Blocking."""
        library = self._services.library
        size = library.size()
        if not size:
            return None, False
        try:
            return library.ask(question, self._services.state.article(Place(reader)), candidates=CARDS), size > 1
        except UnknownArticle:
            return library.ask(question, candidates=CARDS), size > 1


def _cards(found: Answer | NoAnswer, texts: Texts, links: Links, *, several: bool) -> list[InlineQueryResultArticle]:
    """The quotes, then the candidates that they leave out. Raises NotVerbatim."""
    quotes = found.quotes if isinstance(found, Answer) else ()
    return [_card(quote, texts, links, several=several) for quote in (*quotes, *beside(found))[:CARDS]]


def _card(quote: Quote, texts: Texts, links: Links, *, several: bool) -> InlineQueryResultArticle:
    answer = Answer("", (quote,), 1.0)
    messages: tuple[Outgoing, ...] = render_answer(answer, texts, several_articles=several, links=links)
    check(messages)
    # A quote longer than a message is sent as far as a message goes.
    content = InputTextMessageContent(messages[0].text, entities=messages[0].entities, link_preview_options=NO_PREVIEW)
    name = hashlib.sha256(f"{quote.article.id}:{quote.start}:{quote.end}".encode()).hexdigest()[:32]
    where = f"{texts.place(quote)} · {quote.article.title}"
    return InlineQueryResultArticle(name, one_line(quote.text, TITLE), content, description=one_line(where, ABOUT))
