"""Visits the followed feeds on a schedule: adds new articles, and checks earlier ones for corrections.

It is polite to servers: it reads one page at a time with a pause after each, makes conditional requests, waits longer
after each failure, and never comes back sooner than a server allows.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from bot.feeds.followed import FRESH, LONGEST_WAIT, FeedPage, FeedStore, Followed
from bot.observe.logs import Event
from index.errors import DamagedLibrary, FetchError, QuothError, SourceError, StoreError, UnknownArticle
from index.ingest.fetch import fetch_if_changed
from index.ingest.sandbox import parse_feed_sandboxed
from index.ingest.source import correction, read_if_changed
from index.library import Library
from index.models import Article

log = logging.getLogger("quoth")
LOOK = 2.0  # seconds between two checks of the database, so that ``quoth follow`` takes effect soon
RECOVER = 600.0  # seconds to wait after a failure on our side, such as a full disk
PAUSE = 1.0  # seconds between two pages
TRIES = 5  # attempts to read a page before it is given up
NICE = 10  # the niceness (at most 19), so that readers' questions have priority

# Announces an article in a chat or a topic ("chat/topic"). Returns False if it should be tried again.
Announce = Callable[[str, Article], bool]


class Follower:
    """Visits feeds.

    ``pause`` is called between two pages and returns whether to stop. ``announce`` is called with the chat for each new
    article of a feed that was visited before; see ``Announce``.
    """

    def __init__(
        self,
        feeds: FeedStore,
        library: Library,
        announce: Announce,
        *,
        allow_private: bool,
        pause: Callable[[], bool],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._feeds = feeds
        self._library = library
        self._announce = announce
        self._allow_private = allow_private
        self._pause = pause
        self._now = now
        self._quiet_until = 0.0
        self._told = set[str]()  # articles that were announced, but are still stored as not, because of a full disk

    def visit_due(self) -> None:
        """Visit every feed that is due. Raises StoreError."""
        self._announce_all()
        for feed in self._feeds.due(int(self._now())):
            if self._visit(feed):
                return

    def _visit(self, feed: Followed) -> bool:
        """Visit a feed. Returns whether it was interrupted; then the feed stays due."""
        try:
            raw = fetch_if_changed(feed.url, feed.validators, allow_private=self._allow_private)
            entries = parse_feed_sandboxed(raw.data, raw.url or feed.url, raw.content_type).entries if raw else ()
        except SourceError as error:
            failures = feed.failures + 1
            log.warning(Event("feed_failed", kind=error.kind, times=failures))
            due = self._later(feed.every, failures, error)
            self._feeds.visited(feed, due, feed.validators, failures=failures)
            return False
        for entry in reversed(entries):  # so that the newest is added last
            self._feeds.name(feed.url, entry.url, entry.updated, int(self._now()))
        changes = 0
        for page in self._feeds.pages_due(feed.url, int(self._now())):
            changes += self._look(feed, page)
            if self._pause():
                return True
        if changes:
            self._library.save_index()
            log.info(Event("feed_read", changes=changes))
        validators = raw.validators if raw else feed.validators
        self._feeds.visited(feed, int(self._now()) + feed.every, validators, failures=0)
        return False

    def _look(self, feed: Followed, page: FeedPage) -> bool:
        """Read a page, and add or correct its article. Returns whether anything changed."""
        if page.article is not None and not self._is_there(page.article):  # its owner has removed it
            self._feeds.looked(page, None, page.validators, failures=0, article=page.article)
            return False
        try:
            found = read_if_changed(page.url, page.validators, allow_private=self._allow_private)
            if found is None:
                self._feeds.looked(page, self._again(feed, page), page.validators, failures=0, article=page.article)
                return False
            article, validators = found
            is_new = not self._is_there(article.id) and self._library.at(article.url or page.url) is None
            if page.article is None and feed.visits and feed.announce and is_new:
                self._feeds.announce(feed.url, article.id)
            if page.article:
                article = correction(self._library.current(page.article), article)
            added = self._library.add(article, corrects=page.article)
        except StoreError:
            raise
        except QuothError as error:
            failures = page.failures + 1
            log.warning(Event("page_not_read", kind=getattr(error, "kind", type(error).__name__)))
            due = self._later(feed.every, failures, error) if failures < TRIES else None
            self._feeds.looked(page, due, page.validators, failures=failures, article=page.article)
            return False
        self._feeds.looked(page, self._again(feed, page), validators, failures=0, article=article.id)
        self._announce_all()
        return added.change != "known"

    def _announce_all(self) -> None:
        """Announce what is waiting. What fails in one chat is tried again later, and does not delay other chats."""
        if self._now() < self._quiet_until:
            return
        failing = set[str | None]()
        for article_id, chat in self._feeds.announcements():
            if article_id not in self._told and chat not in failing:
                try:
                    done = chat is None or self._announce(chat, self._library.article(article_id))
                except (UnknownArticle, DamagedLibrary):  # removed, or never added; then its page will be read again
                    done = True
                if done:
                    self._told.add(article_id)
                else:
                    failing.add(chat)
                    self._quiet_until = self._now() + RECOVER
            if article_id in self._told:
                self._feeds.announced(article_id)
                self._told.discard(article_id)

    def _is_there(self, article_id: str) -> bool:
        try:
            self._library.listing(article_id)
        except UnknownArticle:
            return False
        return True

    def _again(self, feed: Followed, page: FeedPage) -> int | None:
        """When to read a page again. Most corrections come in the first hours."""
        now = int(self._now())
        age = now - page.since
        return None if age > FRESH else now + max(feed.every, age // 4)

    def _later(self, every: int, failures: int, error: QuothError) -> int:
        """When to try again: the wait doubles each time, and is never shorter than the server asks for."""
        wanted = (error.retry_after or 0) if isinstance(error, FetchError) else 0
        return int(self._now() + max(min(every * 2 ** min(failures, 20), LONGEST_WAIT), min(wanted, LONGEST_WAIT)))


def keep_visiting(visit: Callable[[], None], wait: Callable[[float], bool]) -> None:
    """Visit again and again until ``wait``, which gets a number of seconds, returns that it is time to stop.

    After any error the schedule goes on, but only after a longer wait, because what could not be stored is requested
    again.
    """
    pause = LOOK
    while not wait(pause):
        pause = LOOK
        try:
            visit()
        except Exception:
            pause = RECOVER
            if not wait(0):
                log.exception(Event("feeds_failed"))


class Following:
    """Runs the schedule in a separate thread while the bot runs."""

    def __init__(self, feeds: FeedStore, library: Library, *, allow_private: bool) -> None:
        self._feeds = feeds
        self._library = library
        self._allow_private = allow_private
        self._stop = threading.Event()

    def start(self, announce: Announce) -> None:
        """Start the thread. ``announce`` is called in it and may block."""
        follower = Follower(
            self._feeds,
            self._library,
            lambda chat, article: not self._stop.is_set() and announce(chat, article),
            allow_private=self._allow_private,
            pause=lambda: self._stop.wait(PAUSE),
        )
        # The bot does not wait for the thread when it stops; the next start repeats interrupted work.
        threading.Thread(target=self._run, args=(follower,), name="following", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self, follower: Follower) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        keep_visiting(follower.visit_due, self._stop.wait)
