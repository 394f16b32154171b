"""What Telegram delivered is worked on once, in order, whatever happens in between."""

import asyncio
from pathlib import Path

import pytest
from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import Application

from bot.state.database import Database
from bot.telegram.updates.queue import KEPT, TRIES, DurableQueue, StoredUpdates
from index.errors import StoreError
from tests.support.bot_api import BotApi

BOT = Bot("1:none")


@pytest.fixture
def stored_updates(database: Database) -> StoredUpdates:
    return StoredUpdates(database)


def update(number: int, text: str = "Who?", chat: int = 5) -> Update:
    """As it comes from Telegram; made anew each time, as when it is delivered again."""
    person = {"id": chat, "is_bot": False, "first_name": "A"}
    room = {"id": chat, "type": "private", "first_name": "A"}
    message = {"message_id": number, "date": 1_800_000_000, "chat": room, "from": person, "text": text}
    return Update.de_json({"update_id": number, "message": message}, BOT)


def texts(updates: list[Update]) -> list[str | None]:
    return [one.message.text if one.message else None for one in updates]


class TestInbox:
    def test_what_was_not_answered_comes_back_in_order(self, stored_updates: StoredUpdates) -> None:
        for number, text in ((11, "b"), (10, "a"), (12, "c")):
            stored_updates.keep(update(number, text))
        stored_updates.done(11)
        pending = stored_updates.pending(BOT)
        assert texts(pending) == ["a", "c"]
        assert pending[0] == update(10, "a")
        assert pending[0].to_dict() == update(10, "a").to_dict()

    def test_an_update_is_taken_once_answered_or_not(self, stored_updates: StoredUpdates) -> None:
        assert stored_updates.keep(update(10))
        assert not stored_updates.keep(update(10))
        stored_updates.done(10)
        assert not stored_updates.keep(update(10))
        assert stored_updates.pending(BOT) == []

    def test_the_same_number_with_another_content_is_another_update(self, stored_updates: StoredUpdates) -> None:
        stored_updates.keep(update(10, "a"))
        stored_updates.done(10)
        assert stored_updates.keep(update(10, "b"))
        assert texts(stored_updates.pending(BOT)) == ["b"]

    def test_it_outlives_a_crash(self, tmp_path: Path, stored_updates: StoredUpdates) -> None:
        stored_updates.keep(update(10, "a"))
        stored_updates.keep(update(11, "b"))
        stored_updates.done(10)
        second = Database(tmp_path)  # the first is still open: nobody had the time to close it
        assert texts(StoredUpdates(second).pending(BOT)) == ["b"]
        assert not StoredUpdates(second).keep(update(10, "a"))
        second.close()

    def test_an_update_that_never_gets_finished_is_given_up(self, stored_updates: StoredUpdates) -> None:
        stored_updates.keep(update(10))
        for _ in range(TRIES):
            assert len(stored_updates.pending(BOT)) == 1
        assert stored_updates.pending(BOT) == []
        assert not stored_updates.keep(update(10))

    def test_stops_in_order_do_not_count_against_it(self, stored_updates: StoredUpdates) -> None:
        stored_updates.keep(update(10))
        for _ in range(2 * TRIES):
            assert len(stored_updates.pending(BOT)) == 1
            stored_updates.rest()

    def test_one_that_cannot_be_read_any_more_takes_no_other_with_it(
        self, stored_updates: StoredUpdates, database: Database
    ) -> None:
        for number in (10, 11, 12):
            stored_updates.keep(update(number, str(number)))
        database.run("UPDATE updates SET body = '{}' WHERE id = 11")
        assert texts(stored_updates.pending(BOT)) == ["10", "12"]
        assert stored_updates.waiting() == 2

    @pytest.mark.parametrize("begin", [500, 10**9])
    def test_numbers_that_begin_anew_are_remembered_too(self, stored_updates: StoredUpdates, begin: int) -> None:
        stored_updates.keep(update(10**6))
        stored_updates.done(10**6)
        stored_updates.keep(update(begin))
        stored_updates.done(begin)
        assert not stored_updates.keep(update(begin))

    def test_the_numbers_of_answered_updates_are_forgotten_in_time(
        self, stored_updates: StoredUpdates, database: Database
    ) -> None:
        stored_updates.keep(update(1, "open"))
        for number in (2, 3, 2 + KEPT):
            stored_updates.keep(update(number))
            stored_updates.done(number)
        assert [row[0] for row in database.run("SELECT id FROM updates ORDER BY id")] == [1, 3, 2 + KEPT]

    def test_an_answered_question_is_on_disk_no_longer(
        self, tmp_path: Path, stored_updates: StoredUpdates, database: Database
    ) -> None:
        for number in range(20):
            stored_updates.keep(update(number, f"xylophone {number}"))
        for number in range(20):
            stored_updates.done(number)
        database.close()
        for path in tmp_path.iterdir():
            assert b"xylophone" not in path.read_bytes(), path.name


class TestQueue:
    async def test_an_update_is_on_disk_once_put_returns_and_is_queued_once(
        self, stored_updates: StoredUpdates
    ) -> None:
        queue = DurableQueue(stored_updates)
        await queue.put(update(10))
        assert len(stored_updates.pending(BOT)) == 1
        await queue.put(update(10))
        assert queue.qsize() == 1
        assert await queue.get() == update(10)

    async def test_one_that_cannot_be_written_down_is_asked_for_again(
        self, stored_updates: StoredUpdates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As getUpdates does it: its loop goes on after a TelegramError, and after nothing else."""
        queue = DurableQueue(stored_updates)

        def full(one: Update) -> bool:
            raise StoreError("no room")

        with monkeypatch.context() as patch:
            patch.setattr(stored_updates, "keep", full)
            with pytest.raises(TelegramError):
                await queue.put(update(10))
        assert queue.empty()
        await queue.put(update(10))
        assert queue.qsize() == 1

    async def test_what_is_no_update_passes(self, stored_updates: StoredUpdates) -> None:
        """python-telegram-bot stops its worker by an object in the queue."""
        queue, signal = DurableQueue(stored_updates), object()
        await queue.put(signal)
        assert queue.get_nowait() is signal

    async def test_pending_updates_are_put_again(self, stored_updates: StoredUpdates) -> None:
        stored_updates.keep(update(10))
        queue = DurableQueue(stored_updates)
        for one in stored_updates.pending(BOT):
            queue.put_again(one)
        assert queue.get_nowait() == update(10)


async def test_a_full_disk_does_not_end_the_polling(
    stored_updates: StoredUpdates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python-telegram-bot's own loop, against a Bot API server."""
    queue, kept, failures = DurableQueue(stored_updates), stored_updates.keep, iter(range(2))

    def full_at_first(one: Update) -> bool:
        if next(failures, None) is not None:
            raise StoreError("no room")
        return kept(one)

    monkeypatch.setattr(stored_updates, "keep", full_at_first)
    with BotApi() as api:
        application = Application.builder().token(api.token).base_url(f"{api.url}/bot").update_queue(queue).build()
        assert application.updater
        async with application:
            await application.updater.start_polling()
            for text in ("first", "second"):
                await asyncio.to_thread(api.user_says, 5, text)
            async with asyncio.timeout(30):
                found = [await queue.get(), await queue.get()]
            await application.updater.stop()
    assert texts([one for one in found if isinstance(one, Update)]) == ["first", "second"]
    assert stored_updates.waiting() == 2
