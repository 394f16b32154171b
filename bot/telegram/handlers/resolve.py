"""Finds the article that a question from a chat is about, and its answer.

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

CANDIDATES = 6  # passages besides the quotes, for readers who ask for more


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that is meant for us.

    ``number`` is the message's id. ``at`` is when it was written or last edited, in Unix seconds by Telegram's clock.
    ``links`` are the links in the message, ``around`` those in the message that it replies to. ``thread`` is its
    comment thread or chain of replies. ``reply_to`` is the id of our message that it replies to, if any.
    """

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
        """The key of the reader's conversation in this place."""
        return self.place.chat, self.place.thread, self.reader


@dataclass(frozen=True, slots=True)
class Found:
    """The library's answer. ``several``: it has more than one article.

    ``turns`` is the conversation including this question, ``turns.article`` the article that was asked; None for all.
    """

    result: Outcome
    question: str
    several: bool
    turns: Turns


class Empty:
    """The library has no articles."""


class Unknown:
    """The message is only a link to a page that is not in the library."""


class Gone:
    """The article has been removed."""


# An Article: the message was only its link, and it is now chosen. A Summary: the question was what the article is
# about.
Resolved = Found | Summary | Article | Empty | Unknown | Gone


class AskedLibrary(Protocol):
    """What questions need of the library. Blocking; raises UnknownArticle, StoreError, ModelError."""

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
        """Find the answer. Without ``keep`` nothing is read or stored about the place of the message."""
        library = self._services.library
        size = library.size()
        if not size:
            return Empty()
        question, links = asked.question, (*asked.links, *asked.around)
        here, chosen_in = self._here(asked) if keep else (None, None)
        linked = None
        for link in links:
            # An article that was chosen below a post has priority over the link of the post, which every comment has.
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
        # A follow-up to a question about a linked article, or a reply to its answer, is still about that article.
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
        """Whether it is a follow-up question whose earlier questions are forgotten."""
        turns, _ = self._turns(asked, time.monotonic())
        return not turns.questions and goes_on_from(asked.question, ["?"])

    def _turns(self, asked: Asked, now: float) -> tuple[Turns, bool]:
        """The conversation that a question may continue, and whether it is that of the message that it replies to."""
        memory = self._services.memory
        if asked.reply_to is not None:
            below = memory.before([(asked.place.chat, "said", asked.reply_to)], now, asked=asked.number)
            if below is not NONE:
                return below, True
        return memory.before([asked.conversation], now, asked=asked.number), False

    def _here(self, asked: Asked) -> tuple[str | None, Place | None]:
        """The article of a message's thread or place, and where it was chosen; None if nobody chose it there."""
        for place in (asked.thread, asked.place):
            if place is not None:
                article, is_chosen = self._services.article_of(place)
                if article is not None:
                    return article, place if is_chosen else None
        return None, None


def unquoted_candidates(found: Answer | Closest | NoAnswer) -> list[Quote]:
    """The candidates that are not in the quotes."""
    quotes = () if isinstance(found, NoAnswer) else found.quotes
    return [
        one
        for one in found.candidates
        if not any(one.article.id == quote.article.id and quote.start <= one.start < quote.end for quote in quotes)
    ]
