"""Statistics for owners: how often each article is asked, how often it answers, which questions it does not answer, and
votes. Nothing says who asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.state.database import Database, Statement
from index.text.terms import WORD

MOST_UNANSWERED = 5_000  # questions kept; those asked least and longest ago go first


@dataclass(frozen=True, slots=True)
class Day:
    day: str  # ISO 8601
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that an article did not answer, in the words of the first time, and how often it was asked."""

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
    """Days in order; the most asked unanswered questions first; the articles with the most votes first."""

    days: tuple[Day, ...]
    unanswered: tuple[Unanswered, ...]
    votes: tuple[Votes, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """A question to count. ``article`` is the id of the article that was asked, or empty if it is not known."""

    article: str
    question: str
    answered: bool
    day: date


class Tallies:
    """Blocking; call it from a worker thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def vote(self, chat: int, asked: int, vote: int) -> bool:
        """Count a reader's vote (1 or -1) on the answer to a message, or take it back (0); False if it is gone."""
        rows = self._database.run("SELECT article FROM answers WHERE chat = ? AND asked = ?", chat, asked)
        if not rows or rows[0][0] is None:
            return False
        self._database.run_all(*statements_to_vote(chat, asked, vote))
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


def statements_to_count(tally: Tally) -> list[Statement]:
    """Add a question to its day, and to those that are not answered if it was not."""
    day = tally.day.isoformat()
    statements: list[Statement] = [
        (
            "INSERT INTO days (day, article, asked, answered) VALUES (?, ?, 1, ?) ON CONFLICT (day, article)"
            " DO UPDATE SET asked = asked + 1, answered = answered + excluded.answered",
            day, tally.article, int(tally.answered),
        ),
    ]  # fmt: skip
    if not tally.answered:
        statements += [
            (
                "INSERT INTO unanswered (article, folded, question, times, day) VALUES (?, ?, ?, 1, ?)"
                " ON CONFLICT (article, folded) DO UPDATE SET times = times + 1, day = excluded.day",
                tally.article, _folded(tally.question), tally.question, day,
            ),
            (
                "DELETE FROM unanswered WHERE (article, folded) IN (SELECT article, folded FROM unanswered"
                " ORDER BY times DESC, day DESC LIMIT -1 OFFSET ?)",
                MOST_UNANSWERED,
            ),
        ]  # fmt: skip
    return statements


def statements_to_vote(chat: int, asked: int, vote: int) -> list[Statement]:
    """Put this vote (1, 0 or -1) in the place of the one on the answer to a message, if that belongs to an article."""
    where = "chat = ? AND asked = ? AND article IS NOT NULL"
    # The vote before is read where it is replaced, so that of two at once each counts what the other left.
    before = f"(SELECT vote FROM answers WHERE {where})"  # noqa: S608
    return [
        (f"INSERT OR IGNORE INTO votes (article) SELECT article FROM answers WHERE {where}", chat, asked),  # noqa: S608
        (
            f"UPDATE votes SET up = up + (? = 1) - ({before} = 1), down = down + (? = -1) - ({before} = -1)"  # noqa: S608
            f" WHERE article = (SELECT article FROM answers WHERE {where})",
            vote, chat, asked, vote, chat, asked, chat, asked,
        ),
        (f"UPDATE answers SET vote = ? WHERE {where}", vote, chat, asked),  # noqa: S608
    ]  # fmt: skip


def _folded(question: str) -> str:
    """The words of a question, without case and marks, so that different spellings count as one."""
    return " ".join(WORD.findall(question.casefold())) or question
