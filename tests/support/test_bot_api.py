"""The Bot API server of our tests: what it refuses, what it delivers, and python-telegram-bot talking to it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, ContextTypes, MessageHandler, filters

from tests.support.bot_api import BotApi
from tests.support.bot_api.entities import covered, units
from tests.support.bot_api.methods import HANDLERS
from tests.support.bot_api.rules import METHODS

Json = dict[str, Any]
PERSON, GROUP, FORUM = 7, -5, -1001


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api


def post(api: BotApi, path: str, **body: Any) -> httpx.Response:
    # Neither proxies nor certificates: looking for them takes longer than the whole test.
    return httpx.post(f"{api.url}/{path}", trust_env=False, verify=False, **body)


def ask(api: BotApi, method: str, **params: object) -> Json:
    """One raw call with a JSON body."""
    body, headers = json.dumps(params), {"Content-Type": "application/json"}
    answer: Json = post(api, f"bot{api.token}/{method}", content=body, headers=headers).json()
    return answer


def updates(api: BotApi, **params: object) -> list[Json]:
    answer = ask(api, "getUpdates", **params)
    assert answer["ok"], answer
    result: list[Json] = answer["result"]
    return result


def texts(api: BotApi) -> list[str]:
    """Confirms what waits and returns the texts in it."""
    waiting = updates(api)
    if waiting:
        updates(api, offset=waiting[-1]["update_id"] + 1)
    return [one["message"]["text"] for one in waiting if "text" in one.get("message", {})]


def mark(kind: str, offset: int, length: int, **more: str) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


def keyboard(**action: object) -> Json:
    return {"inline_keyboard": [[{"text": "more", **action}]]}


def article(number: int, **more: object) -> Json:
    content = {"message_text": "text"}
    return {"type": "article", "id": str(number), "title": "t", "input_message_content": content, **more}


TEXT_RULES: dict[str, tuple[Json, Json]] = {
    # rule: (accepted, refused), parameters of sendMessage beside the chat
    "not empty": ({"text": " a "}, {"text": " \n "}),
    "at most 4096 units after trimming": ({"text": " " + "😀" * 2048}, {"text": "😀" * 2048 + "a"}),
    "no parse_mode": ({"text": "<b>a</b>"}, {"text": "<b>a</b>", "parse_mode": "HTML"}),
    "no unknown parameters": ({"text": "a"}, {"text": "a", "txet": "b"}),
    "a text is needed": ({"text": "a"}, {}),
    "a string is a string": ({"text": "5"}, {"text": 5}),
    "valid Unicode": ({"text": "\U00010000"}, {"text": "\ud800"}),
    "entity within the text": (
        {"text": "😀b", "entities": [mark("bold", 2, 1)]},
        {"text": "😀b", "entities": [mark("bold", 2, 2)]},
    ),
    "entity does not split a pair": (
        {"text": "😀b", "entities": [mark("bold", 0, 2)]},
        {"text": "😀b", "entities": [mark("bold", 1, 2)]},
    ),
    "entity does not end in a pair": (
        {"text": "b😀", "entities": [mark("bold", 0, 3)]},
        {"text": "b😀", "entities": [mark("bold", 0, 2)]},
    ),
    "entity not before the text": (
        {"text": "ab", "entities": [mark("bold", 0, 1)]},
        {"text": "ab", "entities": [mark("bold", -1, 1)]},
    ),
    "entity not empty": (
        {"text": "ab", "entities": [mark("bold", 0, 1)]},
        {"text": "ab", "entities": [mark("bold", 0, 0)]},
    ),
    "entity of a known type": (
        {"text": "ab", "entities": [mark("spoiler", 0, 1)]},
        {"text": "ab", "entities": [mark("glitter", 0, 1)]},
    ),
    "at most 100 entities": (
        {"text": "ab" * 101, "entities": [mark("bold", 2 * n, 1) for n in range(100)]},
        {"text": "ab" * 101, "entities": [mark("bold", 2 * n, 1) for n in range(101)]},
    ),
    "entities nest": (
        {"text": "abcd", "entities": [mark("bold", 0, 4), mark("italic", 1, 3), mark("blockquote", 0, 4)]},
        {"text": "abcd", "entities": [mark("bold", 0, 3), mark("italic", 1, 3)]},
    ),
    "neighbours do not overlap": (
        {"text": "abcd", "entities": [mark("blockquote", 0, 2), mark("blockquote", 2, 2)]},
        {"text": "abcd", "entities": [mark("blockquote", 0, 3), mark("blockquote", 2, 2)]},
    ),
    "no quote in a quote": (
        {"text": "abcd", "entities": [mark("blockquote", 0, 4), mark("text_link", 1, 1, url="https://a.org")]},
        {"text": "abcd", "entities": [mark("blockquote", 0, 4), mark("expandable_blockquote", 1, 1)]},
    ),
    "no style in code": (
        {"text": "abcd", "entities": [mark("underline", 0, 4), mark("bold", 1, 1)]},
        {"text": "abcd", "entities": [mark("code", 0, 4), mark("bold", 1, 1)]},
    ),
    "no link in a link": (
        {"text": "abcd", "entities": [mark("text_link", 0, 4, url="https://a.org"), mark("bold", 1, 1)]},
        {"text": "abcd", "entities": [mark(*("text_link", 0, n), url="https://a.org") for n in (4, 2)]},
    ),
    "a link has an address": (
        {"text": "ab", "entities": [mark("text_link", 0, 1, url="https://a.org/#:~:text=b")]},
        {"text": "ab", "entities": [mark("text_link", 0, 1)]},
    ),
    "nothing else has an address": (
        {"text": "ab", "entities": [mark("bold", 0, 1)]},
        {"text": "ab", "entities": [mark("bold", 0, 1, url="https://a.org")]},
    ),
    "callback_data is not empty": (
        {"text": "a", "reply_markup": keyboard(callback_data="x")},
        {"text": "a", "reply_markup": keyboard(callback_data="")},
    ),
    "callback_data of at most 64 bytes": (
        {"text": "a", "reply_markup": keyboard(callback_data="é" * 32)},
        {"text": "a", "reply_markup": keyboard(callback_data="é" * 32 + "x")},
    ),
    "web or tg links on buttons": (
        {"text": "a", "reply_markup": keyboard(url="tg://resolve?domain=a")},
        {"text": "a", "reply_markup": keyboard(url="javascript:alert(1)")},
    ),
    "one action per button": (
        {"text": "a", "reply_markup": keyboard(url="https://a.org")},
        {"text": "a", "reply_markup": keyboard(url="https://a.org", callback_data="x")},
    ),
    "an action per button": (
        {"text": "a", "reply_markup": keyboard(switch_inline_query_current_chat="")},
        {"text": "a", "reply_markup": keyboard()},
    ),
    "shape of the link preview": (
        {"text": "a", "link_preview_options": {"is_disabled": True}},
        {"text": "a", "link_preview_options": {"disabled": True}},
    ),
    "types in the link preview": (
        {"text": "a", "link_preview_options": {"is_disabled": False}},
        {"text": "a", "link_preview_options": {"is_disabled": "no"}},
    ),
    "nested objects are JSON": (
        {"text": "a", "link_preview_options": '{"is_disabled": true}'},
        {"text": "a", "link_preview_options": "is_disabled"},
    ),
    "a button has a text": (
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "x"}]]}},
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "", "callback_data": "x"}]]}},
    ),
    "eight buttons in a row": (
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "x"}] * 8]}},
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "x"}] * 9]}},
    ),
    "only inline keyboards": (
        {"text": "a", "reply_markup": {"inline_keyboard": []}},
        {"text": "a", "reply_markup": {"keyboard": [["a"]]}},
    ),
}

METHOD_RULES: dict[str, tuple[str, Json, Json]] = {
    # rule: (method, accepted, refused)
    "quote of at most 1024 units": (
        *("sendMessage", {"chat_id": PERSON, "text": "a", "reply_parameters": {"message_id": 1, "quote": "q" * 1024}}),
        {"chat_id": PERSON, "text": "a", "reply_parameters": {"message_id": 1, "quote": "q" * 1025}},
    ),
    "no formatting in a quote": (
        *("sendMessage", {"chat_id": PERSON, "text": "a", "reply_parameters": {"message_id": 1, "quote": "q"}}),
        {"chat_id": PERSON, "text": "a", "reply_parameters": {"message_id": 1, "quote_parse_mode": "HTML"}},
    ),
    "at most 100 connections": (
        *("setWebhook", {"url": "", "max_connections": 100}),
        {"url": "", "max_connections": 101},
    ),
    "at most 100 commands": (
        *("setMyCommands", {"commands": [{"command": f"c{n}", "description": "d"} for n in range(100)]}),
        {"commands": [{"command": f"c{n}", "description": "d"} for n in range(101)]},
    ),
    "allowed_updates names kinds": (
        *("getUpdates", {"allowed_updates": ["message"]}),
        {"allowed_updates": ["massage"]},
    ),
    "limit within 1..100": ("getUpdates", {"limit": 100}, {"limit": 101}),
    "timeout of at most 50 s": ("getUpdates", {"timeout": 50}, {"timeout": 51}),
    "webhook by http": ("setWebhook", {"url": "http://127.0.0.1:9/"}, {"url": "ftp://a.org"}),
    "letters of the secret": (
        *("setWebhook", {"url": "", "secret_token": "a-B_9"}),
        {"url": "", "secret_token": "a b"},
    ),
    "booleans": ("deleteWebhook", {"drop_pending_updates": True}, {"drop_pending_updates": 3}),
    "names of commands": (
        *("setMyCommands", {"commands": [{"command": "ask_2", "description": "d"}]}),
        {"commands": [{"command": "Ask", "description": "d"}]},
    ),
    "commands have descriptions": (
        *("setMyCommands", {"commands": [{"command": "a", "description": "d"}]}),
        {"commands": [{"command": "a", "description": ""}]},
    ),
    "kinds of command scope": (
        *("deleteMyCommands", {"scope": {"type": "all_group_chats"}}),
        {"scope": {"type": "everybody"}},
    ),
    "two letters of language": ("getMyCommands", {"language_code": "uk"}, {"language_code": "ukr"}),
    "512 of description": ("setMyDescription", {"description": "d" * 512}, {"description": "d" * 513}),
    "120 of short description": (
        *("setMyShortDescription", {"short_description": "d" * 120}),
        {"short_description": "d" * 121},
    ),
    "known chat actions": (
        *("sendChatAction", {"chat_id": PERSON, "action": "typing"}),
        {"chat_id": PERSON, "action": "dancing"},
    ),
    "ids are integers": ("getChat", {"chat_id": str(PERSON)}, {"chat_id": "seven"}),
    "a truth value is no integer": ("getChat", {"chat_id": PERSON}, {"chat_id": True}),
    "known reactions": (
        *("setMessageReaction", {"chat_id": PERSON, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "👀"}]}),
        {"chat_id": PERSON, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "🪑"}]},
    ),
    "one reaction": (
        *("setMessageReaction", {"chat_id": PERSON, "message_id": 1, "reaction": []}),
        {"chat_id": PERSON, "message_id": 1, "reaction": [{"type": "emoji", "emoji": e} for e in "👀🔥"]},
    ),
    "objects are objects": (
        *("setMyCommands", {"commands": []}),
        {"commands": ["ask"]},
    ),
    "arrays are arrays": ("setMyCommands", {"commands": []}, {"commands": {"command": "ask"}}),
    "no parameters for getMe": ("getMe", {}, {"verbose": True}),
}


@pytest.mark.parametrize("rule", TEXT_RULES)
@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
def test_text_rules(api: BotApi, rule: str, method: str) -> None:
    accepted, refused = TEXT_RULES[rule]
    api.user_says(PERSON, "hello")
    place: Json = {"chat_id": PERSON}
    if method == "editMessageText":
        place["message_id"] = ask(api, "sendMessage", chat_id=PERSON, text="first")["result"]["message_id"]
    answer = ask(api, method, **place, **refused)
    assert (answer["ok"], answer["error_code"]) == (False, 400)
    assert api.violations == [answer["description"]]
    assert ask(api, method, **place, **accepted)["ok"]
    assert len(api.violations) == 1


@pytest.mark.parametrize("rule", METHOD_RULES)
def test_method_rules(api: BotApi, rule: str) -> None:
    method, accepted, refused = METHOD_RULES[rule]
    api.user_says(PERSON, "q" * 1025)  # something to quote, and no getUpdates has to wait
    answer = ask(api, method, **refused)
    assert (answer["ok"], answer["error_code"]) == (False, 400)
    assert api.violations == [answer["description"]]
    assert ask(api, method, **accepted)["ok"]
    assert len(api.violations) == 1


def test_every_method_has_rules_and_a_handler() -> None:
    assert METHODS.keys() == HANDLERS.keys()


def test_an_unknown_method_is_refused(api: BotApi) -> None:
    assert ask(api, "sendGame", chat_id=1)["error_code"] == 400
    assert len(api.violations) == len(api.calls) == 1
    assert ask(api, "getMe")["ok"]


def test_a_wrong_token_is_refused(api: BotApi) -> None:
    assert post(api, "bot1:no/getMe").json()["error_code"] == 401
    assert ask(api, "getMe")["result"]["username"] == api.username


def test_forms_and_json_mean_the_same(api: BotApi) -> None:
    api.user_says(PERSON, "hello")
    path = f"bot{api.token}/sendMessage"
    form = {"chat_id": "7", "text": "abc", "entities": '[{"type": "bold", "offset": 0, "length": 2}]'}
    as_parts: dict[str, Any] = {name: (None, value) for name, value in form.items()}
    answers = [post(api, path, data=form), post(api, path, files=as_parts)]
    assert [one.json()["result"]["entities"] for one in answers] == [[mark("bold", 0, 2)]] * 2
    broken = post(api, path, content="{", headers={"Content-Type": "application/json"})
    assert broken.json()["error_code"] == 400


def test_a_text_is_trimmed_and_its_entities_move_along(api: BotApi) -> None:
    api.user_says(PERSON, "hello")
    text, marks = "  abc see a.org ", [mark("blockquote", 0, 5), mark("bold", 15, 1)]
    message = ask(api, "sendMessage", chat_id=PERSON, text=text, entities=marks)["result"]
    assert message["text"] == "abc see a.org"
    assert message["entities"] == [mark("blockquote", 0, 3), mark("url", 8, 5)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("👋🏽 @Quoth_Test_Bot why?", [("mention", "@Quoth_Test_Bot")]),
        ("/ask@quoth_test_bot why", [("bot_command", "/ask@quoth_test_bot")]),
        ("Look, /help!", [("bot_command", "/help")]),
        ("see https://a.org/x?y=1, or b.com.", [("url", "https://a.org/x?y=1"), ("url", "b.com")]),
        ("either/or, me@quoth_test_bot, https://a.org/@quoth_test_bot", [("url", "https://a.org/@quoth_test_bot")]),
        ("@abc is too short", []),
    ],
)
def test_entities_of_people(api: BotApi, text: str, found: list[tuple[str, str]]) -> None:
    message = api.user_says(PERSON, text)
    assert [(one["type"], covered(text, one)) for one in message.get("entities", [])] == found


def test_units_are_utf16() -> None:
    assert [units(text) for text in ("a", "é", "😀", "👋🏽")] == [1, 1, 2, 4]


def test_chats_that_cannot_be_written_to(api: BotApi) -> None:
    assert ask(api, "sendMessage", chat_id=99, text="a")["description"] == "Bad Request: chat not found"
    for chat, status, code in [(PERSON, "kicked", 403), (GROUP, "kicked", 403), (GROUP, "left", 403),
                               (GROUP, "restricted", 400)]:  # fmt: skip
        api.membership(chat, "member")
        assert ask(api, "sendMessage", chat_id=chat, text="a")["ok"]
        api.membership(chat, status)
        assert ask(api, "sendMessage", chat_id=chat, text="a")["error_code"] == code
    assert api.violations == []


def test_replies(api: BotApi) -> None:
    asked = api.user_says(PERSON, "What is new?")

    def reply(**fields: object) -> Json:
        return ask(api, "sendMessage", chat_id=PERSON, text="a", reply_parameters=fields)

    number = asked["message_id"]
    assert reply(message_id=number)["result"]["reply_to_message"]["text"] == "What is new?"
    assert reply(message_id=999)["description"] == "Bad Request: message to be replied not found"
    assert "reply_to_message" not in reply(message_id=999, allow_sending_without_reply=True)["result"]
    assert reply(message_id=number, quote="is new")["result"]["quote"]["text"] == "is new"
    assert reply(message_id=number, quote="is  new")["description"] == "Bad Request: QUOTE_TEXT_INVALID"
    assert reply(message_id=number, chat_id=PERSON)["ok"]
    assert not reply(message_id=number, chat_id=GROUP)["ok"]


def test_topics(api: BotApi) -> None:
    first, second = api.topic(FORUM, "first"), api.topic(FORUM, "second")
    asked = api.user_says(FORUM, "why?", thread=first)
    assert (asked["message_thread_id"], asked["is_topic_message"]) == (first, True)
    assert "forum_topic_created" in asked["reply_to_message"]

    def send(thread: int | None = None, reply: Json | None = None) -> Json:
        place = {} if thread is None else {"message_thread_id": thread}
        to = {} if reply is None else {"reply_parameters": {"message_id": reply["message_id"]}}
        return ask(api, "sendMessage", chat_id=FORUM, text="because", **place, **to)

    assert send(second)["result"]["message_thread_id"] == second
    assert send(999)["description"] == "Bad Request: message thread not found"
    assert send(first, asked)["ok"]
    assert send(None, asked)["result"]["message_thread_id"] == first
    assert not send(second, asked)["ok"]
    assert ask(api, "sendChatAction", chat_id=FORUM, action="typing", message_thread_id=first)["ok"]
    assert not ask(api, "sendChatAction", chat_id=FORUM, action="typing", message_thread_id=999)["ok"]


def test_the_thread_of_a_chain_of_replies_is_no_topic(api: BotApi) -> None:
    root = api.user_says(-1002, "why?")
    answer = api.user_says(-1002, "/why", reply_to=root)
    assert answer["message_thread_id"] == root["message_id"]
    assert "is_topic_message" not in answer
    place = {"chat_id": -1002, "text": "a"}
    assert not ask(api, "sendMessage", **place, message_thread_id=answer["message_thread_id"])["ok"]
    assert ask(api, "sendMessage", **place)["ok"]


def test_edits_and_deletions(api: BotApi) -> None:
    own = api.user_says(GROUP, "mine")
    sent = ask(api, "sendMessage", chat_id=GROUP, text="a", reply_markup=keyboard(callback_data="x"))["result"]
    place = {"chat_id": GROUP, "message_id": sent["message_id"]}
    same = ask(api, "editMessageText", **place, text=" a", reply_markup=keyboard(callback_data="x"))
    assert same["description"].startswith("Bad Request: message is not modified")
    assert ask(api, "editMessageReplyMarkup", **place)["ok"]
    assert not ask(api, "editMessageReplyMarkup", **place)["ok"]
    assert ask(api, "editMessageText", **place, text="b")["result"]["text"] == "b"
    assert [one["text"] for one in api.sent(GROUP)] == ["b"]
    foreign = {"chat_id": GROUP, "message_id": own["message_id"]}
    assert ask(api, "editMessageText", **foreign, text="b")["description"] == "Bad Request: message can't be edited"
    assert ask(api, "deleteMessage", **foreign)["description"] == "Bad Request: message can't be deleted"
    api.membership(GROUP, "administrator")
    assert ask(api, "deleteMessage", **foreign)["ok"]
    theirs = api.user_says(PERSON, "theirs")
    assert ask(api, "deleteMessage", chat_id=PERSON, message_id=theirs["message_id"])["ok"]
    assert ask(api, "setMessageReaction", **place)["ok"]
    assert ask(api, "deleteMessage", **place)["ok"]
    assert api.sent(GROUP) == []
    for method, more in [("deleteMessage", {}), ("setMessageReaction", {}), ("editMessageText", {"text": "c"})]:
        assert not ask(api, method, **place, **more)["ok"]


def test_a_callback_query_is_answered_once(api: BotApi) -> None:
    api.user_says(PERSON, "hello")
    sent = ask(api, "sendMessage", chat_id=PERSON, text="a", reply_markup=keyboard(callback_data="x"))["result"]
    query = api.press(sent, "more")
    assert (query["data"], query["from"]["id"]) == ("x", PERSON)
    assert updates(api)[-1]["callback_query"]["message"]["message_id"] == sent["message_id"]
    assert not ask(api, "answerCallbackQuery", callback_query_id="5")["ok"]
    assert not ask(api, "answerInlineQuery", inline_query_id=query["id"], results=[])["ok"]
    assert ask(api, "answerCallbackQuery", callback_query_id=query["id"], text="t" * 200)["ok"]
    assert not ask(api, "answerCallbackQuery", callback_query_id=query["id"])["ok"]
    assert api.violations == []
    assert not ask(api, "answerCallbackQuery", callback_query_id=api.press(sent, "x")["id"], text="t" * 201)["ok"]
    assert len(api.violations) == 1
    with pytest.raises(LookupError, match="no button 'less'"):
        api.press(sent, "less")


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        ({"results": [article(1), article(2)]}, {"results": [article(1), article(1)]}),
        ({"results": [article(n) for n in range(50)]}, {"results": [article(n) for n in range(51)]}),
        ({"results": [article(1, description="d")]}, {"results": [article(1, descripton="d")]}),
        ({"results": [], "next_offset": "é" * 32}, {"results": [], "next_offset": "é" * 33}),
        ({"results": []}, {"results": [{**article(1), "input_message_content": {"message_text": ""}}]}),
        ({"results": []}, {"results": [{**article(1), "input_message_content": {
            "message_text": "a", "entities": [mark("bold", 0, 2)]}}]}),
    ],
)  # fmt: skip
def test_inline_queries(api: BotApi, accepted: Json, refused: Json) -> None:
    query = api.inline("who", user=PERSON)
    assert updates(api)[0]["inline_query"]["query"] == "who"
    assert not ask(api, "answerInlineQuery", inline_query_id=query["id"], **refused)["ok"]
    assert len(api.violations) == 1
    assert ask(api, "answerInlineQuery", inline_query_id=query["id"], **accepted)["ok"]
    assert not ask(api, "answerInlineQuery", inline_query_id=query["id"], **accepted)["ok"]


def test_commands_are_kept_by_scope_and_language(api: BotApi) -> None:
    commands = [{"command": "ask", "description": "Ask"}]
    groups = {"scope": {"type": "all_group_chats"}, "language_code": "uk"}
    assert ask(api, "setMyCommands", commands=commands, **groups)["ok"]
    assert ask(api, "getMyCommands", **groups)["result"] == commands
    assert ask(api, "getMyCommands")["result"] == []
    assert ask(api, "deleteMyCommands", **groups)["ok"]
    assert ask(api, "getMyCommands", **groups)["result"] == []


def test_what_the_bot_can_learn_of_chats(api: BotApi) -> None:
    api.user_says(GROUP, "hello", user=PERSON)
    assert ask(api, "getChat", chat_id=GROUP)["result"]["type"] == "group"
    assert ask(api, "getChat", chat_id=99)["description"] == "Bad Request: chat not found"

    def status(user: int) -> object:
        answer = ask(api, "getChatMember", chat_id=GROUP, user_id=user)
        return answer["result"]["status"] if answer["ok"] else answer["description"]

    api.membership(GROUP, "administrator", of=PERSON)
    api.user(8, first_name="Eight")
    bot = ask(api, "getMe")["result"]["id"]
    assert [status(user) for user in (PERSON, 8, bot)] == ["administrator", "left", "member"]
    assert status(99) == "Bad Request: user not found"
    assert ask(api, "leaveChat", chat_id=GROUP)["ok"]
    assert status(bot) == "left"
    assert ask(api, "leaveChat", chat_id=GROUP)["error_code"] == 403


def test_offsets_confirm(api: BotApi) -> None:
    for text in "abcd":
        api.user_says(PERSON, text)
    first = updates(api, limit=1)
    assert [one["message"]["text"] for one in first] == ["a"]
    assert updates(api, limit=1) == first, "not confirmed, so delivered again"
    assert [one["message"]["text"] for one in updates(api, offset=first[0]["update_id"] + 1)] == ["b", "c", "d"]
    assert [one["message"]["text"] for one in updates(api, offset=-1)] == ["d"]
    with pytest.raises(AssertionError, match="no updates left"):
        api.wait_idle(timeout=0)
    last = updates(api)
    assert len(last) == 1, "a negative offset forgets those before"
    assert updates(api, offset=last[0]["update_id"] + 1) == []
    api.wait_idle()


def test_a_second_poller_ends_the_first_and_news_end_a_long_poll(api: BotApi) -> None:
    with ThreadPoolExecutor(2) as pool:
        pollers = [pool.submit(ask, api, "getUpdates", timeout=50) for _ in range(2)]
        ended, waiting = wait(pollers, return_when=FIRST_COMPLETED)
        assert [one.result()["error_code"] for one in ended] == [409]
        api.user_says(PERSON, "hello")
        assert [one.result()["result"][0]["message"]["text"] for one in waiting] == ["hello"]


def test_a_poller_that_hung_up_is_no_second_poller(api: BotApi) -> None:
    body = b"timeout=50"
    head = f"POST /bot{api.token}/getUpdates HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", int(api.url.rpartition(":")[2]))) as line:
        line.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + body)
        assert ask(api, "getMe")["ok"]
    assert updates(api) == []
    assert [call.method for call in api.calls] == ["getMe"]


def test_what_a_test_holds_does_not_change(api: BotApi) -> None:
    asked = api.user_says(PERSON, "a")
    sent = ask(api, "sendMessage", chat_id=PERSON, text="b")["result"]
    api.edit(asked, "c")
    assert ask(api, "editMessageText", chat_id=PERSON, message_id=sent["message_id"], text="d")["ok"]
    assert asked["text"] == "a"
    assert [call.result["text"] for call in api.calls if isinstance(call.result, dict)] == ["b", "d"]


def test_only_supergroups_number_their_messages_for_themselves(api: BotApi) -> None:
    chats = [PERSON, GROUP, -1002, PERSON, -1003, -1002]
    assert [api.user_says(chat, "a")["message_id"] for chat in chats] == [1, 2, 1, 3, 1, 2]


def test_only_the_kinds_asked_for(api: BotApi) -> None:
    updates(api, allowed_updates=["edited_message"])
    message = api.user_says(PERSON, "a")
    assert api.edit(message, "b /c")["entities"] == [mark("bot_command", 2, 2)]
    assert [[*one] for one in updates(api)] == [["update_id", "edited_message"]]
    updates(api, allowed_updates=[])
    api.user_says(PERSON, "c")
    assert [one["message"]["text"] for one in updates(api)[1:]] == ["c"]


def test_a_message_may_be_old(api: BotApi) -> None:
    api.user_says(PERSON, "a", date=1_000_000_000)
    assert updates(api)[0]["message"]["date"] == 1_000_000_000


GROUP_TALK = ["hello", "/ask why", "/ask@quoth_test_bot why", "/ask@other_bot why", "so, @Quoth_Test_Bot, why"]


@pytest.mark.parametrize(
    ("privacy", "mentions", "seen"),
    [(True, False, [2]), (True, True, [2, 4]), (False, False, [0, 1, 2, 3, 4])],
)
def test_privacy_mode(privacy: bool, mentions: bool, seen: list[int]) -> None:
    with BotApi(privacy=privacy, mentions_with_privacy=mentions) as api:
        assert ask(api, "getMe")["result"]["can_read_all_group_messages"] is not privacy
        said = [api.user_says(GROUP, text) for text in GROUP_TALK]
        assert texts(api) == [GROUP_TALK[n] for n in seen]
        ours = ask(api, "sendMessage", chat_id=GROUP, text="because")["result"]
        api.user_says(GROUP, "to you", reply_to=ours)
        assert texts(api) == ["to you"]
        api.user_says(GROUP, "/bare")
        api.user_says(GROUP, "not /first")
        assert texts(api) == ["/bare", "not /first"][: 1 if privacy else 2], "the bot was the last bot to write"
        api.user(8, is_bot=True)
        api.user_says(GROUP, "I am a bot", user=8)
        assert texts(api) == [], "bots do not see bots"
        api.user_says(GROUP, "/bare")
        api.user_says(GROUP, "to another", reply_to=said[0])
        assert texts(api) == ([] if privacy else ["/bare", "to another"])
        api.membership(GROUP, "administrator")
        api.user_says(GROUP, "to all")
        assert texts(api) == ["to all"], "an administrator sees everything"
        api.membership(GROUP, "kicked")
        api.user_says(GROUP, "@quoth_test_bot /ask@quoth_test_bot")
        assert texts(api) == []


def test_membership_is_told(api: BotApi) -> None:
    api.membership(GROUP, "member", user=PERSON)
    change, arrival = updates(api)
    states = [change["my_chat_member"][f"{when}_chat_member"]["status"] for when in ("old", "new")]
    assert states == ["left", "member"]
    assert arrival["message"]["new_chat_members"][0]["username"] == api.username


@pytest.mark.parametrize(("code", "kind"), [(429, "json"), (403, "json"), (500, "html"), (502, "html")])
def test_scripted_answers(api: BotApi, code: int, kind: str) -> None:
    api.user_says(PERSON, "hello")
    api.fail("sendMessage", times=2, code=code, retry_after=3)
    assert ask(api, "getChat", chat_id=PERSON)["ok"], "only the method named fails"
    for _ in range(2):
        answer = post(api, f"bot{api.token}/sendMessage", data={"chat_id": PERSON, "text": "a"})
        assert answer.status_code == code
        assert kind in answer.headers["Content-Type"]
        if code == 429:
            assert answer.json()["parameters"] == {"retry_after": 3}
    assert api.sent(PERSON) == []
    assert ask(api, "sendMessage", chat_id=PERSON, text="a")["ok"]
    assert [call.code for call in api.calls] == [200, code, code, 200]
    assert len(api.wait_for("sendMessage")) == 1


@pytest.mark.parametrize(("kind", "taken"), [("drop_before", 0), ("drop_after", 1)])
def test_scripted_drops(api: BotApi, kind: Any, taken: int) -> None:
    api.user_says(PERSON, "hello")
    api.fail("sendMessage", kind=kind)
    with pytest.raises(httpx.TransportError):
        ask(api, "sendMessage", chat_id=PERSON, text="a")
    assert len(api.sent(PERSON)) == taken
    assert ask(api, "getMe")["ok"]
    assert ask(api, "sendMessage", chat_id=PERSON, text="a")["ok"]
    assert len(api.sent(PERSON)) == taken + 1


def test_waiting_in_vain_says_what_was_called(api: BotApi) -> None:
    api.user_says(PERSON, "hello")
    ask(api, "sendMessage", chat_id=PERSON, text="a")
    with pytest.raises(AssertionError, match="waited 0 s for 2 x sendMessage"):
        api.wait_for("sendMessage", 2, timeout=0)
    with pytest.raises(AssertionError):
        api.wait_for("sendMessage", since=1, timeout=0)
    with pytest.raises(AssertionError):
        api.wait_for("sendMessage", chat=GROUP, timeout=0)
    assert api.wait_for("sendMessage", chat=PERSON)[0].params["text"] == "a"


async def test_a_webhook_gets_each_update_until_it_takes_it(api: BotApi) -> None:
    statuses, seen = [500, 200, 503, 204], []

    async def take(request: web.Request) -> web.Response:
        seen.append(((await request.json())["message"]["text"], request.headers["X-Telegram-Bot-Api-Secret-Token"]))
        return web.Response(status=statuses[len(seen) - 1])

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        for text in "ab":
            api.user_says(PERSON, text)
        assert ask(api, "getWebhookInfo")["result"]["pending_update_count"] == 2
        assert ask(api, "setWebhook", url=hook, secret_token="s3cret")["ok"]
        assert ask(api, "getUpdates")["error_code"] == 409
        await asyncio.to_thread(api.wait_idle)
    finally:
        await runner.cleanup()
    assert seen == [("a", "s3cret"), ("a", "s3cret"), ("b", "s3cret"), ("b", "s3cret")]
    assert ask(api, "getWebhookInfo")["result"]["url"] == hook
    api.user_says(PERSON, "c")
    assert ask(api, "deleteWebhook")["ok"]
    assert [one["message"]["text"] for one in updates(api)] == ["c"]
    assert ask(api, "deleteWebhook", drop_pending_updates=True)["ok"]
    assert updates(api) == []


THANKS = InlineKeyboardButton("Thanks", callback_data="thanks")


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_message
    said, buttons = f"You said: {update.effective_message.text}", InlineKeyboardMarkup([[THANKS]])
    await update.effective_message.reply_text(said, do_quote=True, reply_markup=buttons)


async def _thank(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query
    await update.callback_query.answer("You are welcome")


@asynccontextmanager
async def echo_bot(api: BotApi, *, webhook: bool) -> AsyncIterator[None]:
    builder = ApplicationBuilder().token(api.token).base_url(f"{api.url}/bot").base_file_url(f"{api.url}/file/bot")
    application: Application[Any, Any, Any, Any, Any, Any] = builder.build()
    application.add_handler(MessageHandler(filters.TEXT, _echo))
    application.add_handler(CallbackQueryHandler(_thank))
    async with application:
        assert application.updater
        await application.start()
        if webhook:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            hook = f"http://127.0.0.1:{port}/hook"
            await application.updater.start_webhook("127.0.0.1", port, "hook", webhook_url=hook, secret_token="s3cret")
        else:
            await application.updater.start_polling()
        yield
        await application.updater.stop()
        await application.stop()


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_python_telegram_bot_echoes(webhook: bool) -> None:
    def talk(api: BotApi) -> None:
        asked = api.user_says(PERSON, "😀 why?")
        api.wait_for("sendMessage", chat=PERSON)
        (answer,) = api.sent(PERSON)
        assert answer["text"] == "You said: 😀 why?"
        assert answer["reply_to_message"]["message_id"] == asked["message_id"]
        api.press(answer, "Thanks")
        assert api.wait_for("answerCallbackQuery")[0].params["text"] == "You are welcome"
        thread = api.topic(FORUM, "news")
        api.user_says(FORUM, "not for the bot", thread=thread)
        api.user_says(FORUM, f"/ask@{api.username} why?", thread=thread)
        api.wait_for("sendMessage", chat=FORUM)
        assert [one["message_thread_id"] for one in api.sent(FORUM)] == [thread]
        api.wait_idle()
        assert len(api.wait_for("sendMessage")) == 2

    with BotApi() as api:
        async with echo_bot(api, webhook=webhook):
            await asyncio.to_thread(talk, api)
        assert api.violations == []


async def test_python_telegram_bot_presses_on_after_a_restart(api: BotApi) -> None:
    api.user_says(PERSON, "first")
    async with echo_bot(api, webhook=False):
        await asyncio.to_thread(api.wait_for, "sendMessage")
    api.user_says(PERSON, "second")
    async with echo_bot(api, webhook=False):
        await asyncio.to_thread(api.wait_for, "sendMessage", 2)
    assert [one["text"] for one in api.sent(PERSON)] == ["You said: first", "You said: second"]
