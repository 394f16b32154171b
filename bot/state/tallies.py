"""What an owner may know: how often each article is asked, how often it answers, what it does not, and what readers
think of its answers. Nothing tells who asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.state.database import Database
from index.text.terms import WORD

MOST_UNANSWERED = 5_000  # questions kept; those asked least and longest ago go first


@dataclass(frozen=True, slots=True)
class Day:
    day: str  # ISO 8601
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that an article did not answer, as it was first asked, and how often it was."""

    article: str
    question: str
    times: int


@dataclass(frozen=True, slots=True)
class Votes:
    article: str
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Report:
    """Days in order, the most asked unanswered questions first, the articles with most votes first."""

    days: tuple[Day, ...]
    unanswered: tuple[Unanswered, ...]
    votes: tuple[Votes, ...]


class Tallies:
    """Blocking; call it from a worker thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, article: str, question: str, *, answered: bool, today: date) -> None:
        """A question to an article (its id; empty when nobody knows which)."""
        day = today.isoformat()
        statements: list[tuple[object, ...]] = [
            (
                "INSERT INTO days (day, article, asked, answered) VALUES (?, ?, 1, ?) ON CONFLICT (day, article)"
                " DO UPDATE SET asked = asked + 1, answered = answered + excluded.answered",
                day, article, int(answered),
            ),
        ]  # fmt: skip
        if not answered:
            statements += [
                (
                    "INSERT INTO unanswered (article, folded, question, times, day) VALUES (?, ?, ?, 1, ?)"
                    " ON CONFLICT (article, folded) DO UPDATE SET times = times + 1, day = excluded.day",
                    article, _folded(question), question, day,
                ),
                (
                    "DELETE FROM unanswered WHERE (article, folded) IN (SELECT article, folded FROM unanswered"
                    " ORDER BY times DESC, day DESC LIMIT -1 OFFSET ?)",
                    MOST_UNANSWERED,
                ),
            ]  # fmt: skip
        self._database.run_all(*statements)

    def vote(self, chat: int, asked: int, vote: int) -> bool:
        """Count a reader's vote (1 or -1) on the answer to a message, or take it back (0); False if it is gone."""
        where = "chat = ? AND asked = ?"
        rows = self._database.run(f"SELECT article FROM answers WHERE {where}", chat, asked)  # noqa: S608
        if not rows or rows[0][0] is None:
            return False
        article = str(rows[0][0])
        # The vote before is read where it is replaced, so that of two at once each counts what the other left.
        before = f"(SELECT vote FROM answers WHERE {where})"  # noqa: S608
        self._database.run_all(
            ("INSERT OR IGNORE INTO votes (article) VALUES (?)", article),
            (
                f"UPDATE votes SET up = up + (? = 1) - ({before} = 1), down = down + (? = -1) - ({before} = -1)"  # noqa: S608
                " WHERE article = ?",
                vote, chat, asked, vote, chat, asked, article,
            ),
            (f"UPDATE answers SET vote = ? WHERE {where}", vote, chat, asked),  # noqa: S608
        )  # fmt: skip
        return True

    def report(self, *, days: int, questions: int, today: date, articles: Mapping[str, str]) -> Report:
        """The last ``days`` days, those without a question too, and the most asked unanswered questions; of what is
        told by article, what concerns these ``articles`` or none in particular: the ids to tell it under, by those of
        all their versions."""
        first = today - timedelta(days - 1)
        rows = self._database.run(
            "SELECT day, sum(asked), sum(answered) FROM days WHERE day >= ? GROUP BY day", first.isoformat()
        )
        counted = {str(day): (int(str(asked)), int(str(answered))) for day, asked, answered in rows}
        each = [(first + timedelta(n)).isoformat() for n in range(days)]
        unanswered = self._database.run(
            "SELECT article, question, times FROM unanswered ORDER BY times DESC, day DESC, question"
        )
        there = [(articles.get(str(a), ""), str(q), int(str(n))) for a, q, n in unanswered if not a or a in articles]
        up, down = Counter[str](), Counter[str]()
        for article, ups, downs in self._database.run("SELECT article, up, down FROM votes WHERE up + down > 0"):
            if one := articles.get(str(article)):
                up[one] += int(str(ups))
                down[one] += int(str(downs))
        votes = sorted((Votes(one, up[one], down[one]) for one in up), key=lambda v: (-v.up - v.down, v.article))
        return Report(
            tuple(Day(day, *counted.get(day, (0, 0))) for day in each),
            tuple(Unanswered(*one) for one in there[:questions]),
            tuple(votes),
        )


def _folded(question: str) -> str:
    """The same question however it is typed: its words, without case and marks."""
    return " ".join(WORD.findall(question.casefold())) or question
