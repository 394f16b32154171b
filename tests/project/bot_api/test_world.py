"""The Bot API server of our tests: chats, messages, queries, members."""

import pytest

from tests.project.bot_api.raw import FORUM, GROUP, PERSON, Json, article, ask, keyboard, mark, updates
from tests.support.bot_api import BotApi


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
