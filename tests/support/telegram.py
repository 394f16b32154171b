"""Telegram in this process: a bot whose calls are answered and kept, and the updates that it may get."""

import json
from types import SimpleNamespace
from typing import Any, cast

from telegram import Update
from telegram.ext import ContextTypes, ExtBot
from telegram.request import BaseRequest, RequestData

from tests.support.bot_api.entities import detect

Json = dict[str, Any]
OWNER, READER = 1, 2
ME = {"id": 7, "is_bot": True, "first_name": "Quoth", "username": "quoth_bot", "can_read_all_group_messages": True}
DATE = 1_900_000_000


class Telegram(BaseRequest):
    """Answers a bot's calls and keeps them, in order, as (method, parameters). ``files`` may be downloaded by name,
    ``members`` are the members of every group, by the number of the user; ``refusals`` are the errors that methods are
    answered with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.files: dict[str, bytes] = {}
        self.members: dict[int, str] = {}
        self.refusals: dict[str, Json] = {}
        self._number = 1000

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        if "/file/" in url:
            return 200, self.files[name]
        parameters = request_data.parameters if request_data else {}
        if name != "getMe":
            self.calls.append((name, parameters))
        if name in self.refusals:
            return self.refusals[name]["error_code"], json.dumps({"ok": False, **self.refusals[name]}).encode()
        return 200, json.dumps({"ok": True, "result": self._result(name, parameters)}).encode()

    def said(self) -> list[str]:
        """The texts of what was sent or edited, in order, and what was shown for a moment to who pressed a button."""
        return [p["text"] for _, p in self.calls if "text" in p]

    def methods(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _result(self, name: str, p: Json) -> Any:
        if name == "getMe":
            return ME
        if name == "getFile":
            return {"file_id": p["file_id"], "file_unique_id": "u", "file_path": p["file_id"]}
        if name == "getChatMember":
            user = {"id": p["user_id"], "is_bot": False, "first_name": "A"}
            return {"user": user, "status": self.members.get(p["user_id"], "member")}
        if name in {"sendMessage", "editMessageText", "editMessageReplyMarkup"}:
            self._number += 1
            chat = {"id": p["chat_id"], "type": "private"}
            return {"message_id": p.get("message_id", self._number), "date": DATE, "chat": chat, "from": ME}
        if name == "answerGuestQuery":
            return {"inline_message_id": "guest"}
        return True


async def connected(telegram: Telegram) -> "ExtBot[None]":
    """A bot that talks to it."""
    bot = ExtBot("1:none", request=telegram, get_updates_request=telegram)
    await bot.initialize()
    return bot


def context_of(bot: "ExtBot[None]") -> ContextTypes.DEFAULT_TYPE:
    return cast(ContextTypes.DEFAULT_TYPE, SimpleNamespace(bot=bot))


def message(text: str, *, user: int = READER, group: int | None = None, number: int = 10, **more: Any) -> Json:
    """In private, or in a supergroup, as Telegram tells of it. ``more`` are other fields of it."""
    chat: Json = {"id": group, "type": "supergroup"} if group else {"id": user, "type": "private"}
    author = {"id": user, "is_bot": False, "first_name": "A", "language_code": "en"}
    said = {"text": text, "entities": detect(text)} if text else {}
    return {"message_id": number, "date": DATE, "chat": chat, "from": author, **said, **more}


def update(bot: "ExtBot[None]", **content: Any) -> Update:
    return Update.de_json({"update_id": 1, **content}, bot)


def pressed(bot: "ExtBot[None]", data: str, under: Json | None, *, user: int = READER) -> Update:
    """A press on the button with this data under a message; None for a message that is too old to be told of."""
    person = {"id": user, "is_bot": False, "first_name": "A", "language_code": "en"}
    query: Json = {"id": "1", "from": person, "chat_instance": "1", "data": data}
    return update(bot, callback_query={**query, "message": under} if under else query)
