"""The reader page's web server, on the bot's own event loop."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from tornado.web import Application

from bot.web.reader_page import Span, article_page, content_security_policy, message_page, spoken_in
from bot.web.server import Quiet, WebServer
from bot.wording.texts import texts_for
from index.errors import UnknownArticle
from index.library import Library
from index.links.article_links import PUBLISHERS
from index.models import Article, Quote, paragraph_number

READING = 2  # pages made at once, in threads of their own, so that no answer waits for them
LONGEST = 20_000  # code points of a quote
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A browser may keep the page, but asks before it shows it again, so that a removed article is gone.
    "Cache-Control": "private, no-cache",
}


class ReaderServer:
    """Serves ``/a/<id>`` and ``/a/<id>/<start>-<end>``, with or without the path of the public address before it."""

    def __init__(self, library: Library, public: str, listen: str, port: int) -> None:
        content_security_policy()  # read the style now, not while somebody waits
        self._threads = ThreadPoolExecutor(READING, "reading")
        prefix = re.escape(urlsplit(public).path.rstrip("/"))  # a reverse proxy may keep this prefix or remove it
        page = rf"(?:{prefix})?/a/([0-9a-f]{{12}})(?:/([0-9]{{1,9}})-([0-9]{{1,9}}))?/?"
        application = Application(
            [(page, PageHandler, {"library": library, "threads": self._threads})],
            default_handler_class=Nowhere,
        )
        self._server = WebServer(application, "The reader page", "READER", listen, port)

    async def start(self) -> None:
        """Raises SettingsError: the port cannot be listened on."""
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)


class Nowhere(Quiet):
    """Any other path: 404."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", content_security_policy())

    async def prepare(self) -> None:
        self.send_error(404)

    def write_error(self, status_code: int, **_: Any) -> None:
        language = spoken_in(self.request.headers.get("Accept-Language", ""))
        texts = texts_for(language)
        self.set_header("Vary", "Accept-Language")
        if status_code == 405:
            self.set_header("Allow", "GET, HEAD")
        self.finish(message_page(texts.error if status_code >= 500 else texts.no_such_page, language))


class PageHandler(Nowhere):
    def initialize(self, library: Library, threads: ThreadPoolExecutor) -> None:
        self._library, self._threads = library, threads

    async def prepare(self) -> None:
        pass

    async def get(self, article_id: str, start: str | None, end: str | None) -> None:
        span = (int(start), int(end)) if start and end else None
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, looked_up, self._library, article_id, span)
        if found is None:
            self.send_error(404)
        elif isinstance(found, str):
            self.redirect(found)
        else:
            await self.finish(found)

    head = get


def looked_up(library: Library, article_id: str, span: Span | None) -> bytes | str | None:
    """The article's page, or its address at the publisher, or None if there is no such article. Blocking."""
    try:
        article = library.article(article_id)
        quote = _quote(article, span)
        # An article with an address is shown by its publisher.
        if elsewhere := PUBLISHERS.to_quote(quote) if quote else PUBLISHERS.to_article(article):
            return percent_encode(elsewhere, safe="%/:=&?~#+!$,;'@()*[]")
        texts = texts_for(article.language)
        is_outdated = quote is not None and not library.still_says(quote)
    except UnknownArticle:
        return None
    return article_page(article, span, texts, texts.corrected_since if is_outdated else "")


def _quote(article: Article, span: Span | None) -> Quote | None:
    """The range as a quote, if it is one. A longer range is only marked, because searching for it would take long."""
    if span is None or not 0 <= span[0] < span[1] <= min(len(article.text), span[0] + LONGEST):
        return None
    return Quote(article, *span, paragraph_number(article.text, span[0]))
