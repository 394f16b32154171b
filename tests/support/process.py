"""The real ``quoth run`` as a process of its own, against our Bot API server."""

import os
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from index.embed.model_loader import LazyEmbedder
from index.library import Library
from tests.support.articles import KILN, POTTERY, RIVER
from tests.support.bot_api import BotApi

Json = dict[str, Any]

SECRET = "a-secret_of-the-tests"  # of webhooks
START = 120.0  # seconds: importing torch and loading the model, on a busy machine


class Bot:
    """``with Bot(api, folder) as bot:`` runs until the block ends. ``bot.log`` is what it wrote on stderr so far."""

    def __init__(self, api: BotApi, folder: Path, **settings: str) -> None:
        self._api = api
        self._log = folder / "bot.log"
        self._folder = folder
        self._settings = settings

    def __enter__(self) -> Self:
        seen = len(self._api.calls)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--data", str(self._folder)],
                env=environment(self._api, **self._settings),
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self._folder,
            )
        self._api.wait_for("setMyCommands", since=seen, timeout=START)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def stop(self) -> int:
        """As a service manager does it; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """As a power cut does it."""
        self.process.kill()
        self.process.wait(timeout=30)


def environment(api: BotApi, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUOTH_")}
    root = str(Path(__file__).parents[2])
    return {
        **kept,
        "PYTHONPATH": root,
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "2",
        "QUOTH_TELEGRAM_TOKEN": api.token,
        "QUOTH_TELEGRAM_API_URL": api.url,
        **settings,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def embedder() -> LazyEmbedder:
    return LazyEmbedder("multilingual")


def stock(folder: Path) -> None:
    """A library with the two articles."""
    with Library.open(folder, embedder()) as library:
        for article in (RIVER, POTTERY):
            library.add(article)


def person(number: int) -> int:
    """A chat or user id that cannot be taken for something else in a log."""
    return 7_700_000_000 + number


def wait_for_failing(api: BotApi, method: str, since: int) -> None:
    """Until a call of the bot, one after ``calls[:since]``, has failed."""
    api._until(
        lambda: any(not call.ok and call.method == method for call in api.calls[since:]), 60, f"a failing {method}"
    )


def assert_silent(log: str, api: BotApi) -> None:
    """Promise 7: the log holds no token, nobody's id and nothing that anybody wrote."""
    assert api.token not in log
    assert api.token.partition(":")[2] not in log
    assert "77000000" not in log
    assert SECRET not in log
    for word in ("pot fired", "otters", "xylophone", KILN, POTTERY.title):
        assert word not in log


def quoted(message: Json) -> list[str]:
    """What a message shows as quotes, cut out by UTF-16 offsets as a client does."""
    return covered_by(message, "blockquote", "expandable_blockquote")


def covered_by(message: Json, *kinds: str) -> list[str]:
    """What entities of these kinds cover."""
    units = message["text"].encode("utf-16-le")
    return [
        units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in message.get("entities", [])
        if e["type"] in kinds
    ]


def ask(api: BotApi, chat: int, text: str, **how: Any) -> Json:
    """Say something and wait for the reply to that very message: all that was said before in the chat is done then."""
    said = api.user_says(chat, text, **how)["message_id"]

    def replies() -> list[Json]:
        return [
            call.params
            for call in api.calls
            if call.ok and call.method == "sendMessage" and call.params["chat_id"] == chat
            and call.params.get("reply_parameters", {}).get("message_id") == said
        ]  # fmt: skip

    api._until(lambda: bool(replies()), 60, f"a reply to {said} in {chat}")
    return replies()[0]


def press(api: BotApi, chat: int, button: str, *, number: int = -1, user: int | None = None) -> Json:
    """Press a button under one of the bot's messages; the message as it stands then."""
    seen, message = len(api.calls), api.sent(chat)[number]
    api.press(message, button, user=user)
    api.wait_for("answerCallbackQuery", since=seen)
    edits = ("editMessageText", "editMessageReplyMarkup")
    api._until(lambda: any(call.method in edits and call.ok for call in api.calls[seen:]), 20, "an edit")
    return next(one for one in api.sent(chat) if one["message_id"] == message["message_id"])


def buttons(message: Json) -> list[str]:
    return [one["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for one in row]
