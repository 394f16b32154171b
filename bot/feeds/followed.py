"""Stores the followed feeds and their pages in the bot's database, with the time of the next visit to each."""

from dataclasses import dataclass

from bot.state.database import Database
from index.ingest.fetch import Validators

LONGEST_WAIT = 24 * 3600  # seconds between two visits, also after failures
FRESH = 30 * 24 * 3600  # seconds for which an article is checked for corrections


@dataclass(frozen=True, slots=True)
class Followed:
    """A followed feed.

    ``every`` is the seconds between visits, ``due`` the next visit in Unix seconds. ``announce`` is the chat, or chat
    and topic, for announcements of new articles. ``visits`` counts successful visits, ``failures`` the failed ones
    since then.
    """

    url: str
    title: str
    every: int
    announce: str | None
    due: int
    visits: int
    failures: int
    validators: Validators


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The page of an article in a feed.

    ``stated`` is when the page last changed, as the feed states it. ``article`` is the id of its article, if it has
    one. ``since`` is in Unix seconds.
    """

    url: str
    stated: str
    article: str | None
    since: int
    failures: int
    validators: Validators


class FeedStore:
    """The followed feeds in the database. Blocking; call it from a worker thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def follow(self, url: str, title: str, every: int, announce: str | None) -> None:
        """Follow a feed, or change how it is followed. It is visited at once."""
        self._database.run(
            "INSERT INTO feeds (url, title, every, announce, due) VALUES (?, ?, ?, ?, 0) ON CONFLICT (url) DO UPDATE"
            " SET title = excluded.title, every = excluded.every, announce = excluded.announce, due = 0",
            url, title, every, announce,
        )  # fmt: skip

    def unfollow(self, url: str) -> bool:
        """Stop following a feed; its articles stay. Returns whether it was followed."""
        known = bool(self._database.run("SELECT 1 FROM feeds WHERE url = ?", url))
        self._database.run_all(("DELETE FROM pages WHERE feed = ?", url), ("DELETE FROM feeds WHERE url = ?", url))
        return known

    def all(self) -> list[Followed]:
        rows = self._database.run(
            "SELECT url, title, every, announce, due, visits, failures, etag, modified FROM feeds ORDER BY url"
        )
        return [_followed(row) for row in rows]

    def by_state(self) -> dict[str, int]:
        """The number of feeds by the result of their last visit: "new" (not visited yet), "fine" or "failing"."""
        states = dict.fromkeys(("new", "fine", "failing"), 0)
        for feed in self.all():
            states["failing" if feed.failures else "fine" if feed.visits else "new"] += 1
        return states

    def due(self, now: int) -> list[Followed]:
        """The feeds to visit now, the one that has waited longest first."""
        for feed in self.all():
            if feed.due > now + LONGEST_WAIT:
                self._put_right(feed, now)
        return sorted((one for one in self.all() if one.due <= now), key=lambda one: one.due)

    def _put_right(self, feed: Followed, now: int) -> None:
        """Correct the times of a visit at which the clock was ahead: postponed or given-up pages are due now."""
        self._database.run_all(
            ("UPDATE feeds SET due = ? WHERE url = ?", now, feed.url),
            ("UPDATE pages SET since = min(since, ?) WHERE feed = ?", now, feed.url),
            (
                "UPDATE pages SET due = ? WHERE feed = ? AND (due > ? OR due IS NULL AND failures = 0 AND since > ?)",
                now, feed.url, now, now - FRESH,
            ),
        )  # fmt: skip

    def visited(self, feed: Followed, due: int, validators: Validators, *, failures: int) -> None:
        """Store a visit, unless the feed was unfollowed in the meantime."""
        self._database.run(
            "UPDATE feeds SET due = ?, failures = ?, visits = visits + ?, etag = ?, modified = ? WHERE url = ?",
            due, failures, int(not failures), validators.etag, validators.last_modified, feed.url,
        )  # fmt: skip

    def name(self, feed: str, url: str, stated: str, now: int) -> None:
        """Store a page that is in the feed. It is due if it is new or if the feed states that it has changed."""
        self._database.run(
            "INSERT INTO pages (url, feed, stated, since, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE SET"
            " due = CASE WHEN stated = excluded.stated THEN due ELSE excluded.due END, stated = excluded.stated",
            url, feed, stated, now, now,
        )  # fmt: skip

    def pages_due(self, feed: str, now: int) -> list[FeedPage]:
        """The pages to read now, in the order in which they were first in the feed."""
        rows = self._database.run(
            "SELECT url, stated, article, since, failures, etag, modified FROM pages WHERE feed = ? AND due <= ?"
            " ORDER BY rowid",
            feed, now,
        )  # fmt: skip
        return [
            FeedPage(
                str(url), str(stated), _text(article), int(str(since)), int(str(failures)), _validators(etag, modified)
            )
            for url, stated, article, since, failures, etag, modified in rows
        ]

    def looked(
        self, page: FeedPage, due: int | None, validators: Validators, *, failures: int, article: str | None
    ) -> None:
        """Store that a page was read. Without ``due`` it is read again only after the feed states a change."""
        self._database.run(
            "UPDATE pages SET due = ?, failures = ?, article = ?, etag = ?, modified = ? WHERE url = ?",
            due, failures, article, validators.etag, validators.last_modified, page.url,
        )  # fmt: skip

    def announce(self, feed: str, article: str) -> None:
        """Store that an article (its id) has to be announced. Do this before it is added, because a stop or a power cut
        may come at any moment."""
        self._database.run("INSERT OR IGNORE INTO announcements (article, feed) VALUES (?, ?)", article, feed)

    def announcements(self) -> list[tuple[str, str | None]]:
        """The articles to announce, in order, each with its chat; None if announcements are no longer wanted."""
        rows = self._database.run(
            "SELECT a.article, f.announce FROM announcements a LEFT JOIN feeds f ON f.url = a.feed ORDER BY a.rowid"
        )
        return [(str(article), _text(chat)) for article, chat in rows]

    def move(self, chat: str, to: int) -> None:
        """A group with announcements has become a supergroup with the id ``to``."""
        self._database.run("UPDATE feeds SET announce = ? WHERE announce = ?", str(to), chat)

    def announced(self, article: str) -> None:
        self._database.run("DELETE FROM announcements WHERE article = ?", article)


def _followed(row: tuple[object, ...]) -> Followed:
    url, title, every, announce, due, visits, failures, etag, modified = row
    return Followed(
        str(url), str(title), int(str(every)), _text(announce), int(str(due)),
        int(str(visits)), int(str(failures)), _validators(etag, modified),
    )  # fmt: skip


def _validators(etag: object, modified: object) -> Validators:
    return Validators(_text(etag), _text(modified))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
