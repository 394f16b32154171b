"""The reader page as the real bot serves it: what a link in an answer opens, and what nobody gets to see."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.web.reader_page import content_security_policy
from bot.web.reader_server import ReaderServer
from bot.wording.texts import texts_for
from index.embed.model_loader import LazyEmbedder
from index.errors import DamagedLibrary
from index.library import Library
from index.links.article_links import quote_link
from index.models import Article, Quote
from index.retrieve.ranker import default_ranker
from index.store.sqlite.library_store import Store
from tests.support.articles import ASHES, ASK_KILN, ASK_OTTERS, KILN, OTTERS, POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.embedder import WordEmbedder
from tests.support.html_page import Page
from tests.support.process import START, Bot, ask, environment, free_port, press, quoted

pytestmark = pytest.mark.timeout(300)
ENGLISH = texts_for("en")
READER = 8_800_000_001  # a user id that cannot be taken for something else in a log
PASTED = replace(POTTERY, url=None)
CORRECTED = replace(PASTED, text=POTTERY.text.replace("nineteen hours", "twenty hours"))
PREFIX = "/quoth"


@cache
def embedder() -> LazyEmbedder:
    return LazyEmbedder("multilingual")


class Reader:
    """Somebody with a browser, behind a reverse proxy that hands ``public`` on to ``port`` of this machine."""

    def __init__(self, port: int) -> None:
        self.public = f"https://read.example.org{PREFIX}"
        self.port = port

    def ask(self, address: str, method: str = "GET", **how: Any) -> httpx.Response:
        """An address of the public host, or a path."""
        path = address.removeprefix("https://read.example.org").partition("#")[0]
        return httpx.request(
            method, f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=30, follow_redirects=False, **how
        )

    def raw(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer


def links(message: dict[str, Any]) -> list[str]:
    return [e["url"] for e in message.get("entities", []) if e["type"] == "text_link"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader")
    with Library.open(folder, embedder()) as library:
        for article in (RIVER, PASTED):
            library.add(article)
    return folder


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(free_port())


@pytest.fixture(scope="module")
def switched_on(reader: Reader) -> dict[str, str]:
    return {"QUOTH_READER_URL": reader.public + "/", "QUOTH_READER_PORT": str(reader.port)}


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture(scope="module")
def bot(api: BotApi, folder: Path, switched_on: dict[str, str]) -> Iterator[Bot]:
    """One process for all of ``TestServed``; its log is read when it has stopped."""
    with Bot(api, folder, **switched_on) as running:
        yield running
        assert running.stop() == 0
    assert api.violations == []
    # Nobody learns who reads what.
    for trace in ("Traceback", " trace=", "127.0.0.1", str(READER), KILN, "/a/"):
        assert trace not in running.log
    assert all("event=answered" in line for line in running.log.splitlines() if PASTED.id in line)


@pytest.mark.usefixtures("bot")
class TestServed:
    def test_the_link_of_an_answer_opens_the_quote(self, api: BotApi, reader: Reader) -> None:
        answer = ask(api, READER, ASK_KILN)
        (link,) = links(answer)
        start = PASTED.text.index(KILN)
        assert link == f"{reader.public}/a/{PASTED.id}/{start}-{start + len(KILN)}#quote"
        response = reader.ask(link)
        assert response.status_code == 200
        page = Page(response.content)
        assert page.texts("mark", id="quote") == quoted(answer) == [KILN]
        assert "\n\n".join(page.paragraphs) == PASTED.text
        assert page.texts("h1") == [PASTED.title]

    def test_every_link_to_a_pasted_article_leads_there(self, api: BotApi, reader: Reader) -> None:
        chat = READER + 1
        ask(api, chat, "/article")
        chosen = press(api, chat, PASTED.title)
        assert links(chosen) == [f"{reader.public}/a/{PASTED.id}"]
        ask(api, chat, ASK_KILN)
        shown = press(api, chat, ENGLISH.context_button)
        messages = [chosen, shown, ask(api, chat, "/summary"), ask(api, chat, "/sources")]
        assert links(messages[-1])[0] == f"{reader.public}/a/{PASTED.id}"
        for link in (link for message in messages for link in links(message)):
            response = reader.ask(link)
            assert response.status_code == 200, link
            marks = Page(response.content).texts("mark")
            assert bool(marks) == link.endswith("#quote")
            assert all(any(mark in quote for message in messages for quote in quoted(message)) for mark in marks)

    def test_an_inline_card_links_there_too(self, api: BotApi, reader: Reader) -> None:
        seen = len(api.calls)
        api.inline(ASK_KILN, user=READER + 2)
        (call,) = api.wait_for("answerInlineQuery", since=seen, timeout=60)
        content = call.params["results"][0]["input_message_content"]
        assert links({"text": content["message_text"], "entities": content["entities"]})[0].startswith(reader.public)

    def test_an_article_with_an_address_is_its_publishers(self, api: BotApi, reader: Reader) -> None:
        (link,) = links(ask(api, READER + 3, ASK_OTTERS))
        start, end = RIVER.text.index(OTTERS), RIVER.text.index(OTTERS) + len(OTTERS)
        assert link == quote_link(Quote(RIVER, start, end, 1))
        for path, target in ((f"/a/{RIVER.id}", RIVER.url), (f"/a/{RIVER.id}/{start}-{end}", link)):
            response = reader.ask(path)
            assert (response.status_code, response.headers["Location"]) == (302, target)
            assert OTTERS not in response.text

    def test_with_and_without_the_path_that_a_proxy_may_take_away(self, reader: Reader) -> None:
        pages = [reader.ask(f"{root}/a/{PASTED.id}") for root in ("", PREFIX)]
        assert [page.status_code for page in pages] == [200, 200]
        assert pages[0].content == pages[1].content
        # No link of the page depends on where it is.
        assert all(has["href"].startswith("#") for _, has, _ in Page(pages[0].content).elements if "href" in has)

    @pytest.mark.parametrize("path", ["", "/9-4", "/5-5", "/0-99999", "/999999999-999999999"])
    def test_a_range_that_is_none_marks_nothing(self, reader: Reader, path: str) -> None:
        response = reader.ask(f"/a/{PASTED.id}{path}")
        assert response.status_code == 200
        assert Page(response.content).texts("mark") == []

    @pytest.mark.parametrize(
        "path",
        [
            "/", "/a", "/a/", "/a/000000000000", f"/a/{PASTED.id[:-1]}", f"/a/{PASTED.id}0", f"/a/{PASTED.id.upper()}x",
            f"/a/{PASTED.id}/x", f"/a/{PASTED.id}/1-", f"/a/{PASTED.id}/-1-3", f"/a/{PASTED.id}/1-9999999999",
            f"/a/{PASTED.id}/١-٩", f"/a/{PASTED.id}%00", f"/a/{PASTED.id}%2F0-9", f"/other/a/{PASTED.id}",
            "/robots.txt", "/favicon.ico",
            "/static/bot.sqlite3", "/a/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/a/..%2fbot.log",
            "/a/<script>alert(1)</script>",
        ],
    )  # fmt: skip
    def test_what_is_not_there(self, reader: Reader, path: str) -> None:
        response = reader.ask(path, headers={"Accept-Language": "de-AT, en;q=0.5"})
        assert response.status_code == 404
        assert Page(response.content).texts("p") == [texts_for("de").no_such_page]
        assert response.headers["Vary"] == "Accept-Language"
        assert response.headers["Content-Security-Policy"] == content_security_policy()

    @pytest.mark.parametrize("path", ["/../../../etc/passwd", "/a/../../bot.sqlite3", "//etc/passwd", "/a/./../x"])
    def test_no_way_leads_to_a_file(self, reader: Reader, path: str) -> None:
        answer = reader.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert b"root:" not in answer

    def test_the_head_alone(self, reader: Reader) -> None:
        for path in (f"/a/{PASTED.id}", "/a/000000000000"):
            full, head = reader.ask(path), reader.ask(path, "HEAD")
            assert head.status_code == full.status_code
            assert head.content == b""
            assert int(head.headers["Content-Length"]) == len(full.content)

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUOTH"])
    def test_nothing_can_be_done_but_read(self, reader: Reader, method: str) -> None:
        response = reader.ask(f"/a/{PASTED.id}", method)
        assert response.status_code == 405
        assert KILN not in response.text

    def test_what_a_browser_is_told(self, reader: Reader) -> None:
        headers = reader.ask(f"/a/{PASTED.id}").headers
        told = {
            "Content-Security-Policy": content_security_policy(),
            "Content-Type": "text/html; charset=utf-8",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
            "Cache-Control": "private, no-cache",
        }
        assert {name: headers[name] for name in told} == told
        assert {"Set-Cookie", "Server"}.isdisjoint({name.title() for name in headers})

    def test_a_page_that_a_browser_has_is_not_sent_again(self, reader: Reader) -> None:
        first = reader.ask(f"/a/{PASTED.id}")
        again = reader.ask(f"/a/{PASTED.id}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = reader.ask(f"/a/{PASTED.id}/0-8", headers={"If-None-Match": first.headers["ETag"]})
        assert other.status_code == 200

    def test_what_is_too_much_is_not_read(self, reader: Reader) -> None:
        answer = reader.raw(b"GET /a/x HTTP/1.1\r\nHost: x\r\nX: " + 9000 * b"x" + b"\r\n\r\n")
        assert not answer.startswith(b"HTTP/1.1 2")
        answer = reader.raw(b"POST /a/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nxxx")
        assert not answer.startswith(b"HTTP/1.1 2")
        assert reader.ask(f"/a/{PASTED.id}").status_code == 200

    def test_the_terminal_links_there_to_what_is_kept(
        self, api: BotApi, folder: Path, reader: Reader, switched_on: dict[str, str], tmp_path: Path
    ) -> None:
        (tmp_path / "pots.txt").write_text(PASTED.text, "utf-8")
        asked = [json.dumps({"question": ASK_KILN, "article": one}) for one in (PASTED.id, str(tmp_path / "pots.txt"))]
        (tmp_path / "asked.jsonl").write_text("\n".join(asked), "utf-8")
        command = [
            sys.executable,
            "-m",
            "bot",
            "ask",
            "--data",
            str(folder),
            "--questions",
            str(tmp_path / "asked.jsonl"),
        ]
        done = subprocess.run(
            command, env=environment(api, **switched_on), cwd=tmp_path, capture_output=True, timeout=START, check=True
        )
        kept, read = (json.loads(line)["quotes"][0] for line in done.stdout.splitlines())
        assert kept["link"] == f"{reader.public}/a/{PASTED.id}/{kept['start']}-{kept['end']}#quote"
        assert read["link"] is None

    def test_what_was_corrected_since_says_so_and_what_was_removed_is_gone(
        self, folder: Path, reader: Reader
    ) -> None:  # the last of them: the article is gone behind it
        start = PASTED.text.index(KILN)
        old = f"/a/{PASTED.id}/{start}-{start + len(KILN)}"
        with Library.open(folder, embedder()) as library:
            library.add(CORRECTED, corrects=PASTED.id)
            page = Page(reader.ask(old).content)
            assert page.texts("mark") == [KILN]
            assert page.texts("p", **{"class": "notice"}) == [ENGLISH.corrected_since]
            stands = PASTED.text.index(ASHES)
            page = Page(reader.ask(f"/a/{PASTED.id}/{stands}-{stands + len(ASHES)}").content)
            assert page.texts("mark") == [ASHES]
            assert page.texts("p", **{"class": "notice"}) == []
            library.remove(CORRECTED.id)
            assert reader.ask(old).status_code == 404


async def test_what_goes_wrong_is_told_to_nobody_but_the_log(caplog: pytest.LogCaptureFixture) -> None:
    class Damaged(Library):
        def article(self, article_id: str) -> Article:
            raise DamagedLibrary("The text differs from its hash. Run: quoth verify.")

    port = free_port()
    with Damaged(Store(None, "words"), WordEmbedder(), default_ranker()) as library:
        server = ReaderServer(library, "https://read.example.org", "127.0.0.1", port)
        await server.start()
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.get(f"http://127.0.0.1:{port}/a/{PASTED.id}")
        await server.stop()
    assert response.status_code == 500
    assert Page(response.content).texts("p") == [ENGLISH.error]
    assert "hash" not in response.text
    assert "differs from its hash" in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_by_webhook_too_and_never_unless_it_is_switched_on(tmp_path: Path) -> None:
    article = Article(KILN, "Kiln", language="en")
    with Library.open(tmp_path, embedder()) as library:
        library.add(article)
    hook, reader = free_port(), Reader(free_port())
    webhook = {"QUOTH_WEBHOOK_URL": f"http://127.0.0.1:{hook}/hook", "QUOTH_WEBHOOK_PORT": str(hook)}
    off = {"QUOTH_READER_PORT": str(reader.port)}
    with BotApi() as api:
        with Bot(api, tmp_path, **webhook, **off, QUOTH_READER_URL=reader.public) as bot:
            assert Page(reader.ask(f"/a/{article.id}").content).paragraphs == [KILN]
            assert links(ask(api, READER, ASK_KILN))[0].startswith(reader.public)
            assert bot.stop() == 0
        with Bot(api, tmp_path, **off):
            assert links(ask(api, READER, ASK_KILN)) == []
            with pytest.raises(httpx.ConnectError):
                reader.ask(f"/a/{article.id}")


@pytest.mark.parametrize("same", [True, False], ids=["the webhook's", "another program's"])
def test_a_port_that_is_taken(tmp_path: Path, switched_on: dict[str, str], same: bool) -> None:
    with BotApi() as api, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = {**switched_on, "QUOTH_READER_PORT": port}
        if same:
            settings |= {"QUOTH_WEBHOOK_URL": "http://127.0.0.1:1/hook", "QUOTH_WEBHOOK_PORT": port}
        done = subprocess.run(
            [sys.executable, "-m", "bot", "run", "--data", str(tmp_path)],
            env=environment(api, **settings), cwd=tmp_path, capture_output=True, timeout=START, check=False, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    *_, line = done.stderr.splitlines()
    assert line.startswith("quoth: ")
    assert "QUOTH_READER_PORT" in line
    assert "Traceback" not in done.stderr
