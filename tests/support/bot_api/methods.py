"""What the methods do. Each takes the world and the typed parameters of a call and gives its ``result``."""

import json
import time
from collections.abc import Callable, Mapping

from tests.support.bot_api.entities import Json, detect, trim
from tests.support.bot_api.rules import Refused
from tests.support.bot_api.world import Chat, Webhook, World, member

STALE = "Bad Request: query is too old and response timeout expired or query ID is invalid"
SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def get_me(world: World, _: Json) -> Json:
    flags = {"supports_inline_queries": True, "can_connect_to_business": False, "has_main_web_app": False}
    return {**world.bot, "can_join_groups": True, "can_read_all_group_messages": not world.privacy, **flags}


def send_message(world: World, p: Json) -> Json:
    chat = world.target(p["chat_id"])
    thread = _thread(chat, p)
    reply = p.get("reply_parameters", {})
    if reply.get("chat_id", chat.id) != chat.id:
        raise Refused("Bad Request: message to be replied not found")
    replied = chat.messages.get(reply.get("message_id", 0))
    if reply and not replied and not reply.get("allow_sending_without_reply"):
        raise Refused("Bad Request: message to be replied not found")
    if replied and reply.get("quote", "") not in replied.get("text", ""):
        raise Refused("Bad Request: QUOTE_TEXT_INVALID")
    if replied and thread and thread not in {replied.get("message_thread_id"), replied["message_id"]}:
        raise Refused("Bad Request: message to be replied not found in the topic")
    extra = {"reply_markup": p["reply_markup"]} if _buttons(p) else {}
    if replied and "quote" in reply:
        extra["quote"] = {"text": reply["quote"], "position": reply.get("quote_position", 0), "is_manual": True}
    sender, marks = world.bot, p.get("entities", [])
    return world.add_message(chat, sender, p["text"], marks, reply_to=replied, thread=thread, **extra)


def edit_message_text(world: World, p: Json) -> Json:
    text, entities = trim(p["text"], p.get("entities", []))
    content = {"text": text, "entities": detect(text, entities), "reply_markup": _buttons(p)}
    return _edit(_own(world, p), content)


def edit_message_reply_markup(world: World, p: Json) -> Json:
    return _edit(_own(world, p), {"reply_markup": _buttons(p)})


def delete_message(world: World, p: Json) -> bool:
    chat = world.target(p["chat_id"])
    message = chat.messages.get(p["message_id"])
    if message is None:
        raise Refused("Bad Request: message to delete not found")
    if message["from"] != world.bot and chat.kind != "private" and chat.status != "administrator":
        raise Refused("Bad Request: message can't be deleted")
    del chat.messages[p["message_id"]]
    return True


def send_chat_action(world: World, p: Json) -> bool:
    _thread(world.target(p["chat_id"]), p)
    return True


def set_message_reaction(world: World, p: Json) -> bool:
    if p["message_id"] not in world.target(p["chat_id"]).messages:
        raise Refused("Bad Request: message to react not found")
    return True


def answer_callback_query(world: World, p: Json) -> bool:
    return _answer(world, p["callback_query_id"], "callback_query")


def answer_inline_query(world: World, p: Json) -> bool:
    return _answer(world, p["inline_query_id"], "inline_query")


def answer_guest_query(world: World, p: Json) -> Json:
    _answer(world, p["guest_query_id"], "guest_message")
    return {"inline_message_id": "guest"}


def get_file(world: World, p: Json) -> Json:
    if p["file_id"] not in world.files:
        raise Refused("Bad Request: invalid file_id")
    size = len(world.files[p["file_id"]])
    path = f"documents/{p['file_id']}"
    return {"file_id": p["file_id"], "file_unique_id": p["file_id"], "file_size": size, "file_path": path}


def get_chat(world: World, p: Json) -> Json:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    return {**world.find(p["chat_id"]).public(), **more}


def get_chat_member(world: World, p: Json) -> Json:
    chat = world.find(p["chat_id"])
    if p["user_id"] not in world.users:
        raise Refused("Bad Request: user not found")
    own = p["user_id"] == world.bot["id"]
    return member(world.user(p["user_id"]), chat.status if own else chat.members.get(p["user_id"], "left"))


def leave_chat(world: World, p: Json) -> bool:
    world.target(p["chat_id"]).status = "left"
    return True


def set_my_commands(world: World, p: Json) -> bool:
    world.commands[_scope(p)] = p["commands"]
    return True


def get_my_commands(world: World, p: Json) -> list[Json]:
    return world.commands.get(_scope(p), [])


def delete_my_commands(world: World, p: Json) -> bool:
    world.commands.pop(_scope(p), None)
    return True


def accept(world: World, p: Json) -> bool:
    """A setting that nothing here reads again: its call is on record."""
    return True


def set_webhook(world: World, p: Json) -> bool:
    _restart_updates(world, p)
    world.webhook = Webhook(p["url"], p.get("secret_token")) if p["url"] else None
    world.webhook_error = None
    return True


def delete_webhook(world: World, p: Json) -> bool:
    return set_webhook(world, {**p, "url": ""})


def get_webhook_info(world: World, _: Json) -> Json:
    info = {"url": world.webhook.url if world.webhook else "", "has_custom_certificate": False,
            "pending_update_count": len(world.updates)}  # fmt: skip
    error = {"last_error_date": int(time.time()), "last_error_message": world.webhook_error}
    return {**info, **error} if world.webhook_error else info


async def get_updates(world: World, p: Json) -> list[Json]:
    """Long polling; a newer call ends one that still waits."""
    if world.webhook:
        raise Refused("Conflict: can't use getUpdates method while webhook is active", 409)
    _restart_updates(world, p)
    mine, offset = world.poll, p.get("offset", 0)
    if offset < 0:
        world.updates = world.updates[offset:]
    world.updates = [update for update in world.updates if update["update_id"] >= offset]
    world.liveness.beat()
    await world.liveness.until(lambda: world.updates or world.poll != mine, p.get("timeout", 0))
    if world.poll != mine:
        raise Refused("Conflict: terminated by other getUpdates request or setWebhook", 409)
    return world.updates[: p.get("limit", 100)]


def _restart_updates(world: World, p: Json) -> None:
    world.poll += 1
    if "allowed_updates" in p:
        world.allowed = frozenset(p["allowed_updates"]) or None
    if p.get("drop_pending_updates"):
        world.updates.clear()


def _thread(chat: Chat, p: Json) -> int | None:
    thread: int | None = p.get("message_thread_id")
    if thread is not None and thread not in chat.topics:
        raise Refused("Bad Request: message thread not found")
    return thread


def _buttons(p: Json) -> Json | None:
    """The keyboard, if it has any buttons."""
    keyboard: Json = p.get("reply_markup", {"inline_keyboard": []})
    return keyboard if any(keyboard["inline_keyboard"]) else None


def _own(world: World, p: Json) -> Json:
    message = world.target(p["chat_id"]).messages.get(p["message_id"])
    if message is None:
        raise Refused("Bad Request: message to edit not found")
    if message["from"] != world.bot:
        raise Refused("Bad Request: message can't be edited")
    return message


def _edit(message: Json, content: Json) -> Json:
    if all((message.get(key) or None) == (value or None) for key, value in content.items()):
        raise Refused(SAME)
    for key, value in content.items():
        message.pop(key, None)
        if value:
            message[key] = value
    message["edit_date"] = int(time.time())
    return message


def _answer(world: World, query: str, kind: str) -> bool:
    if world.queries.get(query) != kind:
        raise Refused(STALE)
    del world.queries[query]
    return True


def _scope(p: Json) -> str:
    return json.dumps([p.get("scope", {"type": "default"}), p.get("language_code", "")], sort_keys=True)


HANDLERS: Mapping[str, Callable[[World, Json], object]] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyDescription": accept,
    "setMyShortDescription": accept,
    "sendMessage": send_message,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "sendChatAction": send_chat_action,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
    "answerInlineQuery": answer_inline_query,
    "answerGuestQuery": answer_guest_query,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "leaveChat": leave_chat,
}
