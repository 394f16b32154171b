"""The test's side: people who write, press and leave, failures to come, and waiting for what the bot does."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from copy import deepcopy
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.support.bot_api.entities import Json, detect
from tests.support.bot_api.server import Server
from tests.support.bot_api.world import Call, Chat, Failure, Kind, World, member

T = TypeVar("T")


class BotApi:
    """A Bot API server in a thread of its own: ``with BotApi() as api: ...``. Its methods block; messages are copies.

    A chat is named by its id: positive for a private chat, -100... for a supergroup, other negative ids for groups;
    it is made when first named, with the bot as a member. ``privacy`` is the bot's privacy mode, and
    ``mentions_with_privacy`` says whether a bare @mention gets through it (accounts of Telegram differ).
    """

    def __init__(
        self, *, username: str = "quoth_test_bot", privacy: bool = True, mentions_with_privacy: bool = False
    ) -> None:  # fmt: skip
        self.token = "424242:tests-only-AAAAAAAAAAAAAAAAAAAAAAAA"
        self.username = username
        self._world = World(self.token, username, privacy=privacy, mentions_with_privacy=mentions_with_privacy)
        self._server = Server(self._world)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = self._run(self._server.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def calls(self) -> list[Call]:
        """What the bot has called, oldest first, without those getUpdates that went well."""
        return list(self._world.calls)

    @property
    def violations(self) -> list[str]:
        """Calls that no Bot API server should ever see; a test that ends well ends with none."""
        return list(self._world.violations)

    def sent(self, chat: int) -> list[Json]:
        """The bot's messages in a chat as they stand now, edits and deletions included."""
        world = self._world
        return self._do(lambda: [one for one in world.chat(chat).messages.values() if one["from"] == world.bot])

    def messages(self, chat: int) -> list[Json]:
        """All messages of a chat as they stand now."""
        return self._do(lambda: list(self._world.chat(chat).messages.values()))

    def user(self, number: int, **fields: object) -> Json:
        """Make or change a person: ``language_code``, ``first_name``, ``username``, ``is_bot``."""

        def work() -> Json:
            self._world.user(number).update(fields)
            return self._world.user(number)

        return self._do(work)

    def topic(self, chat: int, name: str) -> int:
        """Open a topic, which makes the supergroup a forum; returns its thread id."""

        def work() -> int:
            where = self._world.chat(chat)
            where.forum = True
            created = {"name": name, "icon_color": 7322096}
            message = self._world.add_message(where, self._world.user(1), forum_topic_created=created)
            thread: int = message["message_id"]
            message.update(message_thread_id=thread, is_topic_message=True)
            where.topics.add(thread)
            self._show("message", where, message)
            return thread

        return self._do(work)

    def user_says(
        self, chat: int, text: str, *, user: int | None = None, reply_to: Json | None = None,
        thread: int | None = None, date: int | None = None,
    ) -> Json:  # fmt: skip
        """Someone writes a message, at ``date`` (Unix seconds) if given: the private chat's user, or user 1."""

        def work() -> Json:
            where = self._world.chat(chat)
            replied = where.messages[reply_to["message_id"]] if reply_to else None
            sender = self._world.user(_someone(chat, user))
            message = self._world.add_message(where, sender, text, reply_to=replied, thread=thread, date=date)
            self._show("message", where, message)
            return message

        return self._do(work)

    def user_sends(
        self, chat: int, *, user: int | None = None, reply_to: Json | None = None, caption: str = "",
        thread: int | None = None, **content: Any,
    ) -> Json:  # fmt: skip
        """Someone sends something else than a text: ``photo``, ``sticker``, ``migrate_to_chat_id`` ..."""

        def work() -> Json:
            where = self._world.chat(chat)
            replied = where.messages[reply_to["message_id"]] if reply_to else None
            sender = self._world.user(_someone(chat, user))
            if caption:
                content.update(caption=caption, caption_entities=detect(caption))
            message = self._world.add_message(where, sender, reply_to=replied, thread=thread, **content)
            self._show("message", where, message)
            return message

        return self._do(work)

    def document(self, name: str, data: bytes, mime_type: str = "text/plain") -> Json:
        """A file that Telegram has, to be sent as ``document=...``."""

        def work() -> Json:
            number = f"file-{len(self._world.files)}"
            self._world.files[number] = data
            size = len(data)
            return {"file_id": number, "file_unique_id": number, "file_name": name, "mime_type": mime_type,
                    "file_size": size}  # fmt: skip

        return self._do(work)

    def raw(self, kind: str, payload: Json) -> None:
        """Any update, whatever it holds."""
        self._do(lambda: self._world.push(kind, payload))

    def guest(self, text: str, *, user: int = 1) -> Json:
        """Someone calls the bot by its name in a chat that it is no member of."""
        number = "guest-1"

        def work() -> Json:
            sender, chat = self._world.user(user), {"id": -1009999999999, "type": "supergroup", "title": "Elsewhere"}
            message = {"message_id": 1, "date": int(time.time()), "chat": chat, "from": sender, "text": text,
                       "entities": detect(text), "guest_query_id": number}  # fmt: skip
            self._world.queries[number] = "guest_message"
            self._world.push("guest_message", message)
            return message

        return self._do(work)

    def edit(self, message: Json, text: str) -> Json:
        """The writer of a message changes its text."""

        def work() -> Json:
            where, stored = self._stored(message)
            stored.update(text=text, entities=detect(text), edit_date=int(time.time()))
            if not stored["entities"]:
                del stored["entities"]
            self._show("edited_message", where, stored)
            return stored

        return self._do(work)

    def delete(self, message: Json) -> None:
        """Somebody deletes a message, which the bot is not told."""
        self._do(lambda: self._world.chats[message["chat"]["id"]].messages.pop(message["message_id"]))

    def press(self, message: Json, button: str, *, user: int | None = None) -> Json:
        """Press the button with this text or callback data; returns the callback query.

        Raises:
            LookupError: the message, as it stands now, has no such button.
        """

        def work() -> Json:
            where, stored = self._stored(message)
            buttons = [one for row in stored.get("reply_markup", {}).get("inline_keyboard", []) for one in row]
            found = next((one for one in buttons if button in (one["text"], one.get("callback_data"))), None)
            if found is None:
                raise LookupError(f"no button {button!r} among {[one['text'] for one in buttons]}")
            sender = self._world.user(_someone(where.id, user))
            fields = {"from": sender, "message": stored, "chat_instance": "1", "data": found["callback_data"]}
            return self._world.add_query("callback_query", fields)

        return self._do(work)

    def forge(self, message: Json, data: str, *, user: int) -> Json:
        """A client of somebody's own making says that a button with this data was pressed; returns the query."""

        def work() -> Json:
            _, stored = self._stored(message)
            fields = {"from": self._world.user(user), "message": stored, "chat_instance": "1", "data": data}
            return self._world.add_query("callback_query", fields)

        return self._do(work)

    def inline(self, query: str, *, user: int = 1) -> Json:
        """Someone types after the bot's name in any chat; returns the inline query."""
        fields = {"from": self._world.user(user), "query": query, "offset": ""}
        return self._do(lambda: self._world.add_query("inline_query", fields))

    def membership(self, chat: int, status: str, *, user: int = 1, of: int | None = None) -> None:
        """``user`` makes the bot (or person ``of``) member, administrator, restricted, left or kicked.

        In a private chat, kicked means that the user has blocked the bot.
        """

        def work() -> None:
            world = self._world
            where = world.chat(chat, status="left")
            who, old = (world.bot, where.status) if of is None else (world.user(of), where.members.get(of, "left"))
            if of is None:
                where.status = status
            else:
                where.members[of] = status
            change = {"chat": where.public(), "from": world.user(_someone(chat, user)), "date": int(time.time()),
                      "old_chat_member": member(who, old), "new_chat_member": member(who, status)}  # fmt: skip
            world.push("my_chat_member" if of is None else "chat_member", change)
            if chat < 0 and old in {"left", "kicked"} and status in {"member", "administrator"}:
                self._show("message", where, world.add_message(where, world.user(user), new_chat_members=[who]))

        self._do(work)

    def fail(
        self, method: str, *, times: int = 1, code: int = 500, retry_after: int = 1, kind: Kind = "http"
    ) -> None:  # fmt: skip
        """Let the next calls of a method fail: answered with ``code``, or cut off before or after they take effect.

        "the webhook" stands for the other direction: updates that do not reach it, or are taken and come again since
        the answer to that was lost (``drop_after``).
        """
        self._do(lambda: self._world.failures.append(Failure(method, times, code, retry_after, kind)))

    def wait_for(
        self, method: str, count: int = 1, *, since: int = 0, chat: int | None = None, timeout: float = 20
    ) -> list[Call]:  # fmt: skip
        """Wait for calls that were answered well, those after ``calls[:since]``, to this chat only if it is given.

        To see that the bot stays silent, say something after it that it must answer, wait for that, then look back.

        Raises:
            AssertionError: fewer than ``count`` came within ``timeout`` seconds.
        """

        def found() -> list[Call]:
            return [call for call in self._world.calls[since:] if call.ok and call.method == method
                    and (chat is None or call.params.get("chat_id") == chat)]  # fmt: skip

        self._until(lambda: len(found()) >= count, timeout, f"{count} x {method}")
        return self._do(found)

    def wait_idle(self, timeout: float = 20) -> None:
        """Wait until the bot has confirmed (polling) or taken (webhook) every update; it may still be at work on it.

        Raises:
            AssertionError: updates are left after ``timeout`` seconds.
        """
        self._until(lambda: not self._world.updates, timeout, "no updates left")

    def _show(self, kind: str, chat: Chat, message: Json) -> None:
        if self._world.shows(chat, message):
            self._world.push(kind, message)

    def _stored(self, message: Json) -> tuple[Chat, Json]:
        chat = self._world.chats[message["chat"]["id"]]
        return chat, chat.messages[message["message_id"]]

    def _until(self, ready: Callable[[], bool], timeout: float, what: str) -> None:
        if not self._run(self._world.liveness.until(ready, timeout)):
            seen = "\n".join(f"  {call.method} {call.params} -> {call.error or 'ok'}" for call in self.calls)
            raise AssertionError(f"waited {timeout} s for {what}; the bot's calls:\n{seen}")

    def _do(self, work: Callable[[], T]) -> T:
        """Work on the world where it lives, on the server's loop; the result is a copy."""

        async def job() -> T:
            result = deepcopy(work())
            self._world.liveness.beat()
            return result

        return self._run(job())

    def _run(self, job: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result()


def _someone(chat: int, user: int | None) -> int:
    return user if user is not None else chat if chat > 0 else 1
