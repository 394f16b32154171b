"""What a chat (and in a forum each topic) is on: its article and the quotes of its last answer."""

import json
from dataclasses import dataclass

from bot.database import Database
from index.models import Quote


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and the topic in it (0 where there are none)."""

    chat: int
    thread: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A quote that was shown: where it stands, without its text. Same fields as ``Quote``."""

    article: str
    start: int
    end: int
    paragraph: int


class State:
    """Blocking; call it from a worker thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def article(self, place: Place) -> str | None:
        """The id of the article chosen there."""
        rows = self._database.run("SELECT article FROM chats WHERE chat = ? AND thread = ?", place.chat, place.thread)
        return str(rows[0][0]) if rows and rows[0][0] is not None else None

    def choose(self, place: Place, article_id: str | None) -> None:
        self._database.run(
            "INSERT INTO chats (chat, thread, article) VALUES (?, ?, ?)"
            " ON CONFLICT (chat, thread) DO UPDATE SET article = excluded.article",
            place.chat, place.thread, article_id,
        )  # fmt: skip

    def last(self, place: Place) -> list[Said]:
        """The quotes of the last answer there."""
        rows = self._database.run("SELECT quotes FROM chats WHERE chat = ? AND thread = ?", place.chat, place.thread)
        return [Said(*entry) for entry in json.loads(str(rows[0][0]))] if rows else []

    def remember(self, place: Place, quotes: tuple[Quote, ...]) -> None:
        said = json.dumps([[q.article.id, q.start, q.end, q.paragraph] for q in quotes])
        self._database.run(
            "INSERT INTO chats (chat, thread, quotes) VALUES (?, ?, ?)"
            " ON CONFLICT (chat, thread) DO UPDATE SET quotes = excluded.quotes",
            place.chat, place.thread, said,
        )  # fmt: skip
