"""What an owner may know of the questions, and that it is nobody's name."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.state.chats import ChatState, Given, Place, Said, statements_to_remember
from bot.state.database import Database
from bot.state.tallies import Day, Report, Tallies, Tally, Unanswered, Votes, statements_to_count
from bot.wording.reports import sections
from bot.wording.texts import texts_for

MAY = date(2026, 5, 4)
MILL, FERRY = "a" * 12, "b" * 12


@pytest.fixture
def tallies(database: Database) -> Tallies:
    return Tallies(database)


def count(database: Database, article: str, question: str, *, answered: bool, today: date = MAY) -> None:
    database.run_all(*statements_to_count(Tally(article, question, answered, today)))


def give(database: Database, given: Given) -> None:
    database.run_all(*statements_to_remember(given))


def test_questions_are_counted_by_day_and_those_without_an_answer_by_their_words(
    tallies: Tallies, database: Database
) -> None:
    for question, answered in (("Who?", True), ("Why is it red?", False), ("why is it RED", False), ("Where?", False)):
        count(database, MILL, question, answered=answered)
    count(database, FERRY, "Why is it red?", answered=False, today=MAY.replace(day=2))
    report = tallies.report(days=3, questions=2, today=MAY, articles={MILL: MILL, FERRY: FERRY})
    assert report.days == (Day("2026-05-02", 1, 0), Day("2026-05-03", 0, 0), Day("2026-05-04", 4, 1))
    assert report.unanswered == (Unanswered(MILL, "Why is it red?", 2), Unanswered(MILL, "Where?", 1))


def test_what_concerns_articles_that_are_gone_hides_nothing(tallies: Tallies, database: Database) -> None:
    for n in range(12):
        count(database, FERRY, f"question {n}", answered=False)
        count(database, FERRY, f"question {n}", answered=False)
    count(database, MILL, "Why is it red?", answered=False)
    report = tallies.report(days=1, questions=10, today=MAY, articles={MILL: MILL})
    assert [one.question for one in report.unanswered] == ["Why is it red?"]


def test_the_least_asked_are_forgotten_when_there_are_too_many(
    tallies: Tallies, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.state.tallies.MOST_UNANSWERED", 2)
    for question in ("one", "one", "two", "three", "three"):
        count(database, MILL, question, answered=False)
    kept = tallies.report(days=1, questions=9, today=MAY, articles={MILL: MILL}).unanswered
    assert [(one.question, one.times) for one in kept] == [("one", 2), ("three", 2)]


def test_a_vote_can_be_changed_and_taken_back(tallies: Tallies, database: Database) -> None:
    give(database, Given(Place(1), 7, (8,), MILL, (Said(MILL, 0, 5, 1),), (), 0))
    seen = []
    for vote in (1, -1, -1, 0, 1):
        assert tallies.vote(1, 7, vote)
        seen.append(tallies.report(days=1, questions=1, today=MAY, articles={MILL: MILL}).votes)
    up, down = (Votes(MILL, 1, 0),), (Votes(MILL, 0, 1),)
    assert seen == [up, down, down, (), up]
    assert not tallies.vote(2, 7, 1)


def test_an_answer_that_changes_loses_its_vote(tallies: Tallies, database: Database) -> None:
    state, given = ChatState(database), Given(Place(1), 7, (8,), MILL, (Said(MILL, 0, 5, 1),), (), 0)
    give(database, given)
    tallies.vote(1, 7, 1)
    give(database, given)
    assert (kept := state.reply_to(1, 7)) is not None
    assert kept.vote == 1
    give(database, replace(given, quotes=(Said(MILL, 6, 9, 1),)))
    assert (changed := state.reply_to(1, 7)) is not None
    assert changed.vote == 0


def test_two_votes_at_once_count_once(tmp_path: Path) -> None:
    database = Database(tmp_path)
    tallies = Tallies(database)
    with ThreadPoolExecutor(8) as pool:
        for n in range(40):
            give(database, Given(Place(1), n, (n,), MILL, (Said(MILL, 0, 5, 1),), (), 0))
            list(pool.map(lambda _, n=n: tallies.vote(1, n, 1), range(4)))
    assert tallies.report(days=1, questions=1, today=MAY, articles={MILL: MILL}).votes == (Votes(MILL, 40, 0),)
    database.close()


def test_a_report_in_words() -> None:
    report = Report(
        (Day("2026-05-03", 0, 0), Day("2026-05-04", 3, 2)),
        (Unanswered(MILL, "Why?", 2), Unanswered("", "Where?", 1)),
        (Votes(FERRY, 2, 1),),
    )
    assert sections(report, {MILL: "The mill", FERRY: "The ferry"}, texts_for("en")) == [
        ("The last days", ["2026-05-04: 3 questions, 67% answered"]),
        ("What the articles did not answer", ["2 × Why? (The mill)", "1 × Where?"]),
        ("Votes", ["👍 2 👎 1 The ferry"]),
    ]
    assert sections(Report((), (), ()), {}, texts_for("en")) == [
        ("The last days", ["0 questions"]),
        ("What the articles did not answer", ["Nothing so far."]),
    ]
