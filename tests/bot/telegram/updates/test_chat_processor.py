"""Whose turn it is, what there is no room for, and what happens at the end."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from telegram import Bot, Update

import bot.telegram.updates.chat_processor
from bot.state.database import Database
from bot.state.stored_updates import StoredUpdates
from bot.telegram.updates.chat_processor import PerChatProcessor
from index.errors import StoreError

BOT = Bot("1:none")
GROUP = -100


@pytest.fixture
def stored_updates(database: Database) -> StoredUpdates:
    return StoredUpdates(database)


def update(number: int, chat: int = 5, reader: int | None = None) -> Update:
    person = {"id": reader or abs(chat), "is_bot": False, "first_name": "A"}
    room = {"id": chat, "type": "private" if chat > 0 else "supergroup", "first_name": "A", "title": "B"}
    message = {"message_id": number, "date": 1_800_000_000, "chat": room, "from": person, "text": "Who?"}
    return Update.de_json({"update_id": number, "message": message}, BOT)


def changed(number: int, reader: int) -> Update:
    """The same message of a group, changed once more."""
    message = update(1, GROUP, reader).to_dict()["message"]
    return Update.de_json({"update_id": number, "edited_message": message | {"edit_date": 1_800_000_000 + number}}, BOT)


def keep(stored_updates: StoredUpdates, one: Update) -> None:
    stored_updates.keep(one.update_id, one.to_json())


class Work:
    """Handlers that wait until they are let go, and what they have done so far."""

    def __init__(self, stored_updates: StoredUpdates) -> None:
        self.failed: set[int] = set()
        self.recorded: set[int] = set()
        self.refused: list[int] = []
        self.left_out: Counter[str] = Counter()
        self.again: asyncio.Queue[Update] = asyncio.Queue()
        self.processor = PerChatProcessor(
            stored_updates,
            self.failed,
            self.recorded,
            self._refuse,
            self._leave_out,
            self.again.put_nowait,
            most=5,
            most_of_a_reader=4,
        )
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.changed = asyncio.Condition()

    def give(self, one: Update) -> asyncio.Task[None]:
        self.gates[one.update_id] = asyncio.Event()
        return asyncio.create_task(self.processor.process_update(one, self._handle(one.update_id)))

    def _leave_out(self, kind: str) -> None:
        self.left_out[kind] += 1

    async def _refuse(self, one: Update) -> None:
        self.refused.append(one.update_id)

    async def until_begun(self, *numbers: int) -> None:
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(lambda: set(numbers) <= set(self.begun))

    async def _handle(self, number: int) -> None:
        async with self.changed:
            self.begun.append(number)
            self.changed.notify_all()
        await self.gates[number].wait()
        self.ended.append(number)


class TestOrder:
    async def test_one_chat_in_order_and_no_chat_waits_for_another(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        first, second = work.give(update(1, chat=5)), work.give(update(2, chat=5))
        other = work.give(update(3, chat=6))
        work.gates[2].set()
        await work.until_begun(1, 3)
        work.gates[3].set()
        await other
        assert work.ended == [3]
        assert work.begun == [1, 3]
        work.gates[1].set()
        await asyncio.gather(first, second)
        assert work.ended == [3, 1, 2]

    async def test_a_finished_update_is_struck_out(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        for number in (1, 2):
            keep(stored_updates, update(number))
        task, other = work.give(update(1)), work.give(update(2, chat=6))
        work.gates[1].set()
        await task
        assert [number for number, _ in stored_updates.pending()] == [2]
        work.gates[2].set()
        await other

    async def test_one_that_could_not_be_answered_stays_for_the_next_start(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        keep(stored_updates, update(1))
        task = work.give(update(1))
        work.failed.add(1)
        work.gates[1].set()
        await task
        assert len(stored_updates.pending()) == 1
        assert work.failed == set()

    async def test_and_is_tried_again_in_a_minute_unless_the_bot_stops(
        self, stored_updates: StoredUpdates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bot.telegram.updates.chat_processor, "AGAIN", 0.0)
        work = Work(stored_updates)
        for number in (1, 2):
            keep(stored_updates, update(number))
            work.failed.add(number)
        first = update(1)
        task = work.give(first)
        work.gates[1].set()
        await task
        assert await asyncio.wait_for(work.again.get(), 5) is first
        task = work.give(update(2))
        await work.until_begun(2)
        stopping = asyncio.create_task(work.processor.stop(5))
        await asyncio.sleep(0)
        work.gates[2].set()
        await asyncio.gather(task, stopping)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert work.again.empty()
        assert [number for number, _ in stored_updates.pending()] == [1, 2]

    async def test_one_that_cannot_be_struck_out_is_with_the_next(
        self, stored_updates: StoredUpdates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It has its answer: nobody is told of a fault of ours below that."""
        work = Work(stored_updates)
        for number in (1, 2):
            keep(stored_updates, update(number))

        def full(number: int) -> None:
            raise StoreError("no room")

        with monkeypatch.context() as patch:
            patch.setattr(stored_updates, "done", full)
            task = work.give(update(1))
            work.gates[1].set()
            await task
        assert stored_updates.waiting() == 2
        task = work.give(update(2))
        work.gates[2].set()
        await task
        assert stored_updates.waiting() == 0

    async def test_one_that_was_struck_out_with_its_answer_is_not_again(
        self, stored_updates: StoredUpdates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """But what could not be struck out before it is."""
        work, done = Work(stored_updates), list[int]()

        def full(number: int) -> None:
            raise StoreError("no room")

        for number, strike_out in ((1, full), (2, done.append)):
            monkeypatch.setattr(stored_updates, "done", strike_out)
            task = work.give(update(number))
            if number == 2:
                work.recorded.add(number)
            work.gates[number].set()
            await task
        assert done == [1]
        assert work.recorded == set()

    async def test_one_that_was_cut_short_stays_for_the_next_start(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        keep(stored_updates, update(1))
        task = work.give(update(1))
        await work.until_begun(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(stored_updates.pending()) == 1

    async def test_what_is_no_update_is_just_done(self, stored_updates: StoredUpdates) -> None:
        done: list[Any] = []

        async def job() -> None:
            done.append(1)

        await Work(stored_updates).processor.process_update(object(), job())
        assert done == [1]


class TestRoom:
    """There is room for five messages, four of one reader."""

    async def test_the_oldest_of_a_group_that_waits_makes_room(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        for number in range(1, 7):
            keep(stored_updates, update(number))
        tasks = [work.give(update(number, GROUP, reader=number)) for number in range(1, 6)]
        await work.until_begun(1)
        tasks.append(work.give(update(6, chat=7)))
        await work.until_begun(6)
        await tasks[1]  # the first has its turn, the second was the oldest that waited
        for gate in work.gates.values():
            gate.set()
        await asyncio.gather(*tasks)
        assert sorted(work.ended) == [1, 3, 4, 5, 6]
        assert work.left_out == {"group": 1}
        assert stored_updates.pending() == []

    async def test_changed_messages_take_room_too(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        tasks = [work.give(changed(number, reader=7)) for number in range(1, 7)]
        await work.until_begun(1)
        assert work.left_out == {"reader": 2}
        for gate in work.gates.values():
            gate.set()
        await asyncio.gather(*tasks)
        assert (work.ended, work.refused) == ([1, 2, 3, 4], [])

    async def test_in_private_it_is_refused_and_said_so(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        tasks = [work.give(update(number, chat=number)) for number in range(1, 6)]
        await work.until_begun(1, 2, 3, 4, 5)
        keep(stored_updates, update(6, chat=6))
        await work.give(update(6, chat=6))
        assert work.refused == [6]
        await work.give(update(7, GROUP))
        assert work.refused == [6]
        for gate in work.gates.values():
            gate.set()
        await asyncio.gather(*tasks)
        assert sorted(work.ended) == [1, 2, 3, 4, 5]
        assert work.left_out == {"private": 1, "group": 1}
        assert stored_updates.pending() == []

    async def test_one_reader_cannot_fill_it(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        tasks = [work.give(update(number, GROUP, reader=9)) for number in range(1, 7)]
        await work.until_begun(1)
        await asyncio.gather(*tasks[4:])
        for gate in work.gates.values():
            gate.set()
        await asyncio.gather(*tasks)
        assert work.ended == [1, 2, 3, 4]
        assert work.left_out == {"reader": 2}


class TestStop:
    async def test_what_is_in_hand_is_finished_and_the_rest_handed_back(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        for number in (1, 2, 3):
            keep(stored_updates, update(number))
        tasks = [work.give(update(number)) for number in (1, 2)]
        await work.until_begun(1)
        stopping = asyncio.create_task(work.processor.stop(30))
        await asyncio.sleep(0)
        tasks.append(work.give(update(3)))
        work.gates[1].set()
        await stopping
        assert work.begun == work.ended == [1]
        assert [number for number, _ in stored_updates.pending()] == [2, 3]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def test_what_takes_too_long_is_handed_back_too(self, stored_updates: StoredUpdates) -> None:
        work = Work(stored_updates)
        keep(stored_updates, update(1))
        task = work.give(update(1))
        await work.until_begun(1)
        await work.processor.stop(0.001)
        assert task.cancelled()
        assert len(stored_updates.pending()) == 1
