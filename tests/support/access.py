"""Who may do what: a running bot, the people who try it, and what the bot says to them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.wording.texts import texts_for
from index.models import Article
from tests.support.articles import ASK_OTTERS
from tests.support.bot_api import BotApi, Call
from tests.support.bot_api.entities import detect
from tests.support.process import Json, ask

TEXTS = texts_for("en")
OWNER, SOMEBODY = 66_001, 66_002
# Telegram's own senders for anonymous admins and for channels; owners' ids here, by an owner's mistake.
NOBODY = {"group": 1_087_968_824, "channel": 136_817_688}
SPARE = Article("The weir of Vell was pulled down in autumn. Nobody misses it.", "The weir", language="en")
GONE = Article("The mill of Vell was sold in spring. It had nine floors.", "The mill", language="en")
YES, NO, SILENCE = "yes", "no", "—"
_numbers = count(1)


@dataclass(frozen=True)
class Stage:
    """The running bot and a group of its own for each cell; ``titles`` is what the library holds by now."""

    api: BotApi
    titles: set[str]

    @property
    def name(self) -> str:
        return f"@{self.api.username}"

    def enter(self, role: str) -> "Person":
        number = next(_numbers)
        person = Person(self, OWNER if role == "an owner" else 66_100 + number, -1_006_600_000_000 - number)
        self.api.user_says(person.group, "Good morning.", user=SOMEBODY)
        if role == "an admin of the group":
            self.api.membership(person.group, "administrator", of=person.id)
        elif role == "a reader":
            ask(self.api, person.id, ASK_OTTERS)
        return person


@dataclass(frozen=True)
class Person:
    stage: Stage
    id: int
    group: int
    text: str = field(default_factory=lambda: f"Hut {next(_numbers)} of Vell\n\n" + "The hut has a red roof. " * 12)

    @property
    def api(self) -> BotApi:
        return self.stage.api

    def hears(self, chat: int, act: Callable[[], object]) -> list[str]:
        """What the bot says in a chat to what is done; all of it, for a chat is answered in order."""
        seen = len(self.api.calls)
        act()
        ask(self.api, chat, f"/help{self.stage.name}", user=SOMEBODY if chat < 0 else None)
        said = [
            call.params["text"].removeprefix(f"{TEXTS.again}\n")
            for call in self.api.calls[seen:]
            if call.ok and call.method in {"sendMessage", "editMessageText"} and call.params["chat_id"] == chat
        ]
        return said[:-1]

    def says(self, chat: int, text: str) -> list[str]:
        return self.hears(chat, lambda: self.api.user_says(chat, text, user=self.id))

    def sends(self, chat: int, text: str, **more: Any) -> list[str]:
        """A text with something about it that only Telegram says."""
        content = {"text": text, "entities": detect(text), **more}
        return self.hears(chat, lambda: self.api.user_sends(chat, user=self.id, **content))

    def presses(self, message: Json, data: str) -> str | None:
        """What a button says to who presses it, or sends such data without it."""
        answers: list[Call] = []
        query = self.api.forge(message, data, user=self.id)

        def answered() -> bool:
            answers[:] = [one for one in self.api.calls if one.params.get("callback_query_id") == query["id"]]
            return bool(answers)

        self.api._until(answered, 20, f"an answer to {data[:70]!r}")
        text: str | None = answers[0].params.get("text")
        return text


def judged(said: list[str], wanted: str) -> str:
    """``wanted`` begins what is said when it is done."""
    if not said:
        return SILENCE
    if set(said) <= {TEXTS.only_owners, TEXTS.only_admins_forget, TEXTS.only_text}:
        return NO
    assert said[-1].startswith(wanted), said
    return YES


def commands(name: str, text: str) -> list[str]:
    return [f"/add{name} {text}", f"/remove{name} {SPARE.id}", f"/stats{name}", f"/forget{name}"]


def in_the_name_of(by: Person, kind: str, text: str, *, itself: bool = False) -> list[str]:
    """What is said to a message that an anonymous admin writes as a group, or somebody as a channel."""
    room = {"id": by.group, "type": "supergroup", "title": "Vell"}
    author = {"id": NOBODY[kind], "is_bot": True, "first_name": kind, "username": f"{kind}_bot"}
    named = room if itself else {"id": by.group - 10**6, "type": kind, "title": "Another"}
    message = {"message_id": 9_000 + next(_numbers), "date": int(time.time()), "chat": room, "from": author,
               "sender_chat": named, "text": text, "entities": detect(text)}  # fmt: skip
    return by.hears(by.group, lambda: by.api.raw("message", message))
