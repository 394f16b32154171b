"""What nobody may forge: commands in the words of others, callback data, deep links."""

import pytest

from tests.support.access import GONE, SOMEBODY, SPARE, TEXTS, Stage, in_the_name_of
from tests.support.articles import ASK_KILN, ASK_OTTERS, OTTERS, RIVER
from tests.support.process import ask, quoted

pytestmark = pytest.mark.timeout(300)


def test_only_who_writes_as_the_group_itself_lets_it_be_forgotten(stage: Stage) -> None:
    by, forget = stage.enter("a stranger"), f"/forget{stage.name}"
    assert in_the_name_of(by, "channel", forget) == [TEXTS.only_admins_forget]
    assert in_the_name_of(by, "group", forget, itself=True) == [TEXTS.forgotten]


def test_a_forwarded_command_in_private_is_none_and_a_forwarded_document_is_one(stage: Stage) -> None:
    by = stage.enter("an owner")
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "A"}
    for command in (f"/add {by.text}", "/remove", "/stats", "/forget"):
        assert [text[:20] for text in by.sends(by.id, command, forward_origin=origin)] == [TEXTS.help[:20]]
    document = by.api.document("hut.txt", by.text.encode())
    said = by.hears(by.id, lambda: by.api.user_sends(by.id, document=document, forward_origin=origin))
    assert said[-1].startswith("Added: ")
    stage.titles.add(by.text.partition("\n")[0])


# Callback data as no button of ours carries it, or not for who sends it.
FORGED = [
    "", ":", "::::", " ", "\0", "\n", "remove", "remove:", f"remove:{GONE.id}", "remove:../../etc/passwd", "drop:%s",
    "drop:é", "keep:{0.__class__}", "keep:' OR 1=1 --", "drops", "drops:", "drops:x", "drops:-1", f"drops:{'9' * 16}:x",
    "é" * 32, "x" * 64, "x" * 5_000, ":" * 5_000, "remove:" + "f" * 5_000, "in", "in:", "in:x:y", "in:-1:-1",
    "in:1:99999999999999999999", "in:٣:٣", "in:1_0:0", "in:1e3:0", "more:0", "more:nan", "back:999999", "near:0",
    "vote:1", "vote:1:7", "vote:1:-1:x", "use", "use:", f"use:{GONE.id}", "use:' OR 1=1 --", f"use:{RIVER.id.upper()}",
    "use:\u202e\u200b", "list", "list:", "list:-5", f"list:{'9' * 16}:x", 'list:0:"*(NEAR', "list:0:{0}%s", "🔥:🔥",
]  # fmt: skip


@pytest.mark.parametrize("role", ["a stranger", "an owner"])
def test_forged_callback_data_is_answered_once_and_does_nothing(stage: Stage, role: str) -> None:
    by = stage.enter(role)
    ask(stage.api, by.id, ASK_KILN)
    (shown,) = by.api.sent(by.id)[-1:]
    foreign = by.api.user_says(by.group, f"{stage.name} {ASK_KILN}", user=SOMEBODY)
    by.says(by.group, "And that was it.")
    mine = [f"in:{foreign['message_id'] + n}:0" for n in range(-3, 4)]  # numbers of messages in another chat
    allowed = {None, TEXTS.buttons_too_old, TEXTS.article_gone, TEXTS.only_owners}
    for data in FORGED + mine:
        assert by.presses(shown, data) in allowed, data[:70]
    if role != "an owner":
        for data in (f"remove:{SPARE.id}", f"remove:{RIVER.id}:x", f"drop:{RIVER.id}", "drops:0:", f"keep:{RIVER.id}"):
            assert by.presses(shown, data) == TEXTS.only_owners
        for data in (f"REMOVE:{RIVER.id}", f" remove:{RIVER.id}", f"remove\n:{RIVER.id}", f"remove;{RIVER.id}"):
            assert by.presses(shown, data) == TEXTS.buttons_too_old
    assert quoted(ask(by.api, by.id, f"{RIVER.url} {ASK_OTTERS}")) == [OTTERS]


@pytest.mark.parametrize(
    "payload",
    [
        GONE.id, "0" * 12, RIVER.id[:-1], RIVER.id.upper(), f"remove:{RIVER.id}", f"drop_{RIVER.id}", f"{RIVER.id}'--",
        "'; DROP TABLE articles;--", "{0.__class__}", "%s%n", "../../etc/passwd", "a" * 64, "é" * 64, "\u202e\u200bx",
        "<b>x</b>", "[x](https://evil.example)", "https://evil.example/x", "@other_bot", "/remove", "x" * 3_900,
    ],
)  # fmt: skip
def test_a_deep_link_reaches_an_article_or_nothing(stage: Stage, payload: str) -> None:
    by = stage.enter("a stranger")
    (said,) = by.says(by.id, f"/start {payload}")
    hellos = {TEXTS.start.format(title=title) for title in stage.titles}
    assert said in hellos | {TEXTS.article_gone}
