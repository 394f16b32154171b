"""The terminal commands through their public face, with the small embedder in the model's place."""

import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import index.embed.model_loader
from bot.cli.app import main
from bot.wording.texts import texts_for
from index.embed.bundled_models import Progress
from index.ingest import sandbox
from index.library import Library
from tests.support.embedder import WordEmbedder
from tests.support.web import served

ENGLISH = texts_for(None)

HARBOUR = """The ferry to Skarn leaves at nine every morning. It carries forty cars and two hundred people.

The captain is Ingrid Dahl, who learned her trade on a whaler. She says that fog is worse than any storm.
"""
ORCHARD = """Old apple trees grow behind the abbey. The monks planted them in 1650 and still press cider from the fruit.

A blight killed eleven trees last summer. The abbot has ordered new ones from a nursery in Kent.
"""
Run = Callable[..., tuple[int, str, str]]


class ReadyEmbedder(WordEmbedder):
    def __init__(self, model: str, *, progress: Progress) -> None:
        super().__init__(model)

    def begin(self) -> None: ...


@pytest.fixture
def quoth(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder: (exit status, stdout, stderr)."""
    monkeypatch.setattr(index.embed.model_loader, "LazyEmbedder", ReadyEmbedder)
    monkeypatch.setattr(os, "setpriority", lambda *_: None)  # the tests' own process is not what shall stand back
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("QUOTH_") or name in {"LC_ALL", "LC_MESSAGES", "LANG"}]:
        monkeypatch.delenv(name)

    def run(*command: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["quoth", *command])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def harbour(tmp_path: Path) -> str:
    (tmp_path / "harbour.txt").write_text(HARBOUR)
    return "harbour.txt"


def one(quoth: Run, *command: str, **options: str) -> Any:
    status, out, err = quoth(*command, "--json", **options)
    assert (status, err) == (0, "")
    return json.loads(out)


def test_add_list_show_remove(quoth: Run, harbour: str) -> None:
    added = one(quoth, "add", harbour)
    assert set(added) == {"source", "id", "title", "paragraphs", "passages", "seconds"}
    assert (added["source"], added["paragraphs"], added["passages"]) == (harbour, 2, 4)
    assert one(quoth, "add", harbour)["id"] == added["id"]
    (listed,) = one(quoth, "list")
    assert set(listed) == {"id", "title", "url", "added", "passages"}
    assert (listed["id"], listed["passages"]) == (added["id"], 4)
    shown = one(quoth, "show", added["id"])
    assert set(shown) == {"id", "title", "url", "site", "author", "published", "language", "text", "passages"}
    texts = [shown["text"][start:end] for start, end, _ in shown["passages"]]
    assert texts[1] == "It carries forty cars and two hundred people."
    assert [paragraph for *_, paragraph in shown["passages"]] == [1, 1, 2, 2]
    assert quoth("remove", added["id"])[0] == 0
    assert one(quoth, "list") == []


def test_ask_answers_with_slices_of_the_article(quoth: Run, harbour: str) -> None:
    article_id = one(quoth, "add", harbour)["id"]
    text = one(quoth, "show", article_id)["text"]
    found = one(quoth, "ask", "Who is the captain of the ferry?", "--candidates", "3")
    assert set(found) == {"question", "answered", "confidence", "quotes", "candidates", "ms"}
    assert found["answered"]
    assert 0 <= found["confidence"] <= 1
    assert len(found["candidates"]) == 3
    assert "Ingrid Dahl" in found["quotes"][0]["text"]
    for quote in found["quotes"] + found["candidates"]:
        assert set(quote) == {"n", "article", "text", "start", "end", "paragraph", "link", "score"}
        assert quote["text"] == text[quote["start"] : quote["end"]]
        assert quote["article"] == article_id


def test_ask_says_no_when_the_article_does_not_answer(quoth: Run, harbour: str) -> None:
    found = one(quoth, "ask", "Which enzyme splits lactose?", "--article", harbour, "--candidates", "1")
    assert not found["answered"]
    assert found["quotes"] == []
    assert len(found["candidates"]) == 1
    status, out, _ = quoth("ask", "Which enzyme splits lactose?", "--article", harbour)
    assert (status, out) == (0, "The article does not say.\n")


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Thank you!", ENGLISH.thanks),
        ("привіт", ENGLISH.greeting),
        ("👍", ENGLISH.symbols),
        ("who are you?", ENGLISH.about_us),
        ("ok", ENGLISH.not_a_question),
    ],
)
def test_small_talk_gets_a_fitting_reply(quoth: Run, harbour: str, said: str, reply: str) -> None:
    found = one(quoth, "ask", said, "--article", harbour, "--candidates", "2")
    assert (found["question"], found["answered"], found["confidence"]) == (said, False, 0)
    assert found["quotes"] == found["candidates"] == []
    status, out, _ = quoth("ask", said, "--article", harbour)
    assert (status, out) == (0, f"{reply}\n")


def test_a_source_in_place_of_an_id_is_not_kept(quoth: Run, harbour: str) -> None:
    assert one(quoth, "ask", "When does the ferry leave?", "--article", harbour)["answered"]
    assert one(quoth, "list") == []


def test_the_library_is_searched_when_no_article_is_named(quoth: Run, harbour: str, tmp_path: Path) -> None:
    (tmp_path / "orchard.md").write_text("# The abbey's apples\n\n" + ORCHARD)
    ids = [one(quoth, "add", name)["id"] for name in (harbour, "orchard.md")]
    assert one(quoth, "ask", "When does the ferry leave?")["quotes"][0]["article"] == ids[0]
    assert one(quoth, "ask", "What killed eleven trees?")["quotes"][0]["article"] == ids[1]
    (tmp_path / "third.txt").write_text("A cat sat on the mat. It purred until the evening came.\n")
    one(quoth, "add", "third.txt")
    assert one(quoth, "ask", "When does the ferry leave?")["quotes"][0]["article"] == ids[0]
    _, out, _ = quoth("ask", "What killed eleven trees?")
    assert "The abbey's apples" in out
    # An article that is named is the only one that may answer.
    assert not one(quoth, "ask", "What killed eleven trees?", "--article", ids[0])["answered"]


def test_questions_from_a_file_are_answered_in_order_and_a_bad_line_is_an_error(quoth: Run, harbour: str) -> None:
    lines = [
        json.dumps({"question": "When does the ferry leave?"}),
        "not JSON",
        json.dumps({"article": "harbour.txt"}),
        json.dumps({"question": "Who is the captain?", "article": "no-such-file.txt"}),
        json.dumps({"question": "Who?", "article": "harbour.txt", "history": ["Is there a captain?"]}),
        json.dumps(["a list"]),
        json.dumps({"question": "Що це? 🐈", "article": "harbour.txt"}),
    ]
    Path("questions.jsonl").write_text("\n".join(lines))
    status, out, _ = quoth("ask", "--questions", "questions.jsonl", "--article", harbour)
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert len(answers) == len(lines)
    assert [set(a) == {"error"} for a in answers] == [False, True, True, True, False, True, False]
    assert answers[0]["answered"]
    assert answers[4]["answered"]
    assert "Ingrid Dahl" in answers[4]["quotes"][0]["text"]


def test_summary_and_sources(quoth: Run, harbour: str) -> None:
    found = one(quoth, "summary", "--article", harbour)
    assert set(found) == {"article", "sentences"}
    assert [s["start"] for s in found["sentences"]] == sorted(s["start"] for s in found["sentences"])
    named = one(quoth, "sources", "--article", harbour)
    assert set(named) == {"article", "cited"}
    assert set(named["article"]) == {"id", "title", "url", "site", "author", "published"}
    for source in named["cited"]:
        assert set(source) == {"name", "mentions"}


def test_people_see_the_day_and_programs_the_moment_of_publication(quoth: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\ndate: 2024-06-14T08:30:00+02:00\nsite: Skarn Post\n---\n\n{HARBOUR}")
    article_id = one(quoth, "add", "a.md")["id"]
    for command in (("show", article_id), ("sources", "--article", article_id)):
        status, out, _ = quoth(*command)
        assert status == 0
        assert re.search(r"Skarn Post · 2024-06-14$", out, re.MULTILINE)
        shown = one(quoth, *command)
        assert shown.get("article", shown)["published"] == "2024-06-14T08:30:00+02:00"


def test_verify_and_rebuild(quoth: Run, harbour: str, tmp_path: Path) -> None:
    one(quoth, "add", harbour)
    assert quoth("verify")[0] == 0
    (tmp_path / "data" / "vectors.faiss").write_bytes(b"torn")
    status, out, _ = quoth("verify")
    assert status == 1
    assert "vectors.faiss" in out
    assert quoth("rebuild")[0] == 0
    assert quoth("verify")[0] == 0
    assert one(quoth, "ask", "When does the ferry leave?")["answered"]


def test_backup_and_restore(quoth: Run, harbour: str) -> None:
    article_id = one(quoth, "add", harbour)["id"]
    status, out, err = quoth("backup", "kept.tar")
    assert (status, err) == (0, "")
    assert re.fullmatch(r"data is saved in kept\.tar: 1 articles, \d+\.\d MB, checked\.\n", out)
    for command in (("backup", "kept.tar"), ("backup", "other.tar", "--data", "new"), ("restore", "kept.tar")):
        status, out, err = quoth(*command)
        assert (status, out) == (1, "")
        assert err.startswith("quoth: ")
        assert err.count("\n") == 1
    assert quoth("restore", "kept.tar", "--data", "new") == (
        0,
        "kept.tar is restored to new: 1 articles, checked.\n",
        "",
    )
    assert one(quoth, "ask", "When does the ferry leave?", "--data", "new")["quotes"][0]["article"] == article_id
    assert quoth("backup")[0] == quoth("restore")[0] == 2


def test_salvage(quoth: Run, harbour: str, tmp_path: Path) -> None:
    (tmp_path / "orchard.txt").write_text(ORCHARD)
    quoth("add", harbour, "orchard.txt", "--data", "old")
    with closing(sqlite3.connect("old/library.sqlite3")) as db:
        db.execute("DELETE FROM passages")
        db.execute("UPDATE articles SET text = text || '!' WHERE text LIKE '%abbey%'")
        db.commit()
    assert quoth("salvage", "old", "--data", "new") == (
        0,
        "1 articles of old are in new; 1 could not be read.\n"
        "Check them with quoth verify --data new, then set QUOTH_DATA_DIR to it.\n",
        "",
    )
    assert quoth("verify", "--data", "new")[1] == "1 articles, no faults.\n"
    assert "Ingrid Dahl" in quoth("ask", "Who is the captain of the ferry?", "--data", "new")[1]
    status, _, err = quoth("salvage", "old", "--data", "new")
    assert (status, "has a library already" in err) == (1, True)
    assert quoth("salvage", "nowhere", "--data", "newer")[0] == 1


def test_a_library_of_another_model_is_refused_until_it_is_rebuilt(
    quoth: Run, harbour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one(quoth, "add", harbour)
    monkeypatch.setenv("QUOTH_MODEL", "other")
    status, out, err = quoth("ask", "When does the ferry leave?")
    assert (status, out) == (1, "")
    assert "quoth rebuild" in err
    assert quoth("rebuild")[0] == 0
    assert quoth("ask", "When does the ferry leave?")[0] == 0


def test_add_goes_on_after_a_bad_source_and_reports_it(quoth: Run, harbour: str, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("  \n")
    status, out, err = quoth("add", "empty.txt", "missing.txt", harbour, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [set(line) for line in lines[:2]] == [{"source", "error"}] * 2
    assert lines[2]["source"] == harbour
    assert "2 of 3" in err
    assert len(one(quoth, "list")) == 1


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_add_ends_with_what_was_not_added_and_why(
    quoth: Run, harbour: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "empty.txt").write_text("  \n")
    link = "http://me:secret@127.0.0.1:1/private"
    status, _, err = quoth("add", "empty.txt", harbour, "missing.txt", link, *options)
    assert status == 1
    count, *reasons = err.splitlines()[-4:]
    assert count == "quoth: 3 of 4 were not added:"
    assert [reason.partition(": ")[0] for reason in reasons] == [
        "empty.txt",
        "missing.txt",
        "http://127.0.0.1:1/private",
    ]
    assert "The source is empty" in reasons[0]
    assert reasons[1].startswith("missing.txt: cannot be read (")
    assert "leads to a private address" in reasons[2]
    assert "secret" not in err
    assert "The source is empty" not in "\n".join(err.splitlines()[:-4])
    assert len(one(quoth, "list")) == 1


def test_add_of_one_bad_source_says_why_and_no_more(quoth: Run) -> None:
    status, out, err = quoth("add", "missing.txt")
    assert (status, out) == (1, "")
    assert err.startswith("quoth: missing.txt: cannot be read (")
    assert err.count("\n") == 1


def test_standard_input_is_a_source(quoth: Run) -> None:
    assert one(quoth, "add", "-", stdin=HARBOUR)["passages"] == 4


@pytest.mark.parametrize(
    "content",
    [b"", b" \n\t ", b"\x00\x01\x02\x03" * 100, "\u200b\ufeff".encode(), b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8],
    ids=["empty", "white", "binary", "invisible", "picture"],
)
def test_a_source_without_text_is_one_clear_line(quoth: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.txt").write_bytes(content)
    status, out, err = quoth("ask", "Who?", "--article", "bad.txt")
    assert (status, out) == (1, "")
    assert err.startswith("quoth: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        ("show", "0123456789ab"),
        ("remove", "0123456789ab"),
        ("ask", "Who?", "--article", "0123456789ab"),
        ("ask", "Who?"),
        ("summary",),
        ("sources", "--article", "missing.txt"),
        ("ask", "--questions", "missing.jsonl"),
        ("add", "http://127.0.0.1:1/private"),
        ("run",),
        ("list", "--data", "a-file/data"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_line_and_status_1(quoth: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "a-file").write_text("no folder")
    status, out, err = quoth(*command)
    assert status == 1
    assert out == ""
    assert err.startswith("quoth: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command", [("ask",), ("ask", "a", "--questions", "f"), ("nonsense",), ("show",)], ids=" ".join
)
def test_wrong_usage_is_status_2(quoth: Run, command: tuple[str, ...]) -> None:
    assert quoth(*command)[0] == 2


@pytest.mark.parametrize(
    "question",
    ["🐈", "?!…", "x" * 4096, "<b>who</b> *is* `the` [captain](x)", "كيف", "\u202eohw", "' OR 1=1 --", '"NEAR('],
    ids=["emoji", "punctuation", "long", "markup", "arabic", "rtl", "sql", "fts"],
)
def test_any_question_gets_an_answer_or_a_plain_no(quoth: Run, harbour: str, question: str) -> None:
    assert isinstance(one(quoth, "ask", question, "--article", harbour)["answered"], bool)


def test_a_conversation(quoth: Run, harbour: str) -> None:
    asked = "When does the ferry leave?\n\nWhich enzyme splits lactose?\n/summary\n/sources\n/nonsense\n/quit\nWho?\n"
    status, out, err = quoth("chat", harbour, stdin=asked)
    assert (status, err) == (0, "")
    assert "The ferry to Skarn leaves at nine every morning." in out
    assert "[1] ¶ 1" in out
    assert "The article does not say." in out
    assert "› Who?" not in out


def test_small_talk_between_two_questions_does_not_part_them(quoth: Run, harbour: str) -> None:
    asked = "Who is the captain of the ferry?\nThanks!\nWho?\n"
    status, out, _ = quoth("chat", harbour, stdin=asked)
    assert status == 0
    assert out.count(ENGLISH.thanks) == 1
    assert out.rindex("Ingrid Dahl") > out.index(ENGLISH.thanks)


def test_a_setting_tells_how_sure_an_answer_must_be(quoth: Run, harbour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[float] = []
    before = Library.open

    def noted(*arguments: Any, **options: Any) -> Library:
        opened.append(options["one_wrong_in"])
        return before(*arguments, **options)

    monkeypatch.setattr(Library, "open", noted)
    monkeypatch.setenv("QUOTH_ONE_WRONG_IN", "25")
    assert quoth("ask", "When does the ferry leave?", "--article", harbour)[0] == 0
    assert opened == [25, 25], "the library and what is read without being kept"
    monkeypatch.setenv("QUOTH_ONE_WRONG_IN", "1")
    status, _, err = quoth("ask", "When?", "--article", harbour)
    assert status == 1
    assert "ONE_WRONG_IN" in err.upper()


def test_terminal_control_characters_of_an_article_do_not_reach_the_terminal(quoth: Run, tmp_path: Path) -> None:
    (tmp_path / "evil.txt").write_text("The ferry \x1b[31mleaves at nine every morning. It carries forty cars.\n")
    _, out, _ = quoth("ask", "When does the ferry leave?", "--article", "evil.txt")
    assert "\x1b" not in out


def test_its_version_is_that_of_the_package(quoth: Run) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
    assert quoth("--version") == (0, f"quoth {project['version']}\n", "")


@pytest.mark.parametrize("command", [("add",), ("chat",), ("ask", "When does the ferry leave?", "--article")])
def test_what_a_source_holds_is_parsed_in_the_sandbox(
    quoth: Run, harbour: str, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sandbox, "_CHILD", ("-c", "import os; os.abort()"))
    status, _, err = quoth(*command, harbour)
    assert status == 1
    assert "too much time or memory" in err


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['quoth', '--help']\nfrom bot.cli.app import main\n"
        "try: main()\nexcept SystemExit: pass\n"
    )
    code += "print([m for m in ('torch', 'numpy', 'telegram', 'pydantic', 'rich', 'httpx') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    assert re.search(r"^\s+rebuild ", out, re.MULTILINE)


def test_feeds_are_followed_listed_and_followed_no_longer(quoth: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_ALLOW_PRIVATE_ADDRESSES", "true")
    assert quoth("feeds") == (0, "No feed is followed. Follow one: quoth follow FEED\n", "")
    with served() as server:
        item = f"<item><title>A</title><link>{server.url}/a</link></item>"
        server.pages["/rss"] = (
            f"<rss version='2.0'><channel><title>Sk\x7farn</title>{item}</channel></rss>".encode(),
            {},
        )
        link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
        server.pages["/front"] = f"<html><head>{link}</head><body>Hello</body></html>".encode(), {}
        feed = f"{server.url}/rss"
        status, out, err = quoth("follow", f"{server.url}/front", "--announce", "@skarn", "--every", "60")
        assert (status, err) == (0, "")
        assert out.startswith(f"Following Skarn ({feed}), 1 articles now.")
        (told,) = [json.loads(line) for line in quoth("feeds", "--json")[1].splitlines()]
        assert told == {
            "url": feed, "title": "Skarn", "minutes": 60, "announce": "@skarn", "next": None, "failures": 0
        }  # fmt: skip
        assert f"{feed}  Skarn  (every 60 minutes, next now, announced in @skarn)" in quoth("feeds")[1]
        for wrong in ((f"{server.url}/a",), ("feed.xml",), (feed, "--announce", "nobody")):
            status, out, err = quoth("follow", *wrong)
            assert (status, out) == (1, "")
            assert err.startswith("quoth: ")
        assert quoth("unfollow", feed)[0] == 0
        assert quoth("unfollow", feed)[0] == 1


def test_refreshing_finds_corrections_and_tells_what_failed(quoth: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_ALLOW_PRIVATE_ADDRESSES", "true")

    def page(text: str) -> bytes:
        body = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
        return f'<html lang="en"><body><article><h1>Skarn</h1>{body}</article></body></html>'.encode()

    with served() as server:
        server.pages["/ferry"] = page(HARBOUR), {}
        server.pages["/orchard"] = page(ORCHARD), {}
        for name in ("ferry", "orchard"):
            assert quoth("add", f"{server.url}/{name}")[0] == 0
        before = {item["url"]: item["id"] for item in one(quoth, "list")}
        server.pages["/ferry"] = page(HARBOUR.replace("nine", "ten")), {}
        del server.pages["/orchard"]
        status, out, err = quoth("refresh")
        assert status == 1
        assert "(corrected)" in out
        assert "410" in err or "404" in err
        assert err.endswith("quoth: 1 of 2 could not be refreshed.\n")
        after = {item["url"]: item["id"] for item in one(quoth, "list")}
        assert after[f"{server.url}/orchard"] == before[f"{server.url}/orchard"]
        old, new = before[f"{server.url}/ferry"], after[f"{server.url}/ferry"]
        assert old != new
        assert (
            "ten every morning"
            in one(quoth, "ask", "When does the ferry leave?", "--article", old)["quotes"][0]["text"]
        )
        assert "nine every morning" in one(quoth, "show", old)["text"]
        assert one(quoth, "sources", "--article", old)["article"]["corrected"].startswith("20")
        assert "(unchanged)" in quoth("refresh", old)[1]
        assert quoth("refresh", "0" * 12)[0] == 1
