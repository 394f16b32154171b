"""What the handlers of questions work with, in memory: as much of it as their protocols ask for."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from prometheus_client import CollectorRegistry
from telegram import Message
from telegram.ext import ExtBot

from bot.observe.metrics import Metrics
from bot.state.chats import Given, Place
from bot.state.conversations import Memory
from bot.state.tallies import Tally
from bot.telegram.handlers.errors import ErrorHandler
from bot.telegram.handlers.inline import InlineHandler
from bot.telegram.handlers.question import QuestionHandler
from bot.telegram.messages.sending import Sender
from bot.telegram.updates.quota import Quota, Verdict
from index.errors import StoreError
from index.links.article_links import PUBLISHERS
from index.models import Answer, Article, Closest, NoAnswer, NotAQuestion, Outcome, Quote
from tests.bot.telegram.handlers.fakes import FakeLibrary, FakeState
from tests.support.telegram import Json, Telegram, context_of, update

P = ParamSpec("P")
T = TypeVar("T")


class KnowingLibrary(FakeLibrary):
    """Knows the sentence that answers a question, or comes near; any other has no answer. ``then`` is done once it was
    found."""

    def __init__(
        self, *articles: Article, answers: dict[str, str], near: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(*articles)
        self._answers, self._near = answers, near
        self.then: Callable[[], None] = lambda: None
        self.asked: list[tuple[str, str | None]] = []

    def ask(
        self, question: str, article_id: str | None = None, *, history: Sequence[str] = (), candidates: int = 1
    ) -> Outcome:
        self.asked.append((question, article_id))
        if question in {"ok", "hello"}:
            return NotAQuestion(question, "other" if question == "ok" else "greeting")
        sentence = self._answers.get(question) or self._near.get(question)
        quotes = tuple(
            Quote(one, one.text.index(sentence), one.text.index(sentence) + len(sentence), 1)
            for one in self.kept.values()
            if sentence and sentence in one.text
        )
        self.then()
        if not quotes:
            return NoAnswer(question, 0.1)
        kind = Answer if question in self._answers else Closest
        return kind(question, quotes[:1], 0.9 if kind is Answer else 0.3)


class AskedState(FakeState):
    def choose(self, place: Place, article_id: str | None) -> None:
        if article_id is None:
            del self.chosen[place]
        else:
            self.chosen[place] = article_id


class FakeLog:
    """Of replies that were sent; raises StoreError while it is full."""

    def __init__(self, state: FakeState) -> None:
        self._state = state
        self.tallies: list[Tally] = []
        self.finished: list[int] = []
        self.is_full = False

    def record(self, given: Given, before: Given | None, tally: Tally | None, update_id: int) -> None:
        if self.is_full:
            raise StoreError("no room")
        self._state.answers[given.place.chat, given.asked] = given
        self.tallies += [tally] if tally else []
        self.finished.append(update_id)


class AskingServices:
    def __init__(self, library: KnowingLibrary, questions: int = 100) -> None:
        self.library = library
        self.state = AskedState()
        self.reply_log = FakeLog(self.state)
        self.memory = Memory()
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.inline_quota = Quota(questions)
        self.links = PUBLISHERS
        self._quota = Quota(questions)

    async def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)

    def welcome(self, message: Message) -> Verdict:
        return self._quota.take(1, 0)

    def choose(self, place: Place, below: Place | None, article_id: str) -> None:
        self.state.choose(place, article_id)

    def article_of(self, place: Place) -> tuple[str | None, bool]:
        return self.state.chosen.get(place), place in self.state.chosen

    def latest(self, place: Place | None) -> str | None:
        return self.library.newest()

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


class Asked:
    """A bot that is asked. Its errors are handled as python-telegram-bot has them handled."""

    def __init__(self, bot: "ExtBot[None]", telegram: Telegram, library: KnowingLibrary, questions: int = 100) -> None:
        self.bot, self.telegram = bot, telegram
        self.services = AskingServices(library, questions)
        self.failed, self.recorded = set[int](), set[int]()
        sender = Sender()
        self._questions = QuestionHandler(self.services, sender, self.recorded)
        self._inline = InlineHandler(self.services)
        self._errors = ErrorHandler(self.services, sender, self.failed)

    async def hears(self, **content: Json) -> list[tuple[str, Json]]:
        """What it does about an update: methods of the Bot API with their parameters."""
        self.telegram.calls.clear()
        one, context = update(self.bot, **content), context_of(self.bot)
        handlers = {
            "message": self._questions.message, "edited_message": self._questions.edited,
            "guest_message": self._questions.guest, "inline_query": self._inline.query,
        }  # fmt: skip
        try:
            await handlers[next(iter(content))](one, context)
        except Exception as error:
            failing: Any = context
            failing.error = error
            await self._errors.error(one, failing)
        return list(self.telegram.calls)
