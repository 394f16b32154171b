"""The state behind the server: chats, messages, users, and the queue of updates. Touched on the event loop only."""

import asyncio
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal

from tests.support.bot_api.entities import Json, covered, detect, trim
from tests.support.bot_api.rules import Refused

Kind = Literal["http", "drop_before", "drop_after"]
UNASKED = frozenset({"chat_member", "message_reaction"})  # kinds that come only when allowed_updates names them
# The flags of administrators and of restricted members in one list: readers pass over those that are not theirs.
RIGHTS = (
    "is_anonymous", "is_member", "can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_pin_messages",
    "can_manage_topics", "can_post_stories", "can_edit_stories", "can_delete_stories", "can_send_messages",
    "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes",
    "can_send_voice_notes", "can_send_polls", "can_send_other_messages", "can_add_web_page_previews",
    "can_edit_tag", "can_react_to_messages",
)  # fmt: skip
SERVICE = frozenset({"new_chat_members", "forum_topic_created", "migrate_to_chat_id", "migrate_from_chat_id"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot. ``result`` is what the method gave; ``error`` why it was refused or got no answer.

    ``params`` are typed and nested when the call has passed the rules; otherwise they are as they came.

    A call whose connection was dropped after it was carried out has both. ``at`` is when it came, by the monotonic
    clock.
    """

    method: str
    params: Json
    result: object = None
    code: int = 200
    error: str | None = None
    at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(slots=True)
class Failure:
    """A failure that a test has asked for, for the next ``times`` calls of a method."""

    method: str
    times: int
    code: int
    retry_after: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str | None


@dataclass(slots=True)
class Chat:
    """A chat as the bot sees it; ``status`` is the bot's own, ``members`` those of people who are known."""

    id: int
    status: str = "member"
    forum: bool = False
    messages: dict[int, Json] = field(default_factory=dict)
    topics: set[int] = field(default_factory=set)
    members: dict[int, str] = field(default_factory=dict)
    last_bot: int | None = None

    @property
    def kind(self) -> str:
        return "private" if self.id > 0 else "supergroup" if str(self.id).startswith("-100") else "group"

    def public(self) -> Json:
        name = {"first_name": f"User {self.id}"} if self.id > 0 else {"title": f"Chat {self.id}"}
        return {"id": self.id, "type": self.kind, **name, **({"is_forum": True} if self.forum else {})}


class Liveness:
    """Tells everyone who waits on this event loop that something has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, ready: Callable[[], object], seconds: float | None) -> bool:
        """Wait until ``ready()``; false when it is not after that many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    await self._event.wait()
        except TimeoutError:
            return bool(ready())
        return True


class World:
    def __init__(self, token: str, username: str, *, privacy: bool, mentions_with_privacy: bool) -> None:
        self.token, self.privacy, self.mentions_with_privacy = token, privacy, mentions_with_privacy
        self.bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Bot", "username": username}
        self.liveness = Liveness()
        self.users: dict[int, Json] = {self.bot["id"]: self.bot}
        self.chats: dict[int, Chat] = {}
        self.updates: list[Json] = []
        self.allowed: frozenset[str] | None = None
        self.queries: dict[str, str] = {}  # id -> kind, of those not yet answered
        self.commands: dict[str, list[Json]] = {}
        self.webhook: Webhook | None = None
        self.webhook_error: str | None = None
        self.poll = 0  # number of the only getUpdates call that may still be waiting
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.failures: list[Failure] = []
        self.files: dict[str, bytes] = {}
        self._last = {"update": 1000, "query": 10**15, "message": 0}

    def user(self, number: int) -> Json:
        """A person, made when first named."""
        return self.users.setdefault(
            number, {"id": number, "is_bot": False, "first_name": f"User {number}", "language_code": "en"}
        )

    def chat(self, number: int, status: str = "member") -> Chat:
        """A chat, made when first named; the sign and the -100 of its id say of what type."""
        return self.chats.setdefault(number, Chat(number, status))

    def add_message(
        self, chat: Chat, sender: Json, text: str = "", entities: Iterable[Json] = (), *, reply_to: Json | None = None,
        thread: int | None = None, date: int | None = None, **extra: object,
    ) -> Json:  # fmt: skip
        """Keep a message as Telegram does: trimmed, with the entities that it finds, in its thread."""
        # Supergroups number their messages each for itself; all other chats of a bot share one row of numbers.
        number = max(chat.messages, default=0) + 1 if chat.kind == "supergroup" else self._next("message")
        message: Json = {"message_id": number, "from": sender, "chat": chat.public(), "date": date or int(time.time())}
        if text:
            text, entities = trim(text, entities)
            message["text"] = text
            if entities := detect(text, entities):
                message["entities"] = entities
        if reply_to:
            thread = thread or reply_to.get("message_thread_id")
            if chat.kind == "supergroup" and not chat.forum:
                # A chain of replies has a thread id too, but it is no topic and cannot be sent to.
                thread = thread or reply_to["message_id"]
        elif thread:
            reply_to = chat.messages[thread]  # in a topic, what replies to nothing replies to the topic's creation
        if reply_to:
            message["reply_to_message"] = {key: value for key, value in reply_to.items() if key != "reply_to_message"}
        if thread:
            message["message_thread_id"] = thread
            if chat.forum:
                message["is_topic_message"] = True
        message.update(extra)
        chat.messages[number] = message
        if sender["is_bot"]:
            chat.last_bot = sender["id"]
        else:
            chat.members.setdefault(sender["id"], "member")
        return message

    def push(self, kind: str, payload: Json) -> None:
        """Queue an update, unless the bot did not ask for its kind."""
        if kind in self.allowed if self.allowed else kind not in UNASKED:
            self.updates.append({"update_id": self._next("update"), kind: deepcopy(payload)})

    def add_query(self, kind: str, fields: Json) -> Json:
        """Queue a callback query or an inline query, which waits for one answer."""
        query = {"id": str(self._next("query")), **fields}
        self.queries[query["id"]] = kind
        self.push(kind, query)
        return query

    def shows(self, chat: Chat, message: Json) -> bool:
        """Does Telegram show this message to the bot? (core.telegram.org/bots/features#privacy-mode)"""
        if chat.status in {"left", "kicked"}:
            return False
        if chat.kind == "private" or SERVICE & message.keys():
            return True
        if message["from"]["is_bot"]:
            return False
        return not self.privacy or chat.status == "administrator" or self._meant(chat, message)

    def _meant(self, chat: Chat, message: Json) -> bool:
        """Is this group message one that gets through privacy mode?"""
        name = f"@{self.bot['username'].lower()}"
        if message.get("reply_to_message", {}).get("from") == self.bot:
            return True
        for entity in message.get("entities", []):
            word = covered(message["text"], entity).lower()
            if entity["type"] == "mention" and word == name and self.mentions_with_privacy:
                return True
            if entity["type"] == "bot_command":
                bare = "@" not in word and entity["offset"] == 0
                if word.endswith(name) or (bare and chat.last_bot == self.bot["id"]):
                    return True
        return False

    def find(self, number: int) -> Chat:
        """The chat that a call names, or the refusal that Telegram gives."""
        if number not in self.chats:
            raise Refused("Bad Request: chat not found")
        return self.chats[number]

    def target(self, number: int) -> Chat:
        """The chat that a call wants to write to, or the refusal that Telegram gives."""
        chat = self.find(number)
        if chat.status == "kicked":
            by = "blocked by the user" if chat.kind == "private" else f"kicked from the {chat.kind} chat"
            raise Refused(f"Forbidden: bot was {by}", 403)
        if chat.status == "left":
            raise Refused(f"Forbidden: bot is not a member of the {chat.kind} chat", 403)
        if chat.status == "restricted":
            raise Refused("Bad Request: not enough rights to send text messages to the chat")
        return chat

    def _next(self, name: str) -> int:
        self._last[name] += 1
        return self._last[name]


def member(user: Json, status: str) -> Json:
    """A ChatMember object."""
    extra: dict[str, Json] = {
        "administrator": dict.fromkeys(RIGHTS, False),
        "restricted": {**dict.fromkeys(RIGHTS, False), "is_member": True, "until_date": 0},
        "kicked": {"until_date": 0},
    }
    return {"status": status, "user": user, **extra.get(status, {})}
