"""What a chat (and in a forum each topic) is on: its article, and its answers, so that their buttons go on working."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.state.database import Database, Statement
from index.models import Quote

KEPT = 30 * 24 * 3600  # seconds that an answer's buttons work and an edited question gets its answer edited
POSTS = 1_000  # of a chat that are known, the newest: whoever has a channel could fill the disk
LONGEST = 1_000  # characters of an address that is kept of a post


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and the topic in it (0 where there are none)."""

    chat: int
    thread: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A quote that was shown: where it stands, without its text. Same fields as ``Quote``, but for its score."""

    article: str
    start: int
    end: int
    paragraph: int
    focus: tuple[int, int] | None = None

    @classmethod
    def of(cls, quote: Quote) -> "Said":
        return cls(quote.article.id, quote.start, quote.end, quote.paragraph, quote.focus)


@dataclass(frozen=True, slots=True)
class Given:
    """What was replied to the message ``asked`` of a chat, without a word of either.

    ``replied`` are the numbers of our messages, ``quotes`` what they show, best first, ``more`` the next best
    passages; without quotes the article does not say, or nothing was asked. ``article`` is the one whose statistics it
    counts to, ``told`` the one that was asked, None for all of them. ``vote`` is 1, 0 or -1, ``at`` in Unix seconds by
    Telegram's clock. ``hedged``: the quotes come closest, but may not answer.
    """

    place: Place
    asked: int
    replied: tuple[int, ...]
    article: str | None
    quotes: tuple[Said, ...]
    more: tuple[Said, ...]
    at: int
    vote: int = 0
    told: str | None = None
    hedged: bool = False


class ChatState:
    """Blocking; call it from a worker thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def chosen_article(self, place: Place) -> str | None:
        """The id of the article chosen there; for a channel's post the addresses that it links to."""
        rows = self._database.run("SELECT article FROM chats WHERE chat = ? AND thread = ?", place.chat, place.thread)
        return str(rows[0][0]) if rows and rows[0][0] is not None else None

    def knows_place(self, place: Place) -> bool:
        """Whether anything was chosen there: for a comment thread, whether its post is known."""
        rows = self._database.run("SELECT 1 FROM chats WHERE chat = ? AND thread = ?", place.chat, place.thread)
        return bool(rows)

    def choose(self, place: Place, article_id: str | None) -> None:
        """Put a place on an article; a channel's post on the addresses that it links to, with spaces between."""
        chosen = article_id
        if article_id is not None and "://" in article_id:
            chosen = " ".join(address for address in article_id.split() if len(address) <= LONGEST)
            if not chosen:
                return
        self._database.run_all(
            (
                "INSERT INTO chats (chat, thread, article) VALUES (?, ?, ?)"
                " ON CONFLICT (chat, thread) DO UPDATE SET article = excluded.article",
                place.chat, place.thread, chosen,
            ),
            (
                "DELETE FROM chats WHERE chat = ? AND instr(article, '://') AND thread <="
                " (SELECT thread FROM chats WHERE chat = ? AND instr(article, '://') ORDER BY thread DESC"
                " LIMIT 1 OFFSET ?)",
                place.chat, place.chat, POSTS,
            ),
        )  # fmt: skip

    def last_quotes(self, place: Place) -> tuple[Said, ...]:
        """The quotes of the last answer there."""
        rows = self._database.run(
            "SELECT quotes FROM answers WHERE chat = ? AND thread = ? AND quotes != '[]' AND NOT hedged"
            " ORDER BY at DESC, asked DESC LIMIT 1",
            place.chat, place.thread,
        )  # fmt: skip
        return _quotes(rows[0][0]) if rows else ()

    def reply_to(self, chat: int, asked: int) -> Given | None:
        """What was replied to a message; None when it was not, or too long ago."""
        rows = self._database.run(
            "SELECT thread, replied, article, quotes, more, at, vote, told, hedged FROM answers"
            " WHERE chat = ? AND asked = ?",
            chat, asked,
        )  # fmt: skip
        if not rows:
            return None
        thread, replied, article, quotes, more, at, vote, told, hedged = rows[0]
        return Given(
            Place(chat, int(str(thread))),
            asked,
            tuple(json.loads(str(replied))),
            None if article is None else str(article),
            _quotes(quotes),
            _quotes(more),
            int(str(at)),
            int(str(vote)),
            None if told is None else str(told),
            bool(hedged),
        )

    def knows_chat(self, chat: int) -> bool:
        """Whether we have met this chat."""
        return bool(self._database.run("SELECT 1 FROM chats WHERE chat = ? LIMIT 1", chat))

    def add_chat(self, chat: int) -> None:
        self._database.run("INSERT OR IGNORE INTO chats (chat, thread) VALUES (?, 0)", chat)

    def fact(self, name: str) -> str | None:
        """Something that the bot noted about itself."""
        rows = self._database.run("SELECT value FROM facts WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def set_fact(self, name: str, value: str) -> None:
        self._database.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, value)

    def forget(self, chat: int) -> None:
        """All that is kept about a chat."""
        self._database.run_all(
            ("DELETE FROM chats WHERE chat = ?", chat),
            ("DELETE FROM answers WHERE chat = ?", chat),
        )

    def move(self, chat: int, to: int) -> None:
        """A group has become a supergroup; its messages have other numbers there."""
        self._database.run_all(
            ("DELETE FROM answers WHERE chat = ?", chat),
            ("INSERT OR IGNORE INTO chats (chat, thread) VALUES (?, 0)", to),
            ("UPDATE OR REPLACE chats SET chat = ? WHERE chat = ?", to, chat),
        )


def statements_to_remember(given: Given) -> list[Statement]:
    """Keep a reply, in the place of an earlier one to the same message, whose vote stays if its quotes do; and forget
    those that are too old."""
    return [
        ("DELETE FROM answers WHERE at < ?", given.at - KEPT),
        (
            "INSERT INTO answers (chat, asked, thread, replied, article, quotes, more, vote, at, told, hedged)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chat, asked) DO UPDATE SET"
            " replied = excluded.replied, article = excluded.article, more = excluded.more, at = excluded.at,"
            " told = excluded.told, hedged = excluded.hedged,"
            " vote = CASE WHEN quotes = excluded.quotes THEN vote ELSE 0 END, quotes = excluded.quotes",
            given.place.chat, given.asked, given.place.thread, json.dumps(given.replied), given.article,
            _json(given.quotes), _json(given.more), given.vote, given.at, given.told, given.hedged,
        ),
    ]  # fmt: skip


def _json(quotes: Sequence[Said]) -> str:
    return json.dumps([[q.article, q.start, q.end, q.paragraph, q.focus] for q in quotes])


def _quotes(stored: object) -> tuple[Said, ...]:
    rows = json.loads(str(stored))
    return tuple(Said(a, start, end, n, (f[0], f[1]) if f else None) for a, start, end, n, f in rows)
