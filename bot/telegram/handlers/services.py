"""What handlers work with, each with as much of it as its protocol asks for."""

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
from bot.telegram.messages.context import moment_of, reader_of
from bot.telegram.updates.quota import Quota, Verdict
from bot.telegram.updates.workers import WorkerThreads
from index.errors import UnknownArticle
from index.library import Library
from index.links.article_links import PUBLISHERS, Links
from index.models import Quote

ASKING = 2  # questions at work at once
READING = 2  # sources that owners add
LONGEST = 30.0  # seconds that a question may take; it takes some thousandths of one
INLINE = 3  # inline queries, of which every pause in typing sends one, and presses, for each question one may ask
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
    # Threads of their own, no more than can be at work at once: what is written down never waits behind them.
    workers: WorkerThreads = field(default_factory=lambda: WorkerThreads(ASKING))
    # Python waits at its end for the threads of asyncio, and a slow server would keep the bot from stopping.
    readers: WorkerThreads = field(default_factory=lambda: WorkerThreads(READING))

    async def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Answer a question in a thread. Raises Stuck and whatever ``work`` raises."""
        context = copy_context()
        with self.liveness.asking():
            return await self.workers.run(lambda: context.run(work, *args, **kwargs), LONGEST)

    async def index(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what needs the model too, but takes as long as an article is."""
        context = copy_context()
        return await self.workers.run(lambda: context.run(work, *args, **kwargs))

    def article_of(self, place: Place) -> tuple[str | None, bool]:
        """The article that a place is on, and whether somebody chose it, or its post links to it; None for a post whose
        article is not known (any more). Blocking."""
        chosen = self.state.chosen_article(place)
        if chosen is None or "://" not in chosen:
            return chosen, chosen is not None
        return next((found for link in chosen.split() if (found := self.library.at(link))), None), False

    def latest(self, place: Place | None) -> str | None:
        """The article that was quoted last there and is still known, else the newest, if there is any. Blocking."""
        said = self.state.last_quotes(place) if place else ()
        return next((quote.article.id for quote in self.quotes(said)), None) or self.library.newest()

    def choose(self, place: Place, below: Place | None, article_id: str) -> None:
        """Put a place on an article; ``below`` a channel's post that is known only what is below it. Blocking."""
        self.state.choose(below if below and self.state.knows_place(below) else place, article_id)
        self.memory.unlink(place.chat, place.thread)

    def quotes(self, said: tuple[Said, ...]) -> list[Quote]:
        """The quotes again, from the library; without those whose article is gone. Blocking."""
        found = []
        for one in said:
            try:
                article = self.library.article(one.article)
                found.append(Quote(article, one.start, one.end, one.paragraph, focus=one.focus))
            except UnknownArticle:
                continue  # the owner has removed it since
        return found

    def outdated(self, quotes: Sequence[Quote]) -> list[Quote]:
        """Those that their articles, corrected since, do not say any more. Blocking."""
        return [quote for quote in quotes if not self.library.still_says(quote)]

    def welcome(self, message: Message) -> Verdict:
        """Whether a reader may have one more answer. What was asked over hours while we were away counts as that."""
        return self.quota.take(reader_of(message), moment_of(message))

    def is_owner(self, update: Update) -> bool:
        # An anonymous admin's user is Telegram's own bot for them, which is nobody, even if an owner lists it.
        user = update.effective_user
        return user is not None and not user.is_bot and user.id in self.owners
