"""Conversations through Telegram's protocol with the real process and the default model."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.embed.model_loader import LazyEmbedder
from index.ingest.source import read_article
from index.library import Library
from index.models import Article
from tests.support.bot_api import BotApi
from tests.support.process import START, Bot, ask, environment, quoted

pytestmark = pytest.mark.timeout(300)
LENS = "The lens was made in Paris in 1874 by the workshop of Barbier and Fenestre."
ASK_LENS = "Who made the lens?"
ASK_STEPS = "How many steps are there to the gallery?"
GROUP, FORUM = -1001000000001, -1001000000002
LIGHTHOUSE = read_article(str(Path(__file__).parents[4] / "examples" / "lighthouse.md"))
ORCHARD = Article(
    "The monks of Ewell planted their orchard in 1650.\n\nA blight killed eleven apple trees last summer, and the "
    "abbot ordered new ones from a nursery in Kent. The cider is sold at the gate on Fridays.",
    "The orchard of Ewell abbey",
    url="https://example.org/orchard",
    language="en",
)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two articles, the lighthouse the newest."""
    folder = tmp_path_factory.mktemp("stocked")
    with Library.open(folder, LazyEmbedder("multilingual")) as library:
        for article in (ORCHARD, LIGHTHOUSE):
            library.add(article)
        library.save_index()
    return folder


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    with BotApi(privacy=False) as server:
        yield server
        assert server.violations == []


@pytest.fixture(scope="module")
def bot(api: BotApi, stocked: Path) -> Iterator[Bot]:
    with Bot(api, stocked) as running:
        yield running


@pytest.mark.usefixtures("bot")
class TestPolling:
    def test_a_private_question_is_answered_by_a_quote_in_reply_to_it(self, api: BotApi) -> None:
        seen = len(api.calls)
        message = api.user_says(11, ASK_LENS)
        (sent,) = [call.params for call in api.wait_for("sendMessage", since=seen, chat=11)]
        assert quoted(sent) == [LENS]
        assert "[1] ¶ 5 · The Harbour Gazette" in sent["text"]
        assert sent["reply_parameters"]["message_id"] == message["message_id"]
        assert "parse_mode" not in sent

    def test_the_citation_links_to_the_sentence(self, api: BotApi) -> None:
        sent = ask(api, 12, "What killed the apple trees?")
        (link,) = [e["url"] for e in sent["entities"] if e["type"] == "text_link"]
        assert link.startswith("https://example.org/orchard#:~:text=")
        assert "The orchard of Ewell abbey" in sent["text"]

    def test_no_answer_is_one_sentence_and_the_closest_passage_on_request(self, api: BotApi) -> None:
        sent = ask(api, 13, "Which enzyme splits lactose?")
        assert sent["text"] == "None of my articles says."
        (message,) = api.sent(13)
        (button,) = [one["text"] for row in message["reply_markup"]["inline_keyboard"] for one in row]
        seen = len(api.calls)
        api.press(message, button)
        api.wait_for("answerCallbackQuery", since=seen)
        (edited,) = [call.params for call in api.wait_for("editMessageText", since=seen)]
        (quote,) = quoted(edited)
        assert quote in LIGHTHOUSE.text + ORCHARD.text

    def test_a_group_hears_it_only_when_it_is_addressed(self, api: BotApi) -> None:
        api.user_says(GROUP, "Who made the lens? I would like to know.", user=21)
        api.user_says(GROUP, "@another_bot who made the lens?", user=21)
        api.user_says(GROUP, "/ask@another_bot who made the lens?", user=21)
        api.user_says(GROUP, f"mail me@{api.username} about it", user=21)
        api.wait_idle()
        sent = ask(api, GROUP, f"🎉🇺🇦 hm, @{api.username.upper()} who made the lens?", user=22)
        assert quoted(sent) == [LENS]
        sent = ask(api, GROUP, f"/ask@{api.username} who made the lens?", user=22)
        assert quoted(sent) == [LENS]
        sent = ask(api, GROUP, ASK_STEPS, user=22, reply_to=api.sent(GROUP)[-1])
        assert "203 steps" in sent["text"]
        sent = ask(api, GROUP, f"@{api.username}", user=22)
        assert quoted(sent) == []
        assert len(api.sent(GROUP)) == 4

    def test_a_topic_is_answered_in_the_topic_and_keeps_its_own_article(self, api: BotApi) -> None:
        news, garden = api.topic(FORUM, "News"), api.topic(FORUM, "Garden")
        ask(api, FORUM, f"/article@{api.username}", user=31, thread=garden)
        seen = len(api.calls)
        api.press(api.sent(FORUM)[-1], ORCHARD.title, user=31)
        api.wait_for("editMessageText", since=seen)
        sent = ask(api, FORUM, f"@{api.username} {ASK_LENS}", user=31, thread=garden)
        assert sent["text"] == f"“{ORCHARD.title}” does not say."
        assert sent["message_thread_id"] == garden
        sent = ask(api, FORUM, f"@{api.username} {ASK_LENS}", user=31, thread=news)
        assert quoted(sent) == [LENS]
        assert sent["message_thread_id"] == news

    def test_the_commands(self, api: BotApi) -> None:
        assert "lighthouse" in ask(api, 14, "/start")["text"].lower()
        assert f"@{api.username}" in ask(api, 14, "/help")["text"]
        ask(api, 14, ASK_LENS)
        summary = ask(api, 14, "/summary")
        assert 3 <= len(quoted(summary)) <= 5
        assert all(quote in LIGHTHOUSE.text for quote in quoted(summary))
        sources = ask(api, 14, "/sources")
        assert LENS in quoted(sources)
        assert "Ingrid Solheim" in sources["text"]
        assert "Mara Lindqvist" in sources["text"]
        assert "/summary" in ask(api, 14, "/nonsense")["text"]

    def test_an_edited_message_is_not_answered_again(self, api: BotApi) -> None:
        message = api.user_says(15, ASK_LENS)
        api.wait_for("sendMessage", chat=15)
        api.edit(message, ASK_STEPS)
        ask(api, 15, "/help")
        assert len(api.sent(15)) == 2

    @pytest.mark.parametrize(
        "question", ["🐈", "?!", "x" * 4096, "<b>who</b> *made* `the` [lens](x)", "\u202eohw", "כן"]
    )
    def test_any_text_gets_one_answer(self, api: BotApi, question: str) -> None:
        before = len(api.sent(16))
        ask(api, 16, question)
        ask(api, 16, "/help")
        assert len(api.sent(16)) == before + 2

    @pytest.mark.parametrize(
        "failure",
        [{"code": 429, "retry_after": 1}, {"code": 500}, {"code": 502, "times": 2}, {"kind": "drop_before"}],
        ids=str,
    )
    def test_a_failing_send_is_made_good_exactly_once(self, api: BotApi, failure: dict[str, Any]) -> None:
        before = len(api.sent(17))
        api.fail("sendMessage", **failure)
        sent = ask(api, 17, ASK_LENS)
        assert quoted(sent) == [LENS]
        ask(api, 17, "/help")
        assert len(api.sent(17)) == before + 2

    def test_an_article_added_while_it_runs_is_known_at_the_next_question(self, api: BotApi, stocked: Path) -> None:
        text = "The ferry to Skarn carries forty cars. Its captain learned her trade on a whaler in Iceland."
        subprocess.run(
            [sys.executable, "-m", "bot", "add", "-", "--data", str(stocked)],
            input=text, text=True, check=True, env=environment(api), capture_output=True, timeout=START,
        )  # fmt: skip
        sent = ask(api, 18, "How many cars does the ferry carry?")
        assert quoted(sent) == ["The ferry to Skarn carries forty cars."]

    def test_the_log_names_nobody_and_quotes_nobody(self, api: BotApi, bot: Bot) -> None:
        ask(api, 987654321, "Who whispered xylophone?")
        for secret in (api.token, "987654321", "xylophone", ASK_LENS):
            assert secret not in bot.log
        assert "Privacy mode is on" not in bot.log


@pytest.mark.parametrize("token", ["", "1:wrong"])
def test_without_the_right_token_it_says_so_in_one_line(tmp_path: Path, token: str) -> None:
    with BotApi() as api:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "run", "--data", str(tmp_path)],
            env=environment(api, QUOTH_TELEGRAM_TOKEN=token),
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
            timeout=START,
        )
    assert done.returncode == 1
    assert "QUOTH_TELEGRAM_TOKEN" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "1:wrong" not in done.stderr
