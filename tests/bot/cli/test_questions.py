"""The commands that ask: ``ask``, ``chat``, ``summary`` and ``sources``."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.wording.texts import texts_for
from index.library import Library
from tests.support.terminal import ORCHARD, Run, one

ENGLISH = texts_for(None)


def test_ask_answers_with_slices_of_the_article(quoth: Run, harbour: str) -> None:
    article_id = one(quoth, "add", harbour)["id"]
    text = one(quoth, "show", article_id)["text"]
    found = one(quoth, "ask", "Who is the captain of the ferry?", "--candidates", "3")
    assert set(found) == {"question", "outcome", "answered", "confidence", "quotes", "candidates", "ms"}
    assert (found["outcome"], found["answered"]) == ("answer", True)
    assert 0 <= found["confidence"] <= 1
    assert len(found["candidates"]) == 3
    assert "Ingrid Dahl" in found["quotes"][0]["text"]
    for quote in found["quotes"] + found["candidates"]:
        assert set(quote) == {"n", "article", "text", "start", "end", "paragraph", "link", "score"}
        assert quote["text"] == text[quote["start"] : quote["end"]]
        assert quote["article"] == article_id


def test_ask_says_no_when_the_article_does_not_answer(quoth: Run, harbour: str) -> None:
    found = one(quoth, "ask", "Which enzyme splits lactose?", "--article", harbour, "--candidates", "1")
    assert (found["outcome"], found["answered"]) == ("no_answer", False)
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
