"""Makes the reply to a question: finds, renders and checks it, and records it after it was sent.

Blocking; call it from a worker thread. Nothing is sent here.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from telegram import InlineKeyboardMarkup

from bot.observe.metrics import Kind, Metrics
from bot.state.chats import Given, Place, Said
from bot.state.tallies import Tally
from bot.telegram.handlers.outcome_log import note_not_verbatim
from bot.telegram.handlers.resolve import (
    ArticleChoices,
    Asked,
    Empty,
    Found,
    Gone,
    Resolved,
    Resolver,
    ResolverServices,
    unquoted_candidates,
)
from bot.telegram.messages.keyboards import under_answer
from bot.telegram.messages.render import Outgoing, no_answer_sentences, render_answer, render_plain, render_summary
from bot.telegram.messages.verbatim import Checked, NotVerbatim, check, without_quotes
from bot.wording.texts import Texts
from index.links.article_links import Links
from index.models import Answer, Article, Closest, NoAnswer, NotAQuestion, Summary


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to be sent.

    ``given`` is what will be stored about it, except the ids of its messages. ``before`` is the reply that it replaces,
    if any. ``or_else`` is another wording, for a reply that would repeat the last one. ``preview`` is the address of a
    page whose preview is shown.
    """

    asked: Asked
    outcome: Resolved
    checked: Checked
    keyboard: InlineKeyboardMarkup | None
    given: Given
    before: Given | None
    or_else: str | None
    preview: str | None


class ReplyState(ArticleChoices, Protocol):
    """What is stored about places and about answered messages. Blocking; raises StoreError."""

    def reply_to(self, chat: int, asked: int) -> Given | None: ...


class Log(Protocol):
    def record(self, given: Given, before: Given | None, tally: Tally | None, update_id: int) -> None: ...


class ReplyServices(ResolverServices, Protocol):
    """What replies need. See ``Services``."""

    @property
    def state(self) -> ReplyState: ...
    @property
    def reply_log(self) -> Log: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def links(self) -> Links: ...


class ReplyMaker:
    def __init__(self, services: ReplyServices) -> None:
        self._services = services
        self._resolver = Resolver(services)

    def to_question(self, asked: Asked, texts: Texts) -> Reply | None:
        """The reply to a question; None if there is nothing to say. Raises NotVerbatim and as ``AskedLibrary``."""
        # After a crash between a reply and its record, the message is processed again, but must not be answered twice.
        if self._services.state.reply_to(asked.place.chat, asked.number) is not None:
            return None
        return self._reply(asked, texts, None)

    def to_edit(self, asked: Asked, texts: Texts, *, is_late: bool) -> Reply | None:
        """The reply to an edited message; None if there is nothing to say.

        ``is_late``: the edit was too late to make a new question. Raises as ``to_question``.
        """
        before = self._services.state.reply_to(asked.place.chat, asked.number)
        if before is None and is_late:
            return None
        if before is not None and self._resolver.lacks_its_past(asked):
            return None  # its answer depended on earlier questions that are now forgotten
        return self._reply(asked, texts, before)

    def to_guest(self, asked: Asked, texts: Texts) -> tuple[Checked, Resolved]:
        """One message for a chat that we are not a member of. Nothing is stored."""
        self._services.metrics.asked("guest")
        outcome = self._resolver.find(asked, keep=False)
        messages, _ = _rendered(outcome, texts, self._services.links)
        try:
            return check(messages[:1], self._services.library.article), outcome
        except NotVerbatim as error:
            note_not_verbatim(self._services.metrics, error)
            return without_quotes(render_plain(texts.no_answer)), outcome

    def record(self, reply: Reply, replied: tuple[int, ...], update_id: int) -> None:
        """Store that a reply was sent, in messages with the ids ``replied``, and that its update is finished.

        Raises:
            StoreError: nothing was stored.
        """
        asked, outcome, before, tally = reply.asked, reply.outcome, reply.before, None
        given = replace(reply.given, replied=replied)
        turns = outcome.turns if isinstance(outcome, Found) and not isinstance(outcome.result, NotAQuestion) else None
        if isinstance(outcome, Found) and turns is not None and before is None:
            answered, today = isinstance(outcome.result, Answer), datetime.now(UTC).date()
            tally = Tally(given.article or "", outcome.question, answered, today)
        self._services.reply_log.record(given, before, tally, update_id)
        if turns is not None:
            replies = [(asked.place.chat, "said", number) for number in replied]
            self._services.memory.keep([asked.conversation, *replies], turns)

    def _reply(self, asked: Asked, texts: Texts, before: Given | None) -> Reply | None:
        self._services.metrics.asked(kind_of(asked))
        outcome = self._resolver.find(asked)
        if _is_chatter(asked, outcome):
            self._services.metrics.replied("chatter", None)
            return None
        messages, given = _rendered(outcome, texts, self._services.links)
        vote = before.vote if before is not None and before.quotes == given.quotes else 0
        given = replace(given, place=asked.place, asked=asked.number, at=asked.at, vote=vote)
        return Reply(
            asked,
            outcome,
            check(messages, self._services.library.article),
            under_answer(given, texts, votes=asked.private),
            given,
            before,
            _again(outcome, texts),
            outcome.url if isinstance(outcome, Article) else None,
        )


def kind_of(asked: Asked) -> Kind:
    return "private" if asked.private else "group"


def _rendered(outcome: Resolved, texts: Texts, links: Links) -> tuple[tuple[Outgoing, ...], Given]:
    """The messages of a reply, and what will be stored about it, as far as that depends on the outcome."""
    given = Given(Place(0), 0, (), None, (), (), 0)
    if isinstance(outcome, Summary):
        return render_summary(outcome, texts, links), given
    if isinstance(outcome, Article):
        return render_plain(texts.article_set.format(title=outcome.title)), given
    if not isinstance(outcome, Found):
        plain = {Empty: texts.no_article, Gone: texts.article_gone}
        return render_plain(plain.get(type(outcome), texts.unknown_link)), given
    result = outcome.result
    if isinstance(result, NotAQuestion):
        return render_plain(texts.reply_to(result.kind)), given
    quotes = () if isinstance(result, NoAnswer) else result.quotes
    more = unquoted_candidates(result)
    about = (*quotes, *more)[:1]
    given = replace(
        given,
        article=about[0].article.id if about else outcome.turns.article,
        quotes=tuple(map(Said.of, quotes)),
        more=tuple(map(Said.of, more)),
        told=outcome.turns.article,
        hedged=isinstance(result, Closest),
    )
    if not isinstance(result, NoAnswer):
        return render_answer(result, texts, several_articles=outcome.several, links=links), given
    return render_plain(_no(outcome, texts)[0]), given


def _no(found: Found, texts: Texts) -> tuple[str, str]:
    near = found.result.candidates[:1] if found.turns.article else ()
    return no_answer_sentences(texts, near[0].article.title if near else None, several_articles=found.several)


def _again(outcome: Resolved, texts: Texts) -> str | None:
    """Another wording for a reply that would repeat the last one; None if there is none."""
    if isinstance(outcome, Found) and isinstance(outcome.result, NoAnswer):
        return _no(outcome, texts)[1]
    return None


def _is_chatter(asked: Asked, outcome: Resolved) -> bool:
    """Whether a reply to us in a group is not meant for us: an "ok" or a smiley is for the other members."""
    if asked.private or asked.reply_to is None or not isinstance(outcome, Found):
        return False
    return isinstance(outcome.result, NotAQuestion) and outcome.result.kind in {"symbols", "other"}
