"""The services that all handlers share. Each handler declares in a protocol which of them it needs."""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from telegram import Message, Update

from bot.observe.liveness import Liveness
from bot.observe.metrics import Metrics
from bot.state.chats import ChatState, Place, Said
from bot.state.conversations import Memory
from bot.state.reply_log import ReplyLog
from bot.state.tallies import Tallies
from bot.telegram.context import moment_of, reader_of
from bot.telegram.updates.quota import Quota, Verdict
from bot.telegram.updates.workers import WorkerThreads
from index.errors import UnknownArticle
from index.library import Library
from index.links.article_links import PUBLISHERS, Links
from index.models import Quote

ASKING = 2  # questions that are answered at the same time
READING = 2  # sources of owners that are read at the same time
LONGEST = 30.0  # seconds that a question may take; normally it takes some milliseconds
INLINE = 3  # inline queries and presses allowed for each question; every pause in typing sends an inline query
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    library: Library
    state: ChatState
    tallies: Tallies
    reply_log: ReplyLog
    owners: frozenset[int]
    quota: Quota
    inline_quota: Quota
    press_quota: Quota
    metrics: Metrics
    liveness: Liveness
    links: Links = PUBLISHERS
    memory: Memory = field(default_factory=Memory)
    # Separate threads, so that database calls never have to wait for questions.
    workers: WorkerThreads = field(default_factory=lambda: WorkerThreads(ASKING))
    # Also separate, because Python waits for asyncio's threads when it exits, so a slow server would delay the stop.
    readers: WorkerThreads = field(default_factory=lambda: WorkerThreads(READING))

    async def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Answer a question in a thread. Raises Stuck and whatever ``work`` raises."""
        context = copy_context()
        with self.liveness.asking():
            return await self.workers.run(lambda: context.run(work, *args, **kwargs), LONGEST)

    async def index(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Index an article in a thread. There is no time limit, because articles may be long."""
        context = copy_context()
        return await self.workers.run(lambda: context.run(work, *args, **kwargs))

    def article_of(self, place: Place) -> tuple[str | None, bool]:
        """The article of a place, and whether somebody chose it; else it comes from a link in the channel's post.

        None if nothing is stored about the place, or if no article with the post's links is known. Blocking.
        """
        chosen = self.state.chosen_article(place)
        if chosen is None or "://" not in chosen:
            return chosen, chosen is not None
        return next((found for link in chosen.split() if (found := self.library.at(link))), None), False

    def latest(self, place: Place | None) -> str | None:
        """The article that was quoted last in a place, else the newest; None if there are no articles. Blocking."""
        said = self.state.last_quotes(place) if place else ()
        return next((quote.article.id for quote in self.quotes(said)), None) or self.library.newest()

    def choose(self, place: Place, below: Place | None, article_id: str) -> None:
        """Choose an article for a place, or for the comments ``below`` a channel's post, if we know it. Blocking."""
        self.state.choose(below if below and self.state.knows_place(below) else place, article_id)
        self.memory.unlink(place.chat, place.thread)

    def quotes(self, said: tuple[Said, ...]) -> list[Quote]:
        """Read quotes from the library again, without those whose article was removed. Blocking."""
        found = []
        for one in said:
            try:
                article = self.library.article(one.article)
                found.append(Quote(article, one.start, one.end, one.paragraph, focus=one.focus))
            except UnknownArticle:
                continue  # the owner has removed it in the meantime
        return found

    def outdated(self, quotes: Sequence[Quote]) -> list[Quote]:
        """The quotes that are no longer in their articles because these were corrected. Blocking."""
        return [quote for quote in quotes if not self.library.still_says(quote)]

    def welcome(self, message: Message) -> Verdict:
        """Whether a reader may get one more answer. Messages count at the time when they were written, not received."""
        return self.quota.take(reader_of(message), moment_of(message))

    def is_owner(self, update: Update) -> bool:
        # For all anonymous admins Telegram sends the same bot user, so that one is never an owner.
        user = update.effective_user
        return user is not None and not user.is_bot and user.id in self.owners
