"""Who may do what: the table of docs/telegram.md, each cell tried with the real process; and what none may forge."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from bot.telegram.messages.keyboards import UP
from bot.wording.texts import OWNERS, texts_for
from index.embed.model_loader import LazyEmbedder
from index.library import Library
from index.models import Article
from tests.support.articles import ASHES, ASK_KILN, ASK_OTTERS, KILN, OTTERS, POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.bot_api.entities import detect
from tests.support.process import Bot, Json, ask, covered_by, press, quoted

pytestmark = pytest.mark.timeout(300)
DOCS = (Path(__file__).parents[4] / "docs" / "telegram.md").read_text("utf-8")
TEXTS = texts_for("en")
OWNER, SOMEBODY = 66_001, 66_002
# Telegram's own senders for anonymous admins and for channels; owners' ids here, by an owner's mistake.
NOBODY = {"group": 1_087_968_824, "channel": 136_817_688}
SPARE = Article("The weir of Vell was pulled down in autumn. Nobody misses it.", "The weir", language="en")
GONE = Article("The mill of Vell was sold in spring. It had nine floors.", "The mill", language="en")
ROLES = ("a stranger", "a reader", "an admin of the group", "an owner")
YES, NO, SILENCE = "yes", "no", "—"
_numbers = count(1)


@dataclass(frozen=True)
class Stage:
    """The running bot and a group of its own for each cell; ``titles`` is what the library holds by now."""

    api: BotApi
    titles: set[str]

    @property
    def name(self) -> str:
        return f"@{self.api.username}"

    def enter(self, role: str) -> "Person":
        number = next(_numbers)
        person = Person(self, OWNER if role == "an owner" else 66_100 + number, -1_006_600_000_000 - number)
        self.api.user_says(person.group, "Good morning.", user=SOMEBODY)
        if role == "an admin of the group":
            self.api.membership(person.group, "administrator", of=person.id)
        elif role == "a reader":
            ask(self.api, person.id, ASK_OTTERS)
        return person


@dataclass(frozen=True)
class Person:
    stage: Stage
    id: int
    group: int
    text: str = field(default_factory=lambda: f"Hut {next(_numbers)} of Vell\n\n" + "The hut has a red roof. " * 12)

    @property
    def api(self) -> BotApi:
        return self.stage.api

    def hears(self, chat: int, act: Callable[[], object]) -> list[str]:
        """What the bot says in a chat to what is done; all of it, for a chat is answered in order."""
        seen = len(self.api.calls)
        act()
        ask(self.api, chat, f"/help{self.stage.name}", user=SOMEBODY if chat < 0 else None)
        said = [
            call.params["text"].removeprefix(f"{TEXTS.again}\n")
            for call in self.api.calls[seen:]
            if call.ok and call.method in {"sendMessage", "editMessageText"} and call.params["chat_id"] == chat
        ]
        return said[:-1]

    def says(self, chat: int, text: str) -> list[str]:
        return self.hears(chat, lambda: self.api.user_says(chat, text, user=self.id))

    def sends(self, chat: int, text: str, **more: object) -> list[str]:
        """A text with something about it that only Telegram says."""
        content = {"text": text, "entities": detect(text), **more}
        return self.hears(chat, lambda: self.api.user_sends(chat, user=self.id, **content))

    def presses(self, message: Json, data: str) -> str | None:
        """What a button says to who presses it, or sends such data without it."""
        query, answers = self.api.forge(message, data, user=self.id), []

        def answered() -> bool:
            answers[:] = [one for one in self.api.calls if one.params.get("callback_query_id") == query["id"]]
            return bool(answers)

        self.api._until(answered, 20, f"an answer to {data[:70]!r}")
        text: str | None = answers[0].params.get("text")
        return text


def judged(said: list[str], wanted: str) -> str:
    """``wanted`` begins what is said when it is done."""
    if not said:
        return SILENCE
    if set(said) <= {TEXTS.only_owners, TEXTS.only_admins_forget, TEXTS.only_text}:
        return NO
    assert said[-1].startswith(wanted), said
    return YES


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


def send_a_document(by: Person, chat: int, **more: str) -> str:
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


def commands(name: str, text: str) -> list[str]:
    return [f"/add{name} {text}", f"/remove{name} {SPARE.id}", f"/stats{name}", f"/forget{name}"]


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


def in_the_name_of(by: Person, kind: str, text: str, *, itself: bool = False) -> list[str]:
    """What is said to a message that an anonymous admin writes as a group, or somebody as a channel."""
    room = {"id": by.group, "type": "supergroup", "title": "Vell"}
    author = {"id": NOBODY[kind], "is_bot": True, "first_name": kind, "username": f"{kind}_bot"}
    named = room if itself else {"id": by.group - 10**6, "type": kind, "title": "Another"}
    message = {"message_id": 9_000 + next(_numbers), "date": int(time.time()), "chat": room, "from": author,
               "sender_chat": named, "text": text, "entities": detect(text)}  # fmt: skip
    return by.hears(by.group, lambda: by.api.raw("message", message))


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


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("access")
    with Library.open(folder, LazyEmbedder("multilingual")) as library:
        for article in (SPARE, GONE, RIVER, POTTERY):
            library.add(article)
        library.remove(GONE.id)
    settings = {"QUOTH_OWNER_IDS": str([OWNER, *NOBODY.values()]), "QUOTH_QUESTIONS_A_MINUTE": "1000"}
    with BotApi(privacy=False) as api, Bot(api, folder, **settings) as bot:
        one = Stage(api, {SPARE.title, RIVER.title, POTTERY.title})
        yield one
        assert api.violations == []
        assert "Traceback" not in bot.log
        assert not re.search(r" (ERROR|CRITICAL) |level=(error|critical)", bot.log)
    with Library.open(folder, LazyEmbedder("multilingual")) as library:
        assert {article.title for article in library.articles()} == one.titles


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
