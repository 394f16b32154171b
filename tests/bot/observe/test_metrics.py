"""What the running bot tells of itself, by /metrics, /healthz and its log; and what it never tells."""

import json
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from index.embed.model_loader import LazyEmbedder
from index.library import Library
from tests.support.articles import ASK_KILN, ASK_OTTERS, POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.engine import tamper
from tests.support.process import START, Bot, ask, environment, free_port

pytestmark = pytest.mark.timeout(300)
DASHBOARD = Path(__file__).parents[3] / "docs" / "grafana.json"
GROUP = -1007722200001
OWNER = 7_722_200_000
SAID = "xylophone"  # stands in whatever anybody writes
NAME = "Wilhelmina"  # whoever it is that writes
NOBODYS = "ab12cd34ef56"  # an article's id that nobody has
LOGGED = re.compile(r'time=\S+ level=\w+ event=\w+(?: \w+=(?:[\w.:/+@-]+|"[^"\\]*(?:\\.[^"\\]*)*"))*')


@cache
def embedder() -> LazyEmbedder:
    return LazyEmbedder("multilingual")


def person(number: int) -> int:
    """A chat or user id that cannot be taken for something else in a log."""
    return 7_722_200_000 + number


class Watcher:
    """Whoever keeps the bot running, on the same machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=30)

    def samples(self) -> Counter[str]:
        """Each sample's value by its name and labels."""
        response = self.get("/metrics")
        assert response.status_code == 200
        return Counter(
            {
                " ".join([sample.name, *sample.labels.values()]): sample.value
                for family in text_string_to_metric_families(response.text)
                for sample in family.samples
            }
        )

    def since(self, before: Counter[str]) -> dict[str, float]:
        """What has been counted since then."""
        now = self.samples()
        return {name: now[name] - before[name] for name in now if now[name] != before[name]}


def health(api: BotApi, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    command, env = [sys.executable, "-m", "bot", "health"], environment(api, **settings)
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=START, check=False)


@pytest.fixture(scope="module")
def watcher() -> Watcher:
    return Watcher(free_port())


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    with BotApi(privacy=False) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watched")
    with Library.open(folder, embedder()) as library:
        for article in (RIVER, POTTERY):
            library.add(article)
    return folder


@pytest.fixture(scope="module")
def settings(watcher: Watcher) -> dict[str, str]:
    return {
        "QUOTH_METRICS_PORT": str(watcher.port), "QUOTH_LOG_LEVEL": "debug", "QUOTH_OWNER_IDS": f"[{OWNER}]",
    }  # fmt: skip


@pytest.fixture(scope="module")
def bot(api: BotApi, folder: Path, settings: dict[str, str]) -> Iterator[Bot]:
    """One process for all of ``TestWatched``; its log is read when it has stopped."""
    with Bot(api, folder, **settings) as running:
        yield running
        assert running.stop() == 0
    assert api.violations == []
    log = running.log
    assert "level=debug event=log logger=httpcore" in log  # it really holds all that there is
    assert 'level=error event=failed error="DamagedLibrary < ValueError" request=' in log
    for secret in (SAID, NAME, "77222000", NOBODYS, api.token, api.token.partition(":")[2]):
        assert secret.casefold() not in log.casefold()
    for line in log.splitlines():
        assert LOGGED.fullmatch(line), line


@pytest.mark.usefixtures("bot")
class TestWatched:
    def test_questions_and_answers_are_counted(self, api: BotApi, watcher: Watcher) -> None:
        before = watcher.samples()
        ask(api, person(1), ASK_KILN)
        ask(api, person(1), f"Who whispered {SAID}?")
        ask(api, person(1), "hello")
        ask(api, GROUP, f"@{api.username} {ASK_OTTERS}", user=person(2))
        seen = len(api.calls)
        api.inline(ASK_KILN, user=person(3))
        api.wait_for("answerInlineQuery", since=seen)
        api.guest(f"@{api.username} {ASK_KILN}", user=person(3))
        api.wait_for("answerGuestQuery", since=seen)
        ask(api, person(1), "/help")  # no question
        counted: dict[str, float] = {}
        while sum(counted.values()) < 6:  # a reply is counted once Telegram has taken it
            counted = {name: n for name, n in watcher.since(before).items() if name.startswith("quoth_answers_total")}
        assert counted == {
            "quoth_answers_total answered": 4,
            "quoth_answers_total no_answer": 1,
            "quoth_answers_total small_talk": 1,
        }
        since = watcher.since(before)
        kinds = ("private", "group", "inline", "guest")
        assert [since[f"quoth_questions_total {kind}"] for kind in kinds] == [3, 1, 1, 1]
        assert since["quoth_reply_seconds_count"] == since["quoth_reply_seconds_bucket +Inf"] == 6
        assert not [name for name in since if name.startswith(("quoth_errors", "quoth_telegram"))]

    def test_a_question_is_one_line_of_the_log(self, api: BotApi, bot: Bot) -> None:
        lines = len(bot.log.splitlines())
        ask(api, person(4), ASK_KILN)
        ask(api, person(4), "/help")
        (line,) = [one for one in bot.log.splitlines()[lines:] if "level=info event=answered " in one]
        (request,) = re.findall(r"request=(\w{8})$", line)
        fields = dict(one.split("=", 1) for one in line.split())
        assert fields["kind"] == "private"
        assert (fields["article"], fields["quotes"], fields["language"]) == (POTTERY.id, "1", "en")
        assert 0 < float(fields["confidence"]) <= 1
        assert fields["ms"].isdecimal()
        # Whatever else was logged on its behalf can be found by its request.
        assert sum(f"request={request}" in one for one in bot.log.splitlines()) > 1

    def test_retries_refusals_and_errors_are_counted(self, api: BotApi, watcher: Watcher) -> None:
        before = watcher.samples()
        for code in (429, 502):
            api.fail("sendMessage", code=code)
            ask(api, person(5), ASK_KILN)
        api.fail("sendMessage", code=400)
        ask(api, person(5), ASK_OTTERS)  # gets the apology
        since = watcher.since(before)
        assert since["quoth_telegram_retries_total RetryAfter sendMessage"] == 1
        assert since["quoth_telegram_retries_total NetworkError sendMessage"] == 1
        assert since["quoth_telegram_refusals_total BadRequest sendMessage"] == 1
        assert since["quoth_errors_total BadRequest"] == 1

    def test_what_there_is(self, watcher: Watcher) -> None:
        samples = watcher.samples()
        assert samples["quoth_articles"] == 2
        assert samples["quoth_passages"] == sum(map(len, passages()))
        assert {"quoth_feeds new", "quoth_feeds fine", "quoth_feeds failing", "quoth_queue"} <= set(samples)
        if sys.platform == "linux":
            assert samples["process_resident_memory_bytes"] > 0

    def test_all_is_well(self, api: BotApi, folder: Path, watcher: Watcher, settings: dict[str, str]) -> None:
        response = watcher.get("/healthz")
        assert (response.status_code, response.text) == (200, "ok\n")
        done = health(api, folder, **settings, QUOTH_METRICS_LISTEN="0.0.0.0")
        assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")

    @pytest.mark.parametrize("path", ["/", "/metrics/", "/healthz/x", "/a/000000000000", "/../bot.sqlite3"])
    def test_there_is_nothing_else(self, watcher: Watcher, path: str) -> None:
        response = watcher.get(path)
        assert response.status_code == 404
        assert "Server" not in response.headers

    def test_every_metric_of_the_dashboard_is_there(self, api: BotApi, watcher: Watcher) -> None:
        names = {re.split(r" ", name)[0] for name in watcher.samples()}
        board = json.loads(DASHBOARD.read_text("utf-8"))
        asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
        wanted = set(re.findall(r"\b(?:quoth|process)_\w+", " ".join(asked)))
        assert wanted <= names
        # And of ours none is left out.
        ours = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in names if name.startswith("quoth_")}
        assert ours <= {re.sub(r"_(bucket|count|sum)$", "", name) for name in wanted} | {
            re.sub(r"_total$", "", name) for name in wanted
        }

    @pytest.mark.parametrize(
        "text",
        [
            f"Who whispered {SAID}?",
            f"Where is %s %r %(a)s {{0}} {SAID}?",
            f"Who?\ntime=x level=critical event={SAID}",
            f"<b>{SAID}</b> [{SAID}](https://{SAID}.example)",
            f'"{SAID}" OR NEAR({SAID}) *',
            f"\u202e{SAID}\u0000",
            f"https://{SAID}.example/",
            f"/start {SAID}",
            f"/start {NOBODYS}",
            f"/article {SAID}",
            f"/summary {SAID}",
            f"/sources {SAID}",
            f"/remove {SAID}",
            f"/add {SAID}",
            f"/add https://{SAID}.invalid/{SAID}",
            f"/add http://127.0.0.1:1/{SAID}",
            f"/add {SAID} " * 30,
            f"/forget {SAID}",
            f"/{SAID}",
        ],
    )
    @pytest.mark.parametrize("chat", [person(6), OWNER], ids=["stranger", "owner"])
    def test_whatever_is_written_is_told_to_nobody(self, api: BotApi, text: str, chat: int) -> None:
        """What the log must not hold is looked for when the bot has stopped."""
        api.user(chat, first_name=NAME, last_name=NAME, username=f"{NAME}_{chat}")
        ask(api, chat, text)

    def test_nor_is_what_goes_wrong(self, api: BotApi, folder: Path, watcher: Watcher) -> None:
        who, seen = person(8), len(api.calls)
        someone = api.user(who, first_name=NAME, username=f"{NAME}_8")
        where = {"id": who, "type": "private", "first_name": NAME}
        api.raw("message", {"message_id": 5, "text": SAID, "from": someone, "chat": where})  # it has no date
        api.raw("callback_query", {"id": "1", "from": someone, "chat_instance": SAID, "data": f"use:{SAID}"})
        api.user_sends(who, photo=[{"file_id": SAID, "file_unique_id": SAID, "width": 1, "height": 1}], caption=SAID)
        api.user_sends(OWNER, document=api.document(f"{SAID}.pdf", f"%PDF {SAID}".encode(), "application/pdf"))
        api.inline(f"Who whispered {SAID}?", user=who)
        api.wait_for("answerInlineQuery", since=seen)
        for method in ("sendMessage", "editMessageText"):
            api.fail(method, code=400)
        api.edit(api.user_says(who, f"Who whispered {SAID}?"), f"Who whispered the {SAID}?")
        ask(api, who, "/help")
        api.membership(who, "kicked")
        api.user_says(who, SAID)
        before = watcher.samples()
        tamper(folder, "UPDATE articles SET text = text || ?", f" Who whispered {SAID}?")
        ask(api, person(9), "/summary")
        assert watcher.since(before)["quoth_errors_total DamagedLibrary"] == 1


def passages() -> list[Any]:
    from index.text.sentences import split

    return [split(article) for article in (RIVER, POTTERY)]


def test_by_webhook_too_and_never_unless_it_is_switched_on(tmp_path: Path) -> None:
    hook, watcher = free_port(), Watcher(free_port())
    webhook = {"QUOTH_WEBHOOK_URL": f"http://127.0.0.1:{hook}/hook", "QUOTH_WEBHOOK_PORT": str(hook)}
    port = {"QUOTH_METRICS_PORT": str(watcher.port)}
    with BotApi() as api:
        with Bot(api, tmp_path, **webhook, **port):
            ask(api, person(1), "/help")
            seen = len(api.calls)
            assert watcher.get("/healthz").text == "ok\n"
            assert [call.method for call in api.calls[seen:]].count("getWebhookInfo") == 1
        with Bot(api, tmp_path):
            ask(api, person(1), "/start")
            with pytest.raises(httpx.ConnectError):
                watcher.get("/healthz")
            done = health(api, tmp_path)
            assert done.returncode == 1
            assert done.stderr.startswith("quoth: QUOTH_METRICS_PORT is not set")
        done = health(api, tmp_path, **port)
        assert done.returncode == 1
        assert re.fullmatch(r"quoth: No bot answers on 127\.0\.0\.1, port \d+\. Start it: quoth run\.\n", done.stderr)


def test_a_log_that_nobody_reads_keeps_nobody_waiting(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "run", "--data", str(tmp_path)]
    with BotApi() as api:
        env = environment(api, QUOTH_LOG_LEVEL="debug")
        with subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE) as process:
            try:
                api.wait_for("setMyCommands", timeout=START)
                for number in range(60):  # some 2,000 characters of log each, and a pipe holds 65,536
                    ask(api, person(number), "/help")
                process.terminate()
                assert process.wait(30) == 0
            finally:
                process.kill()


@pytest.mark.parametrize("taken_by", ["the webhook", "the reader page", "another program"])
def test_a_port_that_is_taken(tmp_path: Path, taken_by: str) -> None:
    with BotApi() as api, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        others = {
            "the webhook": {"QUOTH_WEBHOOK_URL": "http://127.0.0.1:1/hook", "QUOTH_WEBHOOK_PORT": port},
            "the reader page": {"QUOTH_READER_URL": "https://read.example.org", "QUOTH_READER_PORT": port},
            "another program": {},
        }
        done = subprocess.run(
            [sys.executable, "-m", "bot", "run", "--data", str(tmp_path)],
            env=environment(api, QUOTH_METRICS_PORT=port, **others[taken_by]),
            cwd=tmp_path, capture_output=True, timeout=START, check=False, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    *_, line = done.stderr.splitlines()
    assert line.startswith("quoth: ")
    assert "QUOTH_METRICS_PORT" in line
    assert "Traceback" not in done.stderr
