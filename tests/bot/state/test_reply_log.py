"""A reply, what it counts to and its finished update are known together, or not at all."""

from dataclasses import replace
from datetime import date

import pytest

from bot.state.chats import ChatState, Given, Place, Said
from bot.state.database import Database
from bot.state.reply_log import ReplyLog
from bot.state.stored_updates import StoredUpdates
from bot.state.tallies import Tallies, Tally, Votes
from index.errors import StoreError

MAY = date(2026, 5, 4)
MILL = "a" * 12
GIVEN = Given(Place(1), 7, (8,), MILL, (Said(MILL, 0, 5, 1),), (), 0)
TALLY = Tally(MILL, "Who?", answered=True, day=MAY)


class Recorded:
    def __init__(self, database: Database) -> None:
        self._state, self._tallies = ChatState(database), Tallies(database)
        self.updates = StoredUpdates(database)
        self.log = ReplyLog(database, self.updates)

    def reply(self) -> Given | None:
        return self._state.reply_to(1, 7)

    def asked(self) -> int:
        (today,) = self._tallies.report(days=1, questions=1, today=MAY, articles={MILL: MILL}).days
        return today.asked

    def votes(self) -> tuple[Votes, ...]:
        return self._tallies.report(days=1, questions=1, today=MAY, articles={MILL: MILL}).votes

    def vote(self) -> None:
        assert self._tallies.vote(1, 7, 1)


@pytest.fixture
def recorded(database: Database) -> Recorded:
    found = Recorded(database)
    found.updates.keep(70, "{}")
    return found


def test_all_of_it_is_recorded(recorded: Recorded) -> None:
    recorded.log.record(GIVEN, None, TALLY, 70)
    assert (recorded.reply(), recorded.asked(), recorded.updates.waiting()) == (GIVEN, 1, 0)


def test_or_nothing(recorded: Recorded, database: Database) -> None:
    database.run("CREATE TRIGGER full BEFORE UPDATE ON updates BEGIN SELECT RAISE(FAIL, 'no room'); END")
    with pytest.raises(StoreError):
        recorded.log.record(GIVEN, None, TALLY, 70)
    assert (recorded.reply(), recorded.asked(), recorded.updates.waiting()) == (None, 0, 1)


def test_a_vote_on_other_quotes_is_taken_back(recorded: Recorded) -> None:
    recorded.log.record(GIVEN, None, TALLY, 70)
    recorded.vote()
    before = recorded.reply()
    recorded.log.record(GIVEN, before, None, 71)
    assert recorded.votes() == (Votes(MILL, 1, 0),)
    recorded.log.record(replace(GIVEN, quotes=(Said(MILL, 6, 9, 1),)), before, None, 72)
    assert recorded.votes() == ()
    assert (after := recorded.reply()) is not None
    assert after.vote == 0
    assert recorded.asked() == 1
