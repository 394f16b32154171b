"""More of the real process: by webhook through a day of manners and mishaps, and by polling through its restarts."""

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.wording.texts import texts_for
from index.embed.model_loader import LazyEmbedder
from index.library import Library
from tests.support.articles import ASK_KILN, ASK_OTTERS, KILN, OTTERS, POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.process import START, Bot, ask, free_port, quoted

pytestmark = pytest.mark.timeout(300)
ENGLISH = texts_for("en")
GROUP, FORUM = -1007700000001, -1007700000002
SECRET = "a-secret_of-the-tests"
Json = dict[str, Any]


@cache
def embedder() -> LazyEmbedder:
    return LazyEmbedder("multilingual")


def stock(folder: Path) -> None:
    with Library.open(folder, embedder()) as library:
        for article in (RIVER, POTTERY):
            library.add(article)


def person(number: int) -> int:
    """A chat or user id that cannot be taken for something else in a log."""
    return 7_700_000_000 + number


def links(message: Json) -> list[str]:
    return [e["url"] for e in message.get("entities", []) if e["type"] == "text_link"]


def answers(api: BotApi, chat: int, said: Callable[[], object], count: int = 1) -> list[Json]:
    """The messages that reach a chat once something was said."""
    seen = len(api.calls)
    said()
    return [call.params for call in api.wait_for("sendMessage", count, since=seen, chat=chat, timeout=60)]


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


def test_an_update_that_cannot_be_read_keeps_nobody_waiting(tmp_path: Path) -> None:
    stock(tmp_path)
    with BotApi() as api, Bot(api, tmp_path) as bot:
        api.raw("message", {"message_id": 5, "text": "Who whispered xylophone?"})
        assert quoted(ask(api, person(41), ASK_KILN)) == [KILN]
        assert bot.log.count("cannot be read") == 1
        assert "level=critical" not in bot.log
        assert_silent(bot.log, api)


def test_from_an_empty_library_over_a_kill_and_a_stop(tmp_path: Path) -> None:
    """One bot's life: articles come and go while it runs, it is killed in the middle of an answer, and stopped."""
    chat, other = person(31), person(32)
    with BotApi(mentions_with_privacy=True) as api:
        with Bot(api, tmp_path) as bot:
            assert "nothing to ask about yet" in ask(api, chat, "/start")["text"]
            for command in (ASK_KILN, "/article", "/summary", "/sources"):
                assert "nothing to ask about yet" in ask(api, chat, command)["text"]
            stock(tmp_path)
            assert quoted(ask(api, chat, ASK_KILN)) == [KILN]
            assert quoted(ask(api, GROUP, f"@{api.username} {ASK_KILN}", user=person(33))) == [KILN]
            ask(api, other, "/article")
            seen = len(api.calls)
            api.press(api.sent(other)[0], RIVER.title)
            api.wait_for("editMessageText", since=seen)
            with Library.open(tmp_path, embedder()) as library:
                library.remove(RIVER.id)
            assert "no longer here" in ask(api, other, ASK_OTTERS)["text"]
            assert quoted(ask(api, other, ASK_KILN)) == [KILN]

            seen = len(api.calls)
            api.fail("sendMessage", times=3)
            asked = api.user_says(chat, ASK_KILN)
            before = len(api.sent(chat))
            wait_for_failing(api, "sendMessage", seen)
            bot.kill()
        api.user_says(other, ASK_KILN)  # while nobody is there
        seen = len(api.calls)
        api.fail("getMe", times=2, code=502)  # Telegram cannot be reached at first
        with Bot(api, tmp_path) as bot:
            (sent,) = [call.params for call in api.wait_for("sendMessage", since=seen, chat=chat, timeout=60)]
            assert quoted(sent) == [KILN]
            assert sent["reply_parameters"]["message_id"] == asked["message_id"]
            (sent,) = [call.params for call in api.wait_for("sendMessage", since=seen, chat=other, timeout=60)]
            assert quoted(sent) == [KILN]
            ask(api, chat, "/help")
            assert len(api.sent(chat)) == before + 2
            old, seen = next(one for one in api.sent(chat) if quoted(one)), len(api.calls)
            api.press(old, ENGLISH.context_button)  # of an answer from before the kill
            (edited,) = [call.params for call in api.wait_for("editMessageText", since=seen)]
            assert KILN in quoted(edited)[0]
            bot.process.send_signal(signal.SIGINT)  # the keyboard's way; SIGTERM is the webhook bot's
            assert bot.process.wait(timeout=60) == 0
        assert "event=retry method=getMe error=NetworkError" in bot.log
        assert " trace=" not in bot.log
        assert "Privacy mode is on" in bot.log
        assert_silent(bot.log, api)
        assert api.violations == []


def test_a_stop_does_not_wait_for_telegrams_limits(tmp_path: Path) -> None:
    """What is held up for minutes is handed back to the disk, and answered at the next start."""
    stock(tmp_path)
    chat, other = person(51), person(52)
    with BotApi() as api:

        def replies(to: list[Json]) -> list[int]:
            sent = [call.params for call in api.calls if call.ok and call.method == "sendMessage"]
            replied = [one["reply_parameters"]["message_id"] for one in sent]
            return [replied.count(one["message_id"]) for one in to]

        with Bot(api, tmp_path) as bot:
            ask(api, chat, "/start")
            seen = len(api.calls)
            api.fail("sendMessage", code=429, retry_after=600)
            asked = [api.user_says(chat, ASK_KILN), api.user_says(chat, ASK_OTTERS), api.user_says(other, ASK_KILN)]
            wait_for_failing(api, "sendMessage", seen)
            assert bot.stop() == 0
        assert sum(replies(asked)) < 3
        with Bot(api, tmp_path) as bot:
            api._until(lambda: 0 not in replies(asked), 60, "an answer to each")
            ask(api, chat, "/help")
        assert replies(asked) == [1, 1, 1]
    assert "Traceback" not in bot.log
    assert_silent(bot.log, api)


def test_two_bots_with_one_token_say_so_once_and_go_on(tmp_path: Path) -> None:
    chat = person(61)
    with BotApi() as api:
        folders = tmp_path / "one", tmp_path / "two"
        for folder in folders:
            folder.mkdir()
            stock(folder)
        with Bot(api, folders[0]) as first:
            with Bot(api, folders[1]) as second:
                api._until(lambda: "409" in first.log and "409" in second.log, 60, "a line in each log")
            assert quoted(ask(api, chat, ASK_KILN)) == [KILN]
        for bot in (first, second):
            assert bot.log.count("409 Conflict") == 1
            assert "Traceback" not in bot.log
            assert_silent(bot.log, api)
