"""Who may do what: the table of docs/telegram.md, each cell tried with the real process."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.telegram.messages.keyboards import UP
from bot.wording.texts import OWNERS
from tests.support.access import (
    NO,
    OWNER,
    SILENCE,
    SOMEBODY,
    SPARE,
    TEXTS,
    YES,
    Person,
    Stage,
    commands,
    in_the_name_of,
    judged,
)
from tests.support.articles import ASHES, ASK_KILN, ASK_OTTERS, KILN, OTTERS, POTTERY, RIVER
from tests.support.process import Json, ask, covered_by, press, quoted

pytestmark = pytest.mark.timeout(300)
DOCS = (Path(__file__).parents[4] / "docs" / "telegram.md").read_text("utf-8")
ROLES = ("a stranger", "a reader", "an admin of the group", "an owner")


def same(*verdicts: str) -> str:
    (verdict,) = set(verdicts)
    return verdict


def when(done: bool) -> str:
    return YES if done else SILENCE


def ask_in_private(by: Person) -> str:
    return when(quoted(ask(by.api, by.id, f"{ASK_KILN} {POTTERY.url}")) == [KILN])


def ask_in_a_group(by: Person) -> str:
    name = by.stage.name
    first = ask(by.api, by.group, f"{name} {ASK_KILN}", user=by.id)
    below = by.api.sent(by.group)[-1]
    said = [first, ask(by.api, by.group, ASK_OTTERS, user=by.id, reply_to=below)]
    said.append(ask(by.api, by.group, f"/ask{name} {ASK_KILN}", user=by.id))
    return when([quoted(one) for one in said] == [[KILN], [OTTERS], [KILN]])


def ask_elsewhere(by: Person) -> str:
    seen = len(by.api.calls)
    by.api.inline(ASK_KILN, user=by.id)
    by.api.guest(f"{by.stage.name} {ASK_KILN}", user=by.id)
    (cards,) = by.api.wait_for("answerInlineQuery", since=seen)
    (answer,) = by.api.wait_for("answerGuestQuery", since=seen)
    said = answer.params["result"]["input_message_content"]["message_text"]
    return when(cards.params["results"][0]["title"] == KILN and KILN in said)


def start_and_help(by: Person) -> str:
    hello = TEXTS.start.format(title=RIVER.title)
    return same(
        judged(by.says(by.id, f"/start {RIVER.id}"), hello),
        judged(by.says(by.group, f"/start{by.stage.name} {RIVER.id}"), hello),
        judged(by.says(by.id, "/help"), TEXTS.help),
    )


def read_about(by: Person) -> str:
    return same(
        *(judged(by.says(chat, f"/{command}{by.stage.name}"), begins)
          for chat in (by.id, by.group)
          for command, begins in (("summary", "In short"), ("sources", "The article"))),
    )  # fmt: skip


def choose(by: Person) -> str:
    for chat in (by.id, by.group):
        ask(by.api, chat, f"/article{by.stage.name}", user=by.id)
        press(by.api, chat, RIVER.title, user=by.id)
    said = [ask(by.api, chat, f"{by.stage.name} {ASK_KILN}", user=by.id)["text"] for chat in (by.id, by.group)]
    return when(set(said) == {TEXTS.no_answer_in.format(title=RIVER.title)})


def forget_a_chat(by: Person) -> str:
    return judged(by.says(by.id, "/forget"), TEXTS.forgotten)


def forget_a_group(by: Person) -> str:
    return judged(by.says(by.group, f"/forget{by.stage.name}"), TEXTS.forgotten)


def add(by: Person) -> str:
    private = judged(by.says(by.id, f"/add {by.text}"), "Added: ")
    if private == YES:
        by.stage.titles.add(by.text.partition("\n")[0])
    return same(private, judged(by.says(by.group, f"/add{by.stage.name} {by.text}"), "“Hut"))


def remove(by: Person) -> str:
    return same(
        judged(by.says(by.id, "/remove"), TEXTS.remove_which),
        judged(by.says(by.id, f"/remove {SPARE.id}"), TEXTS.remove_sure.format(title=SPARE.title)),
        judged(by.says(by.group, f"/remove{by.stage.name}"), TEXTS.remove_which),
    )


def stats(by: Person) -> str:
    return same(
        judged(by.says(by.id, "/stats"), TEXTS.stats_days),
        judged(by.says(by.group, f"/stats{by.stage.name}"), TEXTS.stats_days),
    )


def send_a_document(by: Person, chat: int, **more: Any) -> str:
    document = by.api.document("hut.txt", by.text.encode())
    said = by.hears(chat, lambda: by.api.user_sends(chat, user=by.id, document=document, **more))
    if (verdict := judged(said, "Added: ")) == YES:
        by.stage.titles.add(by.text.partition("\n")[0])
    return verdict


def document_in_private(by: Person) -> str:
    return send_a_document(by, by.id)


def document_in_a_group(by: Person) -> str:
    return same(send_a_document(by, by.group), send_a_document(by, by.group, caption="Read this."))


def document_with_add(by: Person) -> str:
    return send_a_document(by, by.group, caption=f"/add{by.stage.name}")


def press_of_removal(by: Person) -> str:
    ask(by.api, by.group, f"/remove{by.stage.name}", user=OWNER)
    shown = by.api.sent(by.group)[-1]
    said = {by.presses(shown, data) for data in ("drops:0:", f"drop:{SPARE.id}", f"keep:{SPARE.id}")}
    said.add(by.presses(shown, f"remove:{SPARE.id}"))
    if done := said == {None}:
        by.stage.titles.discard(SPARE.title)
    assert done or said == {TEXTS.only_owners}
    return YES if done else NO


def press_below_anothers_answer(by: Person) -> str:
    ask(by.api, by.group, f"{by.stage.name} {ASK_KILN}", user=SOMEBODY)
    shown = press(by.api, by.group, TEXTS.context_button, user=by.id)
    return when(quoted(shown) == [f"{KILN} {ASHES}"] and covered_by(shown, "bold") == [KILN])


def vote_in_private(by: Person) -> str:
    ask(by.api, by.id, f"{ASK_KILN} {POTTERY.url}")
    return when("✓" in str(press(by.api, by.id, UP)["reply_markup"]))


def vote_in_a_group(by: Person) -> str:
    asked = by.api.user_says(by.group, f"{by.stage.name} {ASK_KILN}", user=by.id)
    by.says(by.group, "And that was it.")
    shown = next(one for one in by.api.sent(by.group) if quoted(one))
    assert by.presses(shown, f"in:{asked['message_id']}:0") is None
    return NO if by.presses(shown, f"vote:{asked['message_id']}:1") == TEXTS.buttons_too_old else YES


def edit_a_question(by: Person) -> str:
    asked, seen = by.api.user_says(by.id, ASK_KILN), len(by.api.calls)
    by.api.wait_for("sendMessage", since=seen, chat=by.id)
    return when(OTTERS in by.hears(by.id, lambda: by.api.edit(asked, ASK_OTTERS))[-1])


def edit_into_a_command(by: Person) -> str:
    message = by.api.user_says(by.group, "Hello", user=by.id)
    written = commands(by.stage.name, by.text)
    return same(*(judged(by.hears(by.group, lambda: by.api.edit(message, one)), "") for one in written))  # noqa: B023


def anothers_command(by: Person) -> str:
    """Forwarded, or chosen from what another bot offers inline: words of somebody else."""
    person = {"id": 5, "is_bot": False, "first_name": "A"}
    bot = {"id": 6, "is_bot": True, "first_name": "B", "username": "other_bot"}
    channel = {"id": -1_006_699_999_999, "type": "channel", "title": "News"}
    ways: list[Json] = [
        {"forward_origin": {"type": "user", "date": 1, "sender_user": person}},
        {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "A"}},
        {"forward_origin": {"type": "channel", "date": 1, "chat": channel, "message_id": 1}},
        {"via_bot": bot},
    ]
    written = commands(by.stage.name, by.text)
    return same(*(judged(by.sends(by.group, text, **way), "") for text in written for way in ways))


def owners_command_as_nobody(by: Person) -> str:
    written = commands(by.stage.name, by.text)[:-1]
    return same(
        *(judged(in_the_name_of(by, "channel", one), "") for one in written),
        *(judged(in_the_name_of(by, "group", one, itself=True), "") for one in written),
    )


# What is done: how it is tried, and what comes of it for each of ROLES.
TABLE: dict[str, tuple[Callable[[Person], str], tuple[str, str, str, str]]] = {
    "a question in private": (ask_in_private, (YES,) * 4),
    "a question in a group: a mention, `/ask`, a reply": (ask_in_a_group, (YES,) * 4),
    "`@your_bot` in any other chat": (ask_elsewhere, (YES,) * 4),
    "`/start`, with an article's link too, and `/help`": (start_and_help, (YES,) * 4),
    "`/summary` and `/sources`": (read_about, (YES,) * 4),
    "`/article` and its list, for oneself or for a group": (choose, (YES,) * 4),
    "the buttons below an answer, one's own or another's": (press_below_anothers_answer, (YES,) * 4),
    "thumbs below one's own answer, in private": (vote_in_private, (YES,) * 4),
    "thumbs in a group": (vote_in_a_group, (NO,) * 4),
    "editing one's question": (edit_a_question, (YES,) * 4),
    "`/forget` in private": (forget_a_chat, (YES,) * 4),
    "`/forget` in a group": (forget_a_group, (NO, NO, YES, NO)),
    "`/add`": (add, (NO, NO, NO, YES)),
    "a document in private": (document_in_private, (NO, NO, NO, YES)),
    "a document in a group, with `/add@your_bot` below it": (document_with_add, (NO, NO, NO, YES)),
    "any other document in a group": (document_in_a_group, (SILENCE,) * 4),
    "`/remove`": (remove, (NO, NO, NO, YES)),
    "the buttons of `/remove`, whoever called it": (press_of_removal, (NO, NO, NO, YES)),
    "`/stats`": (stats, (NO, NO, NO, YES)),
    "an owner's command in the name of a group or channel": (owners_command_as_nobody, (NO,) * 4),
    "an owner's command, or `/forget`, that is forwarded or comes by another bot": (anothers_command, (SILENCE,) * 4),
    "the same, edited into a message": (edit_into_a_command, (SILENCE,) * 4),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", TABLE)
def test_each_cell(stage: Stage, action: str, role: str) -> None:
    act, expected = TABLE[action]
    assert act(stage.enter(role)) == expected[ROLES.index(role)]


def test_the_docs_have_this_table() -> None:
    section = DOCS.partition("## Who may do what\n")[2].partition("\n## ")[0]
    rows = [re.split(r" \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("|")]
    assert rows[0] == ["what", *ROLES]
    assert {row[0]: tuple(row[1:]) for row in rows[2:]} == {name: cells for name, (_, cells) in TABLE.items()}


def test_every_command_of_the_menu_is_in_the_table() -> None:
    named = set(re.findall(r"`/(\w+)", " ".join(TABLE)))
    assert named == {name for name, _ in TEXTS.commands}
    assert set(OWNERS) <= named
