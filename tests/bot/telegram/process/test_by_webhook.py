"""The real process by webhook, through a day of manners and mishaps."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from bot.wording.texts import texts_for
from tests.support.articles import ASK_KILN, ASK_OTTERS, KILN, OTTERS, POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.process import (
    SECRET,
    START,
    Bot,
    Json,
    ask,
    assert_silent,
    free_port,
    person,
    quoted,
    stock,
    wait_for_failing,
)

pytestmark = pytest.mark.timeout(300)
ENGLISH = texts_for("en")
GROUP, FORUM = -1007700000001, -1007700000002


def links(message: Json) -> list[str]:
    return [e["url"] for e in message.get("entities", []) if e["type"] == "text_link"]


def answers(api: BotApi, chat: int, said: Callable[[], object], count: int = 1) -> list[Json]:
    """The messages that reach a chat once something was said."""
    seen = len(api.calls)
    said()
    return [call.params for call in api.wait_for("sendMessage", count, since=seen, chat=chat, timeout=60)]


class Hook:
    """The address that Telegram posts to; here it is posted to by hand, as Telegram and as somebody else would."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._number = 5000

    def update(self, kind: str, **fields: Any) -> Json:
        self._number += 1
        return {"update_id": self._number, kind: fields}

    def message(self, chat: int, **fields: Any) -> Json:
        someone = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "en"}
        where = {"id": chat, "type": "private", "first_name": "A"}
        return self.update(
            "message", **{"message_id": 900_000, "date": 1_800_000_000, "chat": where, "from": someone, **fields}
        )

    def post(self, update: Json, secret: str | None = SECRET) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
        return httpx.post(self.url, json=update, headers=headers, trust_env=False, timeout=30).status_code


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    with BotApi(privacy=False) as server:
        yield server


@pytest.fixture(scope="module")
def hook() -> Hook:
    return Hook(f"http://127.0.0.1:{free_port()}/hook")


@pytest.fixture(scope="module")
def bot(api: BotApi, hook: Hook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """One process for all of ``TestByWebhook``; what it must never have done is looked at when it has stopped."""
    folder = tmp_path_factory.mktemp("webhook")
    stock(folder)
    port = hook.url.rpartition(":")[2].partition("/")[0]
    settings = {"QUOTH_WEBHOOK_URL": hook.url, "QUOTH_WEBHOOK_PORT": port, "QUOTH_WEBHOOK_SECRET": SECRET}
    api.fail("setWebhook", code=400)
    with Bot(api, folder, **settings) as running:
        api.wait_for("setWebhook", timeout=START)
        assert "refuses QUOTH_WEBHOOK_URL" in running.log
        api.user_says(person(0), "/start")
        api.wait_for("sendMessage", chat=person(0), timeout=START)  # now the port is open for sure
        yield running
        assert running.stop() == 0
    assert api.violations == []
    assert_silent(running.log, api)
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as database:
        (kept,) = [table for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
                   if any("xylophone" in str(row) for row in database.execute(f"SELECT * FROM {table}"))]  # fmt: skip
        columns = [row[1] for row in database.execute(f"PRAGMA table_info ({kept})")]
        assert (kept, columns) == ("unanswered", ["article", "folded", "question", "times", "day"])


@pytest.mark.usefixtures("bot")
class TestByWebhook:
    def test_the_command_menu_is_set(self, api: BotApi) -> None:
        call = next(call for call in api.calls if call.method == "setMyCommands")
        names = [command["command"] for command in call.params["commands"]]
        assert sorted(names) == ["article", "ask", "forget", "help", "sources", "start", "summary"]

    def test_a_private_question(self, api: BotApi) -> None:
        chat = person(1)
        question = api.user_says(chat, ASK_KILN)
        (sent,) = [call.params for call in api.wait_for("sendMessage", chat=chat)]
        assert quoted(sent) == [KILN]
        assert sent["reply_parameters"]["message_id"] == question["message_id"]
        assert "[1] ¶ 2 · Wend Weekly" in sent["text"]
        assert [link.partition("#:~:text=")[0] for link in links(sent)] == [POTTERY.url]
        assert all(link.partition("#:~:text=")[2] for link in links(sent))

    def test_the_closest_passage_takes_the_place_of_no_answer(self, api: BotApi) -> None:
        chat = person(2)
        sent = ask(api, chat, "Which xylophone did Mozart prefer?")
        assert sent["text"] == ENGLISH.no_answer_anywhere
        seen = len(api.calls)
        api.press(api.sent(chat)[0], ENGLISH.closest_button)
        api.wait_for("answerCallbackQuery", since=seen)
        api.wait_for("editMessageText", since=seen)
        (message,) = api.sent(chat)
        assert message["message_id"] == 1 + sent["reply_parameters"]["message_id"]
        (quote,) = quoted(message)
        assert quote in POTTERY.text + RIVER.text
        assert links(message)
        seen = len(api.calls)
        api.press(message, ENGLISH.back_button)
        api.wait_for("editMessageText", since=seen)
        assert api.sent(chat)[0]["text"] == ENGLISH.no_answer_anywhere

    def test_small_talk_gets_a_short_fitting_reply(self, api: BotApi) -> None:
        for said, reply in (("Thank you!", ENGLISH.thanks), ("🎉", ENGLISH.symbols), ("hello", ENGLISH.greeting)):
            sent = ask(api, person(21), said)
            assert sent["text"] == reply
            assert "reply_markup" not in sent

    def test_a_button_pressed_twice_does_no_harm(self, api: BotApi, hook: Hook) -> None:
        chat = person(3)
        ask(api, chat, "/article")
        seen = len(api.calls)
        query = api.press(api.sent(chat)[0], RIVER.title)
        api.wait_for("answerCallbackQuery", since=seen)
        # Pressed a second time before the first had an effect, but so long ago that it can't be acknowledged any more.
        assert hook.post(hook.update("callback_query", **{**query, "id": "1"})) == 200
        wait_for_failing(api, "answerCallbackQuery", seen)
        (message,) = api.sent(chat)
        assert message["text"] == f"Now answering from “{RIVER.title}”."
        assert ask(api, chat, ASK_KILN)["text"] == f"“{RIVER.title}” does not say."
        assert quoted(ask(api, chat, ASK_OTTERS)) == [OTTERS]
        assert RIVER.title in ask(api, chat, "/start")["text"]

    def test_an_article_is_offered_by_the_words_of_its_title(self, api: BotApi) -> None:
        ask(api, person(4), "/article OTTERS")
        (message,) = api.sent(person(4))
        assert [one["text"] for row in message["reply_markup"]["inline_keyboard"] for one in row] == [RIVER.title]

    def test_summary_and_sources_of_the_chosen_article(self, api: BotApi) -> None:
        chat = person(5)
        assert "I have not quoted anything here yet." in ask(api, chat, "/sources")["text"]
        ask(api, chat, ASK_OTTERS)
        sources = ask(api, chat, "/sources")
        assert RIVER.title in sources["text"]
        assert quoted(sources) == [OTTERS]
        summary = ask(api, chat, "/summary")
        places = [RIVER.text.index(quote) for quote in quoted(summary)]
        assert places == sorted(places)
        assert len(links(summary)) == len(quoted(summary)) >= 2

    def test_a_group_hears_it_only_when_it_is_addressed(self, api: BotApi) -> None:
        for nothing in (ASK_KILN, f"/ask@other_bot {ASK_KILN}", "@other_bot hm?", "/unknown", f"x@{api.username}.org"):
            api.user_says(GROUP, nothing, user=person(6))
        first = api.user_says(GROUP, f"👩‍👩‍👧‍👦🇺🇦 @{api.username.swapcase()}, {ASK_KILN}", user=person(6))
        (sent,) = [call.params for call in api.wait_for("sendMessage", chat=GROUP)]
        assert quoted(sent) == [KILN]
        assert sent["reply_parameters"]["message_id"] == first["message_id"]
        assert quoted(ask(api, GROUP, f"/ask@{api.username} {ASK_OTTERS}", user=person(6))) == [OTTERS]
        assert quoted(ask(api, GROUP, ASK_KILN, user=person(7), reply_to=api.sent(GROUP)[-1])) == [KILN]
        assert ask(api, GROUP, f"@{api.username}", user=person(7))["text"].startswith("What would you like to know?")
        assert len(api.sent(GROUP)) == 4

    def test_a_topic_is_answered_in_the_topic(self, api: BotApi) -> None:
        api.topic(FORUM, "Rivers")
        crafts = api.topic(FORUM, "Crafts")
        sent = ask(api, FORUM, f"/ask@{api.username} {ASK_KILN}", user=person(8), thread=crafts)
        assert quoted(sent) == [KILN]
        assert sent["message_thread_id"] == crafts
        sent = ask(api, FORUM, f"/ask@{api.username} {ASK_KILN}", user=person(8))  # in General, which has no number
        assert "message_thread_id" not in sent

    def test_an_edited_question_gets_its_answer_edited(self, api: BotApi) -> None:
        chat, seen = person(9), len(api.calls)
        question = api.user_says(chat, ASK_KILN)
        api.wait_for("sendMessage", since=seen, chat=chat)
        api.edit(question, ASK_OTTERS)
        api.wait_for("editMessageText", since=seen)
        (message,) = api.sent(chat)
        assert quoted(message) == [OTTERS]

    def test_a_photo_is_told_to_write_unless_its_caption_asks(self, api: BotApi, hook: Hook) -> None:
        chat = person(10)
        photo = [{"file_id": "x", "file_unique_id": "y", "width": 9, "height": 9}]
        ask(api, chat, "/start")
        (sent,) = answers(api, chat, lambda: hook.post(hook.message(chat, photo=photo)))
        assert sent["text"] == "I can only read text. Please write your question."
        (sent,) = answers(api, chat, lambda: hook.post(hook.message(chat, photo=photo, caption=ASK_KILN)))
        assert quoted(sent) == [KILN]

    @pytest.mark.parametrize(
        "question",
        [
            "🦦" * 2048,
            "🦦",
            "…",
            f"<b>{ASK_KILN}</b>",
            f"*{ASK_KILN}* `x` [y](z) &amp;",
            "\u200b\u200d.",
            "à\u0301" * 900,
        ],
        ids=["4096 units", "emoji", "dots", "html", "markdown", "zero width", "combining"],
    )
    def test_any_text_gets_one_answer(self, api: BotApi, question: str) -> None:
        chat = person(11)
        before = len(api.sent(chat))
        ask(api, chat, question)
        ask(api, chat, "/help")
        assert len(api.sent(chat)) == before + 2

    @pytest.mark.parametrize(
        "failure", [{"code": 429}, {"code": 500}, {"code": 502, "times": 2}, {"kind": "drop_before"}], ids=str
    )
    def test_a_failing_send_is_made_good_exactly_once(self, api: BotApi, failure: Json) -> None:
        chat = person(13)
        before = len(api.sent(chat))
        api.fail("sendMessage", **failure)
        assert quoted(ask(api, chat, ASK_KILN)) == [KILN]
        ask(api, chat, "/help")
        assert len(api.sent(chat)) == before + 2

    def test_a_chat_is_served_in_order_and_holds_up_no_other(self, api: BotApi) -> None:
        stuck, free = person(14), person(15)
        ask(api, stuck, "/article")
        menu, seen = api.sent(stuck)[0], len(api.calls)
        api.fail("sendMessage", times=3)  # three and a half seconds of it
        api.user_says(stuck, ASK_KILN)
        api.user_says(stuck, ASK_OTTERS)
        wait_for_failing(api, "sendMessage", seen)
        api.press(menu, POTTERY.title)  # a button does not wait for the questions
        api.wait_for("editMessageText", since=seen)
        assert not [call for call in api.calls[seen:] if call.ok and call.method == "sendMessage"]
        api._until(lambda: len(api.calls[seen:]) > 4, 60, "the last failure")
        ask(api, free, ASK_KILN)
        api.wait_for("sendMessage", 2, since=seen, chat=stuck)
        order = [call.params["chat_id"] for call in api.calls[seen:] if call.ok and call.method == "sendMessage"]
        assert order == [free, stuck, stuck]
        assert quoted(api.sent(stuck)[1]) == [KILN]

    def test_who_has_blocked_us_since_is_left_alone(self, api: BotApi, hook: Hook) -> None:
        chat = person(16)
        seen = len(api.calls)
        api.membership(chat, "kicked")
        hook.post(hook.message(chat, text=ASK_KILN))
        wait_for_failing(api, "sendMessage", seen)
        ask(api, person(17), ASK_KILN)
        api.membership(chat, "member")
        ask(api, chat, "/help")
        assert len(api.sent(chat)) == 1

    def test_only_telegram_gets_in(self, api: BotApi, hook: Hook) -> None:
        chat = person(18)
        for secret in (None, "", "wrong", SECRET + "x"):
            assert hook.post(hook.message(chat, text=ASK_KILN), secret) == 403
        ask(api, chat, "/help")
        assert len(api.sent(chat)) == 1

    def test_the_same_update_again_is_not_answered_again(self, api: BotApi, hook: Hook) -> None:
        chat = person(19)
        ask(api, chat, "/start")
        update = hook.message(chat, text=ASK_KILN)
        (sent,) = answers(api, chat, lambda: [hook.post(update) for _ in range(2)])
        assert quoted(sent) == [KILN]
        assert hook.post(update) == 200
        ask(api, chat, "/help")
        assert len(api.sent(chat)) == 3

    def test_what_cannot_be_read_is_not_logged(self, api: BotApi, hook: Hook, bot: Bot) -> None:
        update = hook.message(person(20), text="Who whispered xylophone?")
        del update["message"]["date"]
        assert hook.post(update) == 200
        ask(api, person(20), ASK_KILN)
        assert "event=update_not_read" in bot.log
        assert_silent(bot.log, api)
