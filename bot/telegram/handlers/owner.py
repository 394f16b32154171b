"""What owners may do in a chat: add articles, remove them, see what is asked."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram import CallbackQuery, Document, InlineKeyboardMarkup, Message, Update
from telegram.ext import ContextTypes

from bot.observe.logs import Event
from bot.telegram.handlers.article import fitting
from bot.telegram.handlers.services import Services, message_of, texts_of, thread
from bot.telegram.messages.keyboards import Press, article_deep_link, article_list, confirm_removal
from bot.telegram.messages.render import Outgoing, render_list, render_plain
from bot.telegram.messages.sending import Sender, acknowledge, edit
from bot.telegram.updates.addressing import arguments_of, content_of, links_in, without_link
from bot.wording.reports import sections
from bot.wording.texts import Texts
from index.errors import QuothError, SourceError, UnknownArticle
from index.ingest.fetch import MOST_BYTES, is_url
from index.ingest.sandbox import extract_sandboxed
from index.ingest.source import read_article
from index.library import Added
from index.models import Article

log = logging.getLogger("quoth")
Context = ContextTypes.DEFAULT_TYPE
LONG = 200  # code points: a text of so many is an article, even if it holds a link; a shorter one is none
MAYBE_CUT = 4_000  # code points: a longer text, Telegram's apps send as several messages
DAYS, UNANSWERED = 7, 10


@dataclass(frozen=True, slots=True)
class Link:
    url: str


@dataclass(frozen=True, slots=True)
class Pasted:
    text: str


def source_of(message: Message) -> Link | Document | Pasted | None:
    """What /add is to add: what stands in the message itself, else in the one that it replies to. Pure."""
    if message.document is not None:
        return message.document
    replied = message.reply_to_message
    own, links = arguments_of(message), links_in(message)
    if own or replied is None:
        is_link = bool(links) and len(without_link(own, links[0])) < LONG
        return Link(links[0]) if is_link else Pasted(own) if len(own) >= LONG else None
    if replied.document is not None:
        return replied.document
    if links := links_in(replied):
        return Link(links[0])
    text = content_of(replied)
    return Pasted(text) if len(text) >= LONG else None


class OwnerHandler:
    def __init__(self, services: Services, sender: Sender) -> None:
        self._services = services
        self._sender = sender

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
            await self._sender.revise(message, status, render_plain(text)[:1], None)

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
        """Offer the articles, or ask about the one whose id stands behind the command."""
        message, texts = message_of(update), texts_of(update)
        if not await self._may(update, message, texts):
            return
        words = arguments_of(message)
        listings = await thread(self._services.library.articles)
        if named := next((one for one in listings if one.id == words), None):
            text, keyboard = texts.remove_sure.format(title=named.title), confirm_removal(named.id, texts)
        elif listings:
            found = fitting(listings, words) or listings
            text = texts.remove_which
            keyboard = article_list(found, 0, words, texts, choose="drop", turn="drops")
        else:
            text, keyboard = texts.no_article, None
        await self._sender.say(message, text, texts, keyboard=keyboard)

    async def stats(self, update: Update, context: Context) -> None:
        message, texts = message_of(update), texts_of(update)
        if await self._may(update, message, texts):
            await self._sender.reply(message, await thread(self._report, texts), texts)

    async def pressed(self, update: Update, query: CallbackQuery, press: Press, texts: Texts) -> bool:
        """Whether it was a button of owners; then it is done, or refused. Raises UnknownArticle, ValueError."""
        if press.verb not in {"drop", "drops", "remove", "keep"} or not press.rest:
            return False
        if not self._services.is_owner(update):
            await acknowledge(query, texts.only_owners)
            return True
        outgoing, keyboard = await thread(self._view, press, texts)
        await acknowledge(query)
        await edit(query, outgoing, keyboard)
        return True

    def _view(self, press: Press, texts: Texts) -> tuple[Outgoing, InlineKeyboardMarkup | None]:
        library = self._services.library
        if press.verb == "drops":
            words = ":".join(press.rest[1:])
            listings = library.articles()
            found = fitting(listings, words) or listings
            keyboard = article_list(found, press.number(0), words, texts, choose="drop", turn="drops")
            return render_plain(texts.remove_which)[0], keyboard
        article = library.article(press.rest[0])
        if press.verb == "drop":
            asked = texts.remove_sure.format(title=article.title)
            return render_plain(asked)[0], confirm_removal(article.id, texts)
        if press.verb == "remove":
            library.remove(article.id)
            library.save_index()
            return render_plain(texts.removed.format(title=article.title))[0], None
        return render_plain(texts.kept.format(title=article.title))[0], None

    async def _may(self, update: Update, message: Message, texts: Texts) -> bool:
        if self._services.is_owner(update):
            return True
        await self._sender.say(message, texts.only_owners, texts)
        return False

    async def _read(self, source: Link | Document | Pasted) -> Article:
        """Raises SourceError and its kin."""
        if isinstance(source, Document):
            file = await source.get_file()
            data = bytes(await file.download_as_bytearray())
            name = source.file_name or "document"
            return await self._services.readers.run(lambda: _extracted(data, name, source.mime_type))
        if isinstance(source, Pasted):
            pasted = source.text.encode(errors="replace")
            return await self._services.readers.run(lambda: _extracted(pasted, "pasted", None))
        allow_private = self._services.allow_private_addresses
        return await self._services.readers.run(lambda: _fetched(source.url, allow_private=allow_private))

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


def _why(error: QuothError, texts: Texts) -> str:
    """What went wrong, in the owner's language."""
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


def _fetched(url: str, *, allow_private: bool) -> Article:
    if not is_url(url):  # never a file of ours
        raise SourceError("This is not a web address. Give one that begins with https://.")
    return read_article(url, allow_private=allow_private)


def _extracted(data: bytes, name: str, content_type: str | None) -> Article:
    return extract_sandboxed(data, name=name, content_type=content_type)
