"""What Telegram delivered is worked on once, in order, whatever happens in between."""

import asyncio

import pytest
from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import Application

from bot.state.database import Database
from bot.state.stored_updates import StoredUpdates
from bot.telegram.updates.queue import DurableQueue, unanswered
from index.errors import StoreError
from tests.support.bot_api import BotApi

BOT = Bot("1:none")


@pytest.fixture
def stored_updates(database: Database) -> StoredUpdates:
    return StoredUpdates(database)


def update(number: int, text: str = "Who?", chat: int = 5) -> Update:
    """As it comes from Telegram; made again each time, as when it is delivered again."""
    person = {"id": chat, "is_bot": False, "first_name": "A"}
    room = {"id": chat, "type": "private", "first_name": "A"}
    message = {"message_id": number, "date": 1_800_000_000, "chat": room, "from": person, "text": text}
    return Update.de_json({"update_id": number, "message": message}, BOT)


def texts(updates: list[Update]) -> list[str | None]:
    return [one.message.text if one.message else None for one in updates]


def keep(stored_updates: StoredUpdates, one: Update) -> bool:
    return stored_updates.keep(one.update_id, one.to_json())


def test_what_was_not_answered_comes_back_as_it_came(stored_updates: StoredUpdates) -> None:
    for number, text in ((11, "b"), (10, "a"), (12, "c")):
        keep(stored_updates, update(number, text))
    stored_updates.done(11)
    pending = unanswered(stored_updates, BOT)
    assert texts(pending) == ["a", "c"]
    assert pending[0] == update(10, "a")
    assert pending[0].to_dict() == update(10, "a").to_dict()


def test_one_that_cannot_be_read_any_more_takes_no_other_with_it(
    stored_updates: StoredUpdates, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (10, 11, 12):
        keep(stored_updates, update(number, str(number)))
    database.run("UPDATE updates SET body = '{}' WHERE id = 11")
    assert texts(unanswered(stored_updates, BOT)) == ["10", "12"]
    assert stored_updates.waiting() == 2
    assert "event=given_up updates=1" in caplog.text


class TestQueue:
    async def test_an_update_is_on_disk_once_put_returns_and_is_queued_once(
        self, stored_updates: StoredUpdates
    ) -> None:
        queue = DurableQueue(stored_updates)
        await queue.put(update(10))
        assert len(stored_updates.pending()) == 1
        await queue.put(update(10))
        assert queue.qsize() == 1
        assert await queue.get() == update(10)

    async def test_one_that_cannot_be_written_down_is_asked_for_again(
        self, stored_updates: StoredUpdates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As getUpdates does it: its loop goes on after a TelegramError, and after nothing else."""
        queue = DurableQueue(stored_updates)

        def full(update_id: int, body: str) -> bool:
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
        keep(stored_updates, update(10))
        queue = DurableQueue(stored_updates)
        for one in unanswered(stored_updates, BOT):
            queue.put_again(one)
        assert queue.get_nowait() == update(10)


async def test_a_full_disk_does_not_end_the_polling(
    stored_updates: StoredUpdates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python-telegram-bot's own loop, against a Bot API server."""
    queue, really_keep, failures = DurableQueue(stored_updates), stored_updates.keep, iter(range(2))

    def full_at_first(update_id: int, body: str) -> bool:
        if next(failures, None) is not None:
            raise StoreError("no room")
        return really_keep(update_id, body)

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
