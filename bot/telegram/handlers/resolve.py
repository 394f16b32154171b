"""A question from a chat -> the article that it is about and what that says.

Blocking; call it from a worker thread.
"""

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from telegram import Message
from telegram.constants import ChatType

from bot.state.chats import Place
from bot.state.conversations import NONE, Memory, Turns
from bot.telegram.context import moment_of, place_of, reader_of, thread_of
from bot.telegram.updates.addressing import links_in, without_link
from index.errors import UnknownArticle
from index.models import Answer, Article, Closest, NoAnswer, NotAQuestion, Outcome, Quote, Summary
from index.read.conversation import goes_on_from

CANDIDATES = 6  # passages beside the quotes, for those who want more


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that is meant for us. ``at`` is when it was written or last changed, in Unix seconds by Telegram's
    clock; ``links`` are its own, ``around`` those of the message that it replies to; ``thread`` is the comment thread
    or chain of replies that it stands in; ``reply_to`` the number of our message that it replies to."""

    place: Place
    number: int
    at: int
    question: str
    reader: int
    private: bool
    links: tuple[str, ...]
    around: tuple[str, ...]
    thread: Place | None
    reply_to: int | None

    @classmethod
    def of(cls, message: Message, question: str, me: int) -> "Asked":
        replied = message.reply_to_message
        ours = replied is not None and replied.from_user is not None and replied.from_user.id == me
        return cls(
            place_of(message),
            message.message_id,
            moment_of(message),
            question,
            reader_of(message),
            message.chat.type == ChatType.PRIVATE,
            tuple(links_in(message)),
            () if ours else tuple(links_in(replied)),
            thread_of(message),
            replied.message_id if ours and replied is not None else None,
        )

    @property
    def conversation(self) -> Hashable:
        """The name of the reader's own conversation there."""
        return self.place.chat, self.place.thread, self.reader


@dataclass(frozen=True, slots=True)
class Found:
    """What the library says. ``turns`` is the conversation with this question, ``turns.article`` the one that was
    asked, None for all of them."""

    result: Outcome
    question: str
    several: bool
    turns: Turns


class Empty:
    """There is no article at all."""


class Unknown:
    """Nothing but a link to a page that is no article of ours."""


class Gone:
    """The article is no longer there."""


# An article: there was nothing but its link; it is chosen now. A summary: it was asked what it is about.
Resolved = Found | Summary | Article | Empty | Unknown | Gone


class AskedLibrary(Protocol):
    """The library, as far as questions ask it. Blocking; raises UnknownArticle, StoreError, ModelError."""

    def size(self) -> int: ...
    def at(self, address: str) -> str | None: ...
    def article(self, article_id: str) -> Article: ...
    def summary(self, article_id: str) -> Summary: ...
    def ask(
        self, question: str, article_id: str | None = None, *, history: Sequence[str] = (), candidates: int = 1
    ) -> Outcome: ...


class ArticleChoices(Protocol):
    """Which article each place has chosen, None for none. Blocking; raises StoreError."""

    def choose(self, place: Place, article_id: str | None) -> None: ...


class ResolverServices(Protocol):
    """What finding an answer needs. See ``Services``."""

    @property
    def library(self) -> AskedLibrary: ...
    @property
    def state(self) -> ArticleChoices: ...
    @property
    def memory(self) -> Memory: ...
    def choose(self, place: Place, below: Place | None, article_id: str) -> None: ...
    def article_of(self, place: Place) -> tuple[str | None, bool]: ...
    def latest(self, place: Place | None) -> str | None: ...


class Resolver:
    def __init__(self, services: ResolverServices) -> None:
        self._services = services

    def find(self, asked: Asked, *, keep: bool = True) -> Resolved:
        """Without ``keep`` nothing is known of the place of the message, and nothing is noted of it."""
        library = self._services.library
        size = library.size()
        if not size:
            return Empty()
        question, links = asked.question, (*asked.links, *asked.around)
        here, chosen_in = self._here(asked) if keep else (None, None)
        linked = None
        for link in links:
            # What was chosen below a post counts more than the post's own link, which every comment has around it.
            if link in asked.around and chosen_in == asked.thread and chosen_in is not None:
                continue
            if (linked := library.at(link)) is not None:
                question = without_link(question, link)
                break
        if linked is not None and not question:
            if keep:
                self._services.choose(asked.place, asked.thread, linked)
            return library.article(linked)
        if linked is None and any(not without_link(question, link) for link in links):
            return Unknown()
        now = time.monotonic()
        turns, is_reply = self._turns(asked, now) if keep else (NONE, False)
        # What is asked on about a linked article, or below what was said of it, is about that one still.
        goes_on = turns.linked and (is_reply or goes_on_from(question, turns.questions))
        article = linked or (turns.article if goes_on else here)
        before = turns.questions if turns.article == article else ()
        try:
            result = library.ask(question, article, history=before, candidates=CANDIDATES)
            if isinstance(result, NotAQuestion) and result.kind == "gist":
                return library.summary(article or self._services.latest(asked.place if keep else None) or "")
        except UnknownArticle:
            if chosen_in is not None and article == here:
                self._services.state.choose(chosen_in, None)
            return Gone()
        newest = Turns((*before, question), article, now, asked.number, linked is not None or goes_on)
        return Found(result, question, size > 1, newest)

    def lacks_its_past(self, asked: Asked) -> bool:
        """Whether it can only be read with questions before it, which are forgotten."""
        turns, _ = self._turns(asked, time.monotonic())
        return not turns.questions and goes_on_from(asked.question, ["?"])

    def _turns(self, asked: Asked, now: float) -> tuple[Turns, bool]:
        """The conversation that a question may go on, and whether it is that below the message that it replies to."""
        memory = self._services.memory
        if asked.reply_to is not None:
            below = memory.before([(asked.place.chat, "said", asked.reply_to)], now, asked=asked.number)
            if below is not NONE:
                return below, True
        return memory.before([asked.conversation], now, asked=asked.number), False

    def _here(self, asked: Asked) -> tuple[str | None, Place | None]:
        """The article of the place of a message, and the place where it was chosen."""
        for place in (asked.thread, asked.place):
            if place is not None:
                article, is_chosen = self._services.article_of(place)
                if article is not None:
                    return article, place if is_chosen else None
        return None, None


def beside(found: Answer | Closest | NoAnswer) -> list[Quote]:
    """The candidates that the quotes do not show."""
    quotes = () if isinstance(found, NoAnswer) else found.quotes
    return [
        one
        for one in found.candidates
        if not any(one.article.id == quote.article.id and quote.start <= one.start < quote.end for quote in quotes)
    ]
