"""What Telegram delivered stays on disk until it is answered, and not a moment longer."""

from pathlib import Path

import pytest

from bot.state.database import Database
from bot.state.stored_updates import KEPT, TRIES, StoredUpdates


@pytest.fixture
def stored_updates(database: Database) -> StoredUpdates:
    return StoredUpdates(database)


def bodies(stored_updates: StoredUpdates) -> list[str]:
    """After a start, of what was never answered."""
    stored_updates.begin_again()
    return [body for _, body in stored_updates.pending()]


def test_what_was_not_answered_comes_back_in_order(stored_updates: StoredUpdates) -> None:
    for number, body in ((11, "b"), (10, "a"), (12, "c")):
        stored_updates.keep(number, body)
    stored_updates.done(11)
    assert stored_updates.pending() == [(10, "a"), (12, "c")]


def test_an_update_is_taken_once_answered_or_not(stored_updates: StoredUpdates) -> None:
    assert stored_updates.keep(10, "a")
    assert not stored_updates.keep(10, "a")
    stored_updates.done(10)
    assert not stored_updates.keep(10, "a")
    assert bodies(stored_updates) == []


def test_the_same_number_with_another_content_is_another_update(stored_updates: StoredUpdates) -> None:
    stored_updates.keep(10, "a")
    stored_updates.done(10)
    assert stored_updates.keep(10, "b")
    assert bodies(stored_updates) == ["b"]


def test_it_outlives_a_crash(tmp_path: Path, stored_updates: StoredUpdates) -> None:
    stored_updates.keep(10, "a")
    stored_updates.keep(11, "b")
    stored_updates.done(10)
    second = Database(tmp_path)  # the first is still open: nobody had the time to close it
    assert bodies(StoredUpdates(second)) == ["b"]
    assert not StoredUpdates(second).keep(10, "a")
    second.close()


def test_an_update_that_never_gets_finished_is_given_up(stored_updates: StoredUpdates) -> None:
    stored_updates.keep(10, "a")
    for _ in range(TRIES):
        assert len(bodies(stored_updates)) == 1
    assert stored_updates.begin_again() == 1
    assert stored_updates.pending() == []
    assert not stored_updates.keep(10, "a")


def test_stops_in_order_do_not_count_against_it(stored_updates: StoredUpdates) -> None:
    stored_updates.keep(10, "a")
    for _ in range(2 * TRIES):
        assert len(bodies(stored_updates)) == 1
        stored_updates.rest()


@pytest.mark.parametrize("begin", [500, 10**9])
def test_numbers_that_begin_again_are_remembered_too(stored_updates: StoredUpdates, begin: int) -> None:
    stored_updates.keep(10**6, "a")
    stored_updates.done(10**6)
    stored_updates.keep(begin, "b")
    stored_updates.done(begin)
    assert not stored_updates.keep(begin, "b")


def test_the_numbers_of_answered_updates_are_forgotten_in_time(
    stored_updates: StoredUpdates, database: Database
) -> None:
    stored_updates.keep(1, "open")
    for number in (2, 3, 2 + KEPT):
        stored_updates.keep(number, "a")
        stored_updates.done(number)
    assert [row[0] for row in database.run("SELECT id FROM updates ORDER BY id")] == [1, 3, 2 + KEPT]


def test_an_answered_question_is_on_disk_no_longer(
    tmp_path: Path, stored_updates: StoredUpdates, database: Database
) -> None:
    for number in range(20):
        stored_updates.keep(number, f'{{"text": "xylophone {number}"}}')
    for number in range(20):
        stored_updates.done(number)
    database.close()
    for path in tmp_path.iterdir():
        assert b"xylophone" not in path.read_bytes(), path.name
