"""The Bot API server of our tests: what it refuses."""

from typing import Any

import pytest

from tests.project.bot_api.raw import PERSON, Json, ask, keyboard, mark, post
from tests.support.bot_api import BotApi
from tests.support.bot_api.entities import covered, units
from tests.support.bot_api.methods import HANDLERS
from tests.support.bot_api.rules import METHODS

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
