"""The real process by polling over its life: started on nothing, killed, stopped, started twice."""

import signal
from pathlib import Path

import pytest

from bot.wording.texts import texts_for
from index.library import Library
from tests.support.articles import ASK_KILN, ASK_OTTERS, KILN, RIVER
from tests.support.bot_api import BotApi
from tests.support.process import Bot, Json, ask, assert_silent, embedder, person, quoted, stock, wait_for_failing

pytestmark = pytest.mark.timeout(300)
ENGLISH = texts_for("en")
GROUP = -1007700000001


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
