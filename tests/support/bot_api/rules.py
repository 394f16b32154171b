"""What a call may look like: for each method that Quoth uses, its parameters and their types, written by hand.

Only what Quoth needs is listed; anything else is refused, ``parse_mode`` first of all, because formatting goes by
entities. Limits are those of core.telegram.org/bots/api (10.1).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from telegram.constants import ReactionEmoji, UpdateType

from tests.support.bot_api import entities
from tests.support.bot_api.entities import Json, units

Check = Callable[[object, str], object]


class Refused(Exception):
    """An error answer of the Bot API; ``parameters`` is its ResponseParameters object."""

    def __init__(self, description: str, code: int = 400, **parameters: int) -> None:
        super().__init__(description)
        self.description, self.code, self.parameters = description, code, parameters


class Violation(Refused):
    """A call that is wrong in itself, whatever the state of the chats: a bug of the bot."""


def integer(low: int, high: int) -> Check:
    def check(value: object, where: str) -> int:
        if not re.fullmatch(r"-?\d+", str(value)):
            raise Violation(f"{where}: not an integer")
        if not low <= int(str(value)) <= high:
            raise Violation(f"{where}: {value} is not within {low}..{high}")
        return int(str(value))

    return check


def boolean(value: object, where: str) -> bool:
    if str(value) not in {"true", "false", "True", "False"}:
        raise Violation(f"{where}: not a boolean")
    return str(value).lower() == "true"


def string(low: int, high: int, *, size: Callable[[str], int] = units, like: str = r"[\s\S]*") -> Check:
    """A string of ``low`` to ``high`` units (UTF-16 unless ``size`` says otherwise) that the pattern matches whole."""

    def check(value: object, where: str) -> str:
        if not isinstance(value, str):
            raise Violation(f"{where}: not a string")
        if re.search("[\ud800-\udfff]", value):
            raise Violation(f"{where}: strings must be encoded in UTF-8")
        if not low <= size(value) <= high:
            raise Violation(f"{where}: length {size(value)} is not within {low}..{high}")
        if not re.fullmatch(like, value):
            raise Violation(f"{where}: {value!r} has the wrong form")
        return value

    return check


def choice(*allowed: str) -> Check:
    def check(value: object, where: str) -> str:
        if value not in allowed:
            raise Violation(f"{where}: {value!r} is none of {', '.join(allowed)}")
        return str(value)

    return check


def array(of: Check, low: int, high: int) -> Check:
    def check(value: object, where: str) -> list[object]:
        value = _parsed(value, where)
        if not isinstance(value, list):
            raise Violation(f"{where}: not an array")
        if not low <= len(value) <= high:
            raise Violation(f"{where}: {len(value)} items are not within {low}..{high}")
        return [of(item, f"{where}[{n}]") for n, item in enumerate(value)]

    return check


@dataclass(frozen=True, slots=True)
class Shape:
    """An object, or the parameters of a method. ``rule`` says what is wrong between the fields, if anything is."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    rule: Callable[[Json], str | None] = lambda fields: None

    def __call__(self, value: object, where: str) -> Json:
        value = _parsed(value, where)
        if not isinstance(value, dict):
            raise Violation(f"{where}: not an object")
        known = {**self.required, **self.optional}
        if unknown := value.keys() - known.keys():
            raise Violation(f"{where}: unknown {', '.join(sorted(unknown))}")
        if missing := self.required.keys() - value.keys():
            raise Violation(f"{where}: missing {', '.join(sorted(missing))}")
        fields = {name: known[name](item, f"{where}.{name}") for name, item in value.items()}
        if problem := self.rule(fields):
            raise Violation(f"{where}: {problem}")
        return fields


def _parsed(value: object, where: str) -> object:
    """Nested objects come as JSON text in a form, and as they are in a JSON body."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise Violation(f"{where}: can't parse JSON") from None


def _octets(text: str) -> int:
    return len(text.encode())


def _trimmed(text: str) -> int:
    return units(text.strip())


def _entity_rule(entity: Json) -> str | None:
    return None if ("url" in entity) == (entity["type"] == "text_link") else "url goes with text_link, and only with it"


def _button_rule(button: Json) -> str | None:
    return None if len(button) == 2 else "a button has a text and exactly one action"


def _text_rule(fields: Json) -> str | None:
    return entities.fault(fields["text" if "text" in fields else "message_text"], fields.get("entities", []))


def _results_rule(fields: Json) -> str | None:
    ids = [result["id"] for result in fields["results"]]
    return None if len(set(ids)) == len(ids) else "RESULT_ID_DUPLICATE"


ID = integer(1, 2**52)
CHAT = NUMBER = integer(-(2**52), 2**52)
URL = string(1, 2048, like=r"(https?|tg)://\S+")
UPDATES = array(choice(*UpdateType), 0, 100)
LANGUAGE = string(0, 2, like="|[a-z]{2}")
SCOPE = Shape({"type": choice("default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat")},
              {"chat_id": CHAT})  # fmt: skip
ENTITY = Shape(
    {"type": choice(*sorted(entities.SENDABLE)), "offset": integer(0, 2**16), "length": integer(1, 2**16)},
    {"url": URL, "language": string(1, 64)}, _entity_rule)  # fmt: skip
FORMAT: Mapping[str, Check] = {
    # The number of entities is the business of entities.fault, which has the text as well.
    "entities": array(ENTITY, 0, 2**16),
    "link_preview_options": Shape({}, {
        "is_disabled": boolean, "url": URL, "prefer_small_media": boolean, "prefer_large_media": boolean,
        "show_above_text": boolean}),
}  # fmt: skip
TEXT = string(1, 4096, size=_trimmed)
BUTTON = Shape({"text": string(1, 256)}, {
    "url": URL, "callback_data": string(1, 64, size=_octets), "switch_inline_query": string(0, 256),
    "switch_inline_query_current_chat": string(0, 256)}, _button_rule)  # fmt: skip
KEYBOARD = {"reply_markup": Shape({"inline_keyboard": array(array(BUTTON, 0, 8), 0, 100)})}
REPLY = Shape({"message_id": ID}, {
    "chat_id": CHAT, "allow_sending_without_reply": boolean, "quote": string(1, 1024),
    "quote_position": integer(0, 4096)})  # fmt: skip
INLINE_RESULT = Shape(
    {"type": choice("article"), "id": string(1, 64, size=_octets), "title": string(1, 256),
     "input_message_content": Shape({"message_text": TEXT}, FORMAT, _text_rule)},
    {"description": string(0, 512), "url": URL, **KEYBOARD})  # fmt: skip
COMMAND = Shape({"command": string(1, 32, like="[a-z0-9_]+"), "description": string(1, 256)})
ACTION = choice("typing", "upload_document", "find_location", "choose_sticker")
REACTION = Shape({"type": choice("emoji"), "emoji": choice(*ReactionEmoji)})

METHODS: Mapping[str, Shape] = {
    "getMe": Shape(),
    "getUpdates": Shape({}, {"offset": NUMBER, "limit": integer(1, 100), "timeout": integer(0, 50),
                             "allowed_updates": UPDATES}),
    "setWebhook": Shape({"url": string(0, 2048, like=r"|https?://\S+")}, {
        "secret_token": string(1, 256, like="[A-Za-z0-9_-]+"), "max_connections": integer(1, 100),
        "allowed_updates": UPDATES, "drop_pending_updates": boolean}),
    "deleteWebhook": Shape({}, {"drop_pending_updates": boolean}),
    "getWebhookInfo": Shape(),
    "setMyCommands": Shape({"commands": array(COMMAND, 0, 100)}, {"scope": SCOPE, "language_code": LANGUAGE}),
    "getMyCommands": Shape({}, {"scope": SCOPE, "language_code": LANGUAGE}),
    "deleteMyCommands": Shape({}, {"scope": SCOPE, "language_code": LANGUAGE}),
    "setMyDescription": Shape({}, {"description": string(0, 512), "language_code": LANGUAGE}),
    "setMyShortDescription": Shape({}, {"short_description": string(0, 120), "language_code": LANGUAGE}),
    "sendMessage": Shape({"chat_id": CHAT, "text": TEXT}, {
        "message_thread_id": ID, "disable_notification": boolean, "reply_parameters": REPLY, **FORMAT, **KEYBOARD},
        _text_rule),
    "editMessageText": Shape({"chat_id": CHAT, "message_id": ID, "text": TEXT}, {**FORMAT, **KEYBOARD}, _text_rule),
    "editMessageReplyMarkup": Shape({"chat_id": CHAT, "message_id": ID}, KEYBOARD),
    "deleteMessage": Shape({"chat_id": CHAT, "message_id": ID}),
    "sendChatAction": Shape({"chat_id": CHAT, "action": ACTION}, {"message_thread_id": ID}),
    "setMessageReaction": Shape({"chat_id": CHAT, "message_id": ID}, {
        "reaction": array(REACTION, 0, 1), "is_big": boolean}),
    "answerCallbackQuery": Shape({"callback_query_id": string(1, 64)}, {
        "text": string(0, 200), "show_alert": boolean, "url": URL, "cache_time": integer(0, 2**31)}),
    "answerInlineQuery": Shape({"inline_query_id": string(1, 64), "results": array(INLINE_RESULT, 0, 50)}, {
        "cache_time": integer(0, 2**31), "is_personal": boolean, "next_offset": string(0, 64, size=_octets),
        "button": Shape({"text": string(1, 64), "start_parameter": string(1, 64, like="[A-Za-z0-9_-]+")})},
        _results_rule),
    "answerGuestQuery": Shape({"guest_query_id": string(1, 64), "result": INLINE_RESULT}),
    "getFile": Shape({"file_id": string(1, 200)}),
    "getChat": Shape({"chat_id": CHAT}),
    "getChatMember": Shape({"chat_id": CHAT, "user_id": ID}),
    "leaveChat": Shape({"chat_id": CHAT}),
}  # fmt: skip


def checked(method: str, parameters: Json) -> Json:
    """The typed parameters of a call.

    Raises:
        Violation: the method is unknown, or the parameters are not what it takes.
    """
    if method not in METHODS:
        raise Violation(f"{method}: no method that this bot should use")
    return METHODS[method](parameters, method)
