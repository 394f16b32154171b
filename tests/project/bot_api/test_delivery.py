"""The Bot API server of our tests: what it delivers, and python-telegram-bot talking to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, ContextTypes, MessageHandler, filters

from tests.project.bot_api.raw import FORUM, GROUP, PERSON, ask, mark, post, texts, updates
from tests.support.bot_api import BotApi


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
