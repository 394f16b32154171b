"""The commands that add, list, show, remove and refresh articles."""

import json
import re
from pathlib import Path

import pytest

from tests.support.terminal import HARBOUR, ORCHARD, Run, one
from tests.support.web import served


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


def test_people_see_the_day_and_programs_the_moment_of_publication(quoth: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\ndate: 2024-06-14T08:30:00+02:00\nsite: Skarn Post\n---\n\n{HARBOUR}")
    article_id = one(quoth, "add", "a.md")["id"]
    for command in (("show", article_id), ("sources", "--article", article_id)):
        status, out, _ = quoth(*command)
        assert status == 0
        assert re.search(r"Skarn Post · 2024-06-14$", out, re.MULTILINE)
        shown = one(quoth, *command)
        assert shown.get("article", shown)["published"] == "2024-06-14T08:30:00+02:00"


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
