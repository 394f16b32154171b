"""A question from a chat -> the article that it is about and what that says; and what is remembered of it.

Blocking; call it from a worker thread.
"""

import time
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from telegram import Message
from telegram.constants import ChatType

from bot.addressing import links_in, without_link
from bot.desk import Desk, place_of, reader_of, thread_of
from bot.memory import Turns
from bot.state import Given, Place
from index.conversation import goes_on_from
from index.errors import UnknownArticle
from index.models import Answer, Article, NoAnswer, NotAQuestion, Summary

CANDIDATES = 6  # passages beside the quotes, for those who want more


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that is meant for us. ``links`` are its own, ``around`` those of the message that it replies to;
    ``thread`` is the comment thread or chain of replies that it stands in; ``reply_to`` the number of our message that
    it replies to."""

    place: Place
    number: int
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
            question,
            reader_of(message),
            message.chat.type == ChatType.PRIVATE,
            tuple(links_in(message)),
            () if ours else tuple(links_in(replied)),
            thread_of(message),
            replied.message_id if ours and replied is not None else None,
        )

    @property
    def conversations(self) -> list[Hashable]:
        """The names of the conversation that it may go on: below a message of ours, else the reader's own."""
        own = (self.place.chat, self.place.thread, self.reader)
        return [own] if self.reply_to is None else [(self.place.chat, "said", self.reply_to), own]


@dataclass(frozen=True, slots=True)
class Found:
    """What the library says. ``turns`` is the conversation with this question, ``turns.article`` the one that was
    asked, None for all of them."""

    result: Answer | NoAnswer | NotAQuestion
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
Outcome = Found | Summary | Article | Empty | Unknown | Gone


class Finder:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, asked: Asked, *, keep: bool = True) -> Outcome:
        """``keep`` says whether an article may be chosen for the place of the message."""
        library = self._desk.library
        size = library.size()
        if not size:
            return Empty()
        question, links = asked.question, (*asked.links, *asked.around)
        linked = None
        for link in links:
            if (linked := library.at(link)) is not None:
                question = without_link(question, link)
                break
        if linked is not None and not question:
            if keep:
                self._desk.state.choose(self._place(asked), linked)
            return library.article(linked)
        if linked is None and any(not without_link(question, link) for link in links):
            return Unknown()
        here, chosen_in = self._here(asked)
        now = time.monotonic()
        turns = self._desk.memory.before(asked.conversations, now, asked=asked.number)
        # What is asked on about a linked article, or below what was said of it, is about that one still.
        goes_on = turns.linked and (asked.reply_to is not None or goes_on_from(question, turns.questions))
        article = linked or (turns.article if goes_on else here)
        before = turns.questions if turns.article == article else ()
        try:
            result = library.ask(question, article, history=before, candidates=CANDIDATES)
            if isinstance(result, NotAQuestion) and result.kind == "gist":
                return library.summary(article or self._latest(asked))
        except UnknownArticle:
            if chosen_in is not None and article == here:
                self._desk.state.choose(chosen_in, None)
            return Gone()
        is_linked = linked is not None or goes_on
        newest = Turns((*before, question), article, now, asked.number, is_linked)
        return Found(result, question, size > 1, newest)

    def remember(self, asked: Asked, outcome: Outcome, given: Given, before: Given | None) -> None:
        """A reply; ``before`` is the one that it takes the place of."""
        if before is not None and before.vote:
            if before.quotes == given.quotes:
                given = replace(given, vote=before.vote)
            else:
                self._desk.tallies.vote(asked.place.chat, asked.number, 0)
        self._desk.state.give(given)
        if not isinstance(outcome, Found) or isinstance(outcome.result, NotAQuestion):
            return
        replies = [(asked.place.chat, "said", number) for number in given.replied]
        self._desk.memory.keep([asked.conversations[-1], *replies], outcome.turns)
        if before is None:
            answered, today = isinstance(outcome.result, Answer), datetime.now(UTC).date()
            self._desk.tallies.count(given.article or "", outcome.question, answered=answered, today=today)

    def _place(self, asked: Asked) -> Place:
        return asked.thread if asked.thread and self._desk.state.has(asked.thread) else asked.place

    def _here(self, asked: Asked) -> tuple[str | None, Place | None]:
        """The article of the place of a message, and the place where that was chosen."""
        for place in (asked.thread, asked.place):
            if place is not None and (article := self._desk.article_of(place)) is not None:
                return article, place
        return None, None

    def _latest(self, asked: Asked) -> str:
        """The article that was quoted last, or the newest. Raises UnknownArticle."""
        for said in self._desk.state.last(asked.place):
            return said.article
        newest = self._desk.library.newest()
        if newest is None:
            raise UnknownArticle("There is no article. Add one first.")
        return newest
