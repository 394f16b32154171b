"""What owners may do in a chat, and strangers may not, through the protocol with the real process."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bot.feeds.followed import FeedStore
from bot.state.database import Database
from bot.wording.texts import LANGUAGES, Texts, texts_for
from index.embed.model_loader import LazyEmbedder
from index.library import Library
from index.models import Article
from tests.support.bot_api import BotApi
from tests.support.documents.pdfs import lines, pdf, picture
from tests.support.pages.walls import WALLS
from tests.support.process import START, Bot, Json, ask, buttons, environment, press, quoted

pytestmark = pytest.mark.timeout(300)
TEXTS = texts_for("en")
OWNER, STRANGER, READER, GROUP = 7001, 7002, 7003, -1009900000001
LOOM = "The loom of Vell was built in 1811 by the carpenter Ole Brask."
TEXT = (
    f"The loom in the museum\n\n{LOOM} It weaves a cloth that is two metres wide.\n\n"
    "Every Saturday Ida Holm, the weaver, shows visitors how the shuttle is thrown. She learned it from her aunt, who "
    "worked in the mill until it closed."
)
PAGE = f"""<!doctype html><html lang="en"><head><title>The mill closes</title></head><body><article>
<h1>The mill closes</h1><p>The cotton mill of Vell closed in March after a hundred and twelve years of spinning. Its
last owner, Per Lund, said that the machines would be sold to a company in Portugal.</p><p>Forty spinners lost their
work. The council wants to turn the hall into a school for {"three hundred"} children, and it has asked an architect
from Bergen for drawings.</p></article></body></html>"""
CORRECTED = PAGE.replace("Forty spinners lost", "Sixty spinners lost")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {"/mill": PAGE}


@pytest.fixture(scope="module")
def site(pages: dict[str, str]) -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = self.path[1:]
            self.send_response(200 if self.path in pages else int(status) if status.isdigit() else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "gone").encode())

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    with BotApi(privacy=False) as server:
        server.user(OWNER, language_code="en")
        yield server
        assert server.violations == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("owners")


@pytest.fixture(scope="module", autouse=True)
def bot(api: BotApi, folder: Path) -> Iterator[Bot]:
    settings = {"QUOTH_OWNER_IDS": f"[{OWNER}]", "QUOTH_ALLOW_PRIVATE_ADDRESSES": "true"}
    with Bot(api, folder, QUOTH_QUESTIONS_A_MINUTE="1000", **settings) as running:
        yield running


def add(api: BotApi, chat: int, text: str, texts: Texts = TEXTS, **how: object) -> list[str]:
    """Say something that adds an article; what the message about the work says, until it is over."""
    seen = len(api.calls)
    assert ask(api, chat, text, **how)["text"].removeprefix(f"{texts.again}\n") == texts.add_reading

    def steps() -> list[str]:
        return [call.params["text"] for call in api.calls[seen:] if call.method == "editMessageText" and call.ok]

    api._until(lambda: bool(steps()) and "learning its" not in steps()[-1], 60, "the end of adding")
    return steps()


def test_strangers_get_a_polite_no(api: BotApi) -> None:
    for command in (f"/add {TEXT}", "/remove", "/stats", "/add"):
        assert ask(api, STRANGER, command)["text"].removeprefix(f"{TEXTS.again}\n") == TEXTS.only_owners
    assert ask(api, GROUP, f"/stats@{api.username}", user=STRANGER)["text"] == TEXTS.only_owners
    document = api.document("loom.txt", TEXT.encode())
    seen = len(api.calls)
    api.user_sends(STRANGER, document=document)
    (call,) = api.wait_for("sendMessage", since=seen, chat=STRANGER)
    assert call.params["text"] == TEXTS.only_text
    assert ask(api, STRANGER, "/start")["text"] == TEXTS.start_empty
    assert "/add with a link" not in ask(api, STRANGER, "/help")["text"]
    assert "/add with a link" in ask(api, OWNER, "/help")["text"]


def test_owners_have_their_commands_in_their_menu(api: BotApi) -> None:
    def menus() -> list[Json]:
        scoped = [call.params for call in api.calls if call.method == "setMyCommands" and "scope" in call.params]
        return [menu for menu in scoped if menu["scope"].get("chat_id") == OWNER]

    api._until(lambda: len(menus()) == len(LANGUAGES), 30, "an owner's menus")
    assert all({"add", "remove", "stats"} <= {one["command"] for one in menu["commands"]} for menu in menus())


def test_a_pasted_text_is_added_with_progress_and_a_deep_link(api: BotApi) -> None:
    progress, done = add(api, OWNER, f"/add {TEXT}")
    assert progress == TEXTS.add_indexing.format(title="The loom in the museum", passages="4 sentences")
    assert done.startswith("Added: “The loom in the museum”, 4 sentences.")
    link = done.rpartition(" ")[2]
    assert link.startswith(f"https://t.me/{api.username}?start=")
    assert "loom" in ask(api, STRANGER, f"/start {link.partition('start=')[2]}")["text"]
    assert quoted(ask(api, STRANGER, "Who built the loom?")) == [LOOM]
    assert "is here already" in add(api, OWNER, f"/add {TEXT}")[-1]
    head = "---\ntitle: Looms of the north\n---\n\n# Looms of the north\n\n"
    markdown = f"{head}{LOOM} Twelve others like it are lost. {LOOM} {LOOM}"
    assert add(api, OWNER, f"/add {markdown}")[-1].startswith("Added: “Looms of the north”")


def test_a_page_is_added_by_its_link_and_by_a_reply_to_it(api: BotApi, site: str) -> None:
    assert "“The mill closes”" in add(api, OWNER, f"/add {site}/mill")[-1]
    assert "Per Lund" in ask(api, STRANGER, f"{site}/mill Who was the last owner of the mill?")["text"]
    post = api.user_says(GROUP, f"Read this: {site}/mill", user=STRANGER)
    assert "is here already" in add(api, GROUP, f"/add@{api.username}", user=OWNER, reply_to=post)[-1]


def test_a_corrected_page_is_a_new_version(api: BotApi, site: str, pages: dict[str, str]) -> None:
    old, link = "Forty spinners lost their work.", f"{site}/mill"
    assert quoted(ask(api, READER, f"{link} How many spinners lost their work?")) == [old]
    assert TEXTS.corrected_since not in press(api, READER, TEXTS.context_button)["text"]
    answer = press(api, READER, TEXTS.back_button)
    pages["/mill"] = CORRECTED
    assert add(api, OWNER, f"/add {link}")[-1].startswith("Corrected: “The mill closes” has a new text, 4 sentences.")
    shown = press(api, READER, TEXTS.context_button)
    assert old in quoted(shown)[0]
    assert shown["text"].endswith(TEXTS.corrected_since)
    assert press(api, READER, TEXTS.back_button)["text"] == f"{answer['text']}\n{TEXTS.corrected_since}"
    asked = ask(api, READER, f"{link} How many spinners lost their work?")
    assert quoted(asked) == ["Sixty spinners lost their work."]
    assert TEXTS.corrected_since not in press(api, READER, TEXTS.context_button)["text"]
    ask(api, READER, link)
    told = ask(api, READER, "/sources")["text"]
    assert re.search(r"The mill closes\n.*\nCorrected on 20\d\d-\d\d-\d\d\n", told)
    pages["/mill"] = PAGE  # and back: that is a correction too
    assert add(api, OWNER, f"/add {link}")[-1].startswith("Corrected: “The mill closes”")
    assert quoted(ask(api, READER, f"{link} How many spinners lost their work?")) == [old]


def test_new_articles_of_a_feed_are_announced_and_can_be_asked_below(
    api: BotApi, folder: Path, site: str, pages: dict[str, str]
) -> None:
    def feed(*paths: str) -> str:
        items = "".join(f"<item><title>x</title><link>{site}{path}</link></item>" for path in paths)
        return f"<rss version='2.0'><channel><title>Vell</title>{items}</channel></rss>"

    database = Database(folder)
    feeds = FeedStore(database)
    pages["/quay"] = PAGE.replace("The mill closes", "The quay is mended").replace("cotton mill", "stone quay")
    pages["/feed"] = feed("/mill")
    feeds.follow(f"{site}/feed", "Vell", 1800, str(GROUP))
    api._until(lambda: feeds.all()[0].visits == 1, 60, "the first visit")
    pages["/feed"] = feed("/quay", "/mill")
    feeds.follow(f"{site}/feed", "Vell", 1800, str(GROUP))
    seen = len(api.calls)
    (call,) = api.wait_for("sendMessage", since=seen, chat=GROUP)
    assert call.params["text"].startswith("New: “The quay is mended”\nAsk me about it: https://t.me/")
    assert f"{site}/quay" in json.dumps(call.params["entities"])
    answer = ask(api, GROUP, "What will the council make of the hall?", reply_to=api.sent(GROUP)[-1], user=READER)
    assert "The council wants to turn the hall into a school" in quoted(answer)[0]
    assert f"{site}/quay#:~:text=" in json.dumps(answer["entities"])
    feeds.unfollow(f"{site}/feed")
    database.close()


def test_what_cannot_be_read_is_said_and_nothing_is_added(api: BotApi, site: str) -> None:
    assert add(api, OWNER, f"/add {site}/404")[-1] == TEXTS.add_gone.format(status=404)
    assert add(api, OWNER, f"/add {site}/403")[-1] == TEXTS.add_turned_away.format(status=403)
    assert add(api, OWNER, f"/add {site}/503")[-1] == TEXTS.add_busy.format(status=503)
    assert add(api, OWNER, f"/add {site}/451")[-1] == TEXTS.add_refused.format(status=451)
    assert add(api, OWNER, "/add http://no-such-host.invalid/x")[-1] == TEXTS.add_unreachable
    assert ask(api, OWNER, "/add /etc/passwd")["text"] == TEXTS.add_how
    assert add(api, OWNER, "/add " + "?" * 300)[-1] == TEXTS.add_empty
    assert ask(api, OWNER, "/add")["text"] == TEXTS.add_how


@pytest.mark.parametrize("language", ["en", "uk"])
def test_a_page_without_an_article_is_refused_with_its_reason(
    api: BotApi, site: str, pages: dict[str, str], language: str
) -> None:
    texts = texts_for(language)
    api.user(OWNER, language_code=language)
    said = {}
    for kind, walls in WALLS.items():
        pages["/wall"] = next(iter(walls.values()))
        said[kind] = add(api, OWNER, f"/add {site}/wall", texts)[-1]
    api.user(OWNER, language_code="en")
    assert said == {kind: getattr(texts, f"add_{kind}") for kind in WALLS}
    assert len(set(said.values())) == len(WALLS)


def test_pdfs_that_cannot_be_read_are_refused_with_a_reason(api: BotApi) -> None:
    def sent(raw: bytes) -> str:
        seen = len(api.calls)
        api.user_sends(OWNER, document=api.document("dyke.pdf", raw))

        def last() -> str:
            said = [call.params["text"] for call in api.calls[seen:] if call.method == "editMessageText" and call.ok]
            return said[-1] if said else ""

        api._until(lambda: bool(last()), 60, "the end of adding")
        return last()

    assert sent(pdf(picture)) == TEXTS.add_scanned
    assert sent(pdf(lines(["A dyke."]), password="secret")) == TEXTS.add_locked
    assert sent(b"%PDF-1.7 and no more") == TEXTS.add_unreadable


def test_a_document_is_added(api: BotApi) -> None:
    text = "The ferry of Vell\n\nThe ferry carries forty cars across the fjord. Its captain is Jon Rask, who is sixty."
    seen = len(api.calls)
    api.user_sends(OWNER, document=api.document("ferry.txt", text.encode()))

    def last() -> str:
        return "".join(call.params["text"] for call in api.calls[seen:] if call.method == "editMessageText")

    api._until(lambda: "Added: “The ferry of Vell”" in last(), 60, "the ferry")
    seen = len(api.calls)
    api.user_sends(OWNER, document={**api.document("big.txt", b"x"), "file_size": 11 << 20})
    (call,) = api.wait_for("sendMessage", since=seen, chat=OWNER)
    assert call.params["text"] == TEXTS.add_too_large.format(megabytes=10)


def test_a_caption_may_be_a_command(api: BotApi) -> None:
    seen, text = len(api.calls), "The pier of Vell\n\nThe pier is two hundred metres long. It was rebuilt in 1990."
    api.user_sends(GROUP, user=STRANGER, document=api.document("pier.txt", text.encode()), caption="look at this")
    api.user_sends(GROUP, user=STRANGER, document=api.document("pier.txt", text.encode()), caption="/add@other_bot")
    api.user_sends(GROUP, user=OWNER, document=api.document("pier.txt", text.encode()), caption=f"/add@{api.username}")
    api._until(
        lambda: any("Added: “The pier of Vell”" in str(call.params.get("text")) for call in api.calls[seen:]), 60, "it"
    )
    assert len([call for call in api.calls[seen:] if call.method == "sendMessage"]) == 1


def test_stats_tell_what_is_asked_and_not_who(api: BotApi, folder: Path) -> None:
    for reader in (7101, 7102, 7103):
        ask(api, reader, "Which xylophone did Mozart prefer?")
    ask(api, 7103, "Who built the loom?")
    press(api, 7103, "👍")
    report = ask(api, OWNER, "/stats")["text"]
    assert "3 × Which xylophone did Mozart prefer?" in report
    assert "👍 1 👎 0 The loom in the museum" in report
    assert "questions" in report
    command = [sys.executable, "-m", "bot", "stats", "--data", str(folder)]
    done = subprocess.run(
        command, env=environment(api), check=True, capture_output=True, text=True, timeout=START, cwd=folder
    )
    assert "3 × Which xylophone did Mozart prefer?" in done.stdout
    done = subprocess.run(
        [*command, "--json"], env=environment(api), check=True, capture_output=True, text=True, timeout=START,
        cwd=folder,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["unanswered"][0]["times"] == 3
    assert sum(day["asked"] for day in told["days"]) >= 4
    assert all(str(reader) not in done.stdout for reader in (7101, 7102, 7103))


def test_an_article_is_removed_only_when_that_is_confirmed_by_an_owner(api: BotApi) -> None:
    loom = Article(TEXT, "").id
    ask(api, STRANGER, "Who built the loom?")
    ask(api, GROUP, f"/remove@{api.username} museum", user=OWNER)
    assert len(buttons(api.sent(GROUP)[-1])) == 1
    seen = len(api.calls)
    api.press(api.sent(GROUP)[-1], buttons(api.sent(GROUP)[-1])[0], user=STRANGER)
    (call,) = api.wait_for("answerCallbackQuery", since=seen)
    assert call.params["text"] == TEXTS.only_owners
    asked = press(api, GROUP, buttons(api.sent(GROUP)[-1])[0], user=OWNER)
    assert asked["text"] == TEXTS.remove_sure.format(title="The loom in the museum")
    assert press(api, GROUP, TEXTS.remove_no, user=OWNER)["text"] == TEXTS.kept.format(title="The loom in the museum")
    found = ask(api, OWNER, "/remove museum")
    assert found["text"] == TEXTS.remove_which
    press(api, OWNER, buttons(api.sent(OWNER)[-1])[0])
    assert press(api, OWNER, TEXTS.remove_yes)["text"] == TEXTS.removed.format(title="The loom in the museum")
    seen = len(api.calls)
    api.press(api.sent(STRANGER)[-1], TEXTS.context_button)
    (call,) = api.wait_for("answerCallbackQuery", since=seen)
    assert call.params["text"] == TEXTS.article_gone
    assert ask(api, STRANGER, f"/start {loom}")["text"] == TEXTS.article_gone


def test_a_long_list_of_articles_has_pages(api: BotApi, folder: Path) -> None:
    with Library.open(folder, LazyEmbedder("multilingual")) as library:
        for n in range(9):
            library.add(Article(f"Buoy number {n} of Vell was painted red in May.", f"Buoy {n}", language="en"))
    ask(api, STRANGER, "/article buoy")
    first = api.sent(STRANGER)[-1]
    assert buttons(first) == [*(f"Buoy {n}" for n in range(8, 0, -1)), TEXTS.next_button]
    assert buttons(press(api, STRANGER, TEXTS.next_button)) == ["Buoy 0", TEXTS.previous_button]
    assert buttons(press(api, STRANGER, TEXTS.previous_button)) == buttons(first)
    assert press(api, STRANGER, "Buoy 3")["text"] == TEXTS.article_set.format(title="Buoy 3")
    assert quoted(ask(api, STRANGER, "When was the buoy painted?")) == ["Buoy number 3 of Vell was painted red in May."]
