"""The commands for owners: add articles, remove them, and see statistics."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ParamSpec, Protocol, TypeVar

from telegram import Document, InlineKeyboardMarkup, Message, Update
from telegram.ext import ContextTypes

from bot.observe.logs import Event
from bot.state.tallies import Report
from bot.telegram.callback_data import Press, Verb
from bot.telegram.context import message_of, texts_of, thread
from bot.telegram.handlers.article import fitting
from bot.telegram.messages.keyboards import View, article_deep_link, article_list, confirm_removal
from bot.telegram.messages.render import Outgoing, render_list, render_plain
from bot.telegram.messages.sending import Sender
from bot.telegram.messages.verbatim import without_quotes
from bot.telegram.updates.addressing import arguments_of, content_of, links_in, without_link
from bot.wording.reports import sections
from bot.wording.texts import Texts
from index.errors import QuothError, SourceError, UnknownArticle
from index.ingest.fetch import MOST_BYTES, is_url
from index.ingest.sandbox import extract_sandboxed
from index.ingest.source import read_article
from index.library import Added
from index.models import Article, Listing

log = logging.getLogger("quoth")
Context = ContextTypes.DEFAULT_TYPE
LONG = 200  # code points; a text of at least this length is taken as an article, even if it contains a link
MAYBE_CUT = 4_000  # code points; Telegram's apps split a longer text into several messages
DAYS, UNANSWERED = 7, 10
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Linked:
    url: str


@dataclass(frozen=True, slots=True)
class Pasted:
    text: str


def source_of(message: Message) -> Linked | Document | Pasted | None:
    """What /add should add: from the message itself, else from the message that it replies to. No I/O."""
    if message.document is not None:
        return message.document
    replied = message.reply_to_message
    own, links = arguments_of(message), links_in(message)
    if own or replied is None:
        is_link = bool(links) and len(without_link(own, links[0])) < LONG
        return Linked(links[0]) if is_link else Pasted(own) if len(own) >= LONG else None
    if replied.document is not None:
        return replied.document
    if links := links_in(replied):
        return Linked(links[0])
    text = content_of(replied)
    return Pasted(text) if len(text) >= LONG else None


class OwnedLibrary(Protocol):
    """What owners' commands need of the library. Blocking; raises UnknownArticle, StoreError."""

    def article(self, article_id: str) -> Article: ...
    def articles(self) -> list[Listing]: ...
    def versions(self) -> dict[str, str]: ...
    def add(self, article: Article) -> Added: ...
    def remove(self, article_id: str) -> None: ...
    def save_index(self) -> None: ...


class Reports(Protocol):
    def report(self, *, days: int, questions: int, today: date, articles: Mapping[str, str]) -> Report: ...


class Workers(Protocol):
    async def run(self, work: Callable[[], T]) -> T: ...


class OwnerServices(Protocol):
    """What owners' commands need. See ``Services``."""

    @property
    def library(self) -> OwnedLibrary: ...
    @property
    def tallies(self) -> Reports: ...
    @property
    def readers(self) -> Workers: ...
    def is_owner(self, update: Update) -> bool: ...
    async def index(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...


class SourceReader(Protocol):
    """Makes articles from sources. Blocking; raises SourceError."""

    def fetched(self, url: str) -> Article: ...
    def extracted(self, data: bytes, name: str, content_type: str | None) -> Article: ...


class OwnerHandler:
    def __init__(self, services: OwnerServices, sender: Sender, sources: SourceReader) -> None:
        self._services = services
        self._sender = sender
        self._sources = sources

    async def add(self, update: Update, context: Context) -> None:
        """/add, or a document that an owner sends in private."""
        message, texts = message_of(update), texts_of(update)
        if not await self._may(update, message, texts):
            return
        source = source_of(message)
        if source is None:
            await self._sender.say(message, texts.add_how, texts)
            return
        if isinstance(source, Document) and (source.file_size or 0) > MOST_BYTES:
            await self._sender.say(message, texts.add_too_large.format(megabytes=MOST_BYTES >> 20), texts)
            return
        status = await self._sender.say(message, texts.add_reading, texts)

        async def show(text: str) -> None:
            await self._sender.revise(message, status, without_quotes(render_plain(text)[:1]), None)

        try:
            article = await self._read(source)
            known = await thread(self._knows, article)
            if not known:
                count = await thread(self._passages, article)
                await show(texts.add_indexing.format(title=article.title, passages=texts.passages(count)))
            added = await self._services.index(self._keep, article)
        except QuothError as error:
            log.warning(Event("not_added", error=type(error).__name__, kind=getattr(error, "kind", None)))
            await show(_why(error, texts))
            return
        link = article_deep_link(context.bot.username, article.id)
        changes = {"new": texts.added, "corrected": texts.add_corrected, "known": texts.add_known}
        said = changes[added.change].format(title=article.title, passages=texts.passages(added.passages), link=link)
        if isinstance(source, Pasted) and len(content_of(message)) > MAYBE_CUT:
            said += f"\n\n{texts.add_maybe_cut}"
        await show(said)

    async def remove(self, update: Update, context: Context) -> None:
        """Show the articles to choose from, or ask for confirmation if an article's id is given."""
        message, texts = message_of(update), texts_of(update)
        if not await self._may(update, message, texts):
            return
        words = arguments_of(message)
        listings = await thread(self._services.library.articles)
        if named := next((one for one in listings if one.id == words), None):
            text, keyboard = texts.remove_sure.format(title=named.title), confirm_removal(named.id, texts)
        elif listings:
            text, keyboard = texts.remove_which, _removal_list(listings, 0, words, texts)
        else:
            text, keyboard = texts.no_article, None
        await self._sender.say(message, text, texts, keyboard=keyboard)

    async def stats(self, update: Update, context: Context) -> None:
        message, texts = message_of(update), texts_of(update)
        if await self._may(update, message, texts):
            await self._sender.reply(message, without_quotes(await thread(self._report, texts)), texts)

    def removal(self, press: Press, texts: Texts) -> View:
        """What a button of /remove shows. Blocking; raises UnknownArticle, ValueError."""
        library = self._services.library
        if press.verb == Verb.REMOVE_TURN:
            return View(
                render_plain(texts.remove_which)[0],
                _removal_list(library.articles(), press.number(0), press.words, texts),
            )
        article = library.article(press.rest[0])
        if press.verb == Verb.REMOVE_WHICH:
            asked = texts.remove_sure.format(title=article.title)
            return View(render_plain(asked)[0], confirm_removal(article.id, texts))
        if press.verb == Verb.REMOVE_YES:
            library.remove(article.id)
            library.save_index()
            return View(render_plain(texts.removed.format(title=article.title))[0])
        return View(render_plain(texts.kept.format(title=article.title))[0])

    async def _may(self, update: Update, message: Message, texts: Texts) -> bool:
        if self._services.is_owner(update):
            return True
        await self._sender.say(message, texts.only_owners, texts)
        return False

    async def _read(self, source: Linked | Document | Pasted) -> Article:
        """Raises SourceError, also FetchError."""
        run, sources = self._services.readers.run, self._sources
        if isinstance(source, Linked):
            return await run(lambda: sources.fetched(source.url))
        if isinstance(source, Pasted):
            pasted = source.text.encode(errors="replace")
            return await run(lambda: sources.extracted(pasted, "pasted", None))
        file = await source.get_file()
        data = bytes(await file.download_as_bytearray())
        return await run(lambda: sources.extracted(data, source.file_name or "document", source.mime_type))

    def _knows(self, article: Article) -> bool:
        try:
            return self._services.library.article(article.id) == article
        except UnknownArticle:
            return False

    @staticmethod
    def _passages(article: Article) -> int:
        from index.text.sentences import split

        return len(split(article))

    def _keep(self, article: Article) -> Added:
        added = self._services.library.add(article)
        self._services.library.save_index()
        return added

    def _report(self, texts: Texts) -> tuple[Outgoing, ...]:
        titles = {one.id: one.title for one in self._services.library.articles()}
        today, versions = datetime.now(UTC).date(), self._services.library.versions()
        report = self._services.tallies.report(days=DAYS, questions=UNANSWERED, today=today, articles=versions)
        return render_list(sections(report, titles, texts))


def _removal_list(listings: Sequence[Listing], page: int, words: str, texts: Texts) -> InlineKeyboardMarkup | None:
    found = fitting(listings, words) or listings
    return article_list(found, page, words, texts, choose=Verb.REMOVE_WHICH, turn=Verb.REMOVE_TURN)


def _why(error: QuothError, texts: Texts) -> str:
    """The reason of an error, in the owner's language."""
    if not isinstance(error, SourceError):
        return texts.error
    sentences = {
        "unreachable": texts.add_unreachable,
        "private": texts.add_private,
        "gone": texts.add_gone,
        "busy": texts.add_busy,
        "refused": texts.add_refused,
        "too_large": texts.add_too_large,
        "no_article": texts.add_no_article,
        "empty": texts.add_empty,
        "login": texts.add_login if error.status is None else texts.add_turned_away,
        "consent": texts.add_consent,
        "script": texts.add_script,
        "links": texts.add_links,
        "video": texts.add_video,
        "scanned": texts.add_scanned,
        "locked": texts.add_locked,
    }
    sentence = sentences.get(error.kind, texts.add_unreadable)
    return sentence.format(status=error.status, megabytes=MOST_BYTES >> 20)


class SandboxedReader:
    """Extracts articles from untrusted data in a separate process."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def fetched(self, url: str) -> Article:
        if not is_url(url):  # never read a local file
            raise SourceError("This is not a web address. Give one that begins with https://.")
        return read_article(url, allow_private=self._allow_private)

    def extracted(self, data: bytes, name: str, content_type: str | None) -> Article:
        return extract_sandboxed(data, name=name, content_type=content_type)
