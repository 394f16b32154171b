"""Commands, in this process: /start, /article, /add, /remove and /forget."""

from typing import Any

import pytest
from telegram.ext import ExtBot

from bot.state.chats import Place
from bot.telegram.handlers.article import ArticleHandler
from bot.telegram.handlers.group import GroupHandler
from bot.telegram.handlers.owner import OwnerHandler
from bot.telegram.messages.sending import Sender
from bot.wording.texts import texts_for
from tests.bot.telegram.handlers.fakes import FakeServices, FakeSources
from tests.support.articles import POTTERY, RIVER
from tests.support.telegram import OWNER, READER, Json, Telegram, connected, context_of, message, update

TEXTS = texts_for("en")
GROUP = -100


class Bot:
    def __init__(self, bot: "ExtBot[None]", telegram: Telegram) -> None:
        self._bot, self.telegram = bot, telegram
        self.services = FakeServices(POTTERY, RIVER)

    async def hears(self, said: Json, sources: FakeSources | None = None) -> list[str]:
        """What it says to a command, or to a document."""
        self.telegram.calls.clear()
        sender = Sender()  # which has not said anything yet that it could say it has said
        articles, groups = ArticleHandler(self.services, sender), GroupHandler(self.services, sender)
        owners = OwnerHandler(self.services, sender, sources or FakeSources())
        command = said["text"].split()[0] if "text" in said else "/add"
        handlers = {
            "/start": articles.start, "/article": articles.article, "/summary": articles.summary,
            "/add": owners.add, "/remove": owners.remove, "/stats": owners.stats, "/forget": groups.forget,
        }  # fmt: skip
        await handlers[command](update(self._bot, message=said), context_of(self._bot))
        return self.telegram.said()

    def buttons(self) -> list[str]:
        markup: Any = self.telegram.calls[-1][1]["reply_markup"]
        return [one["callback_data"] for row in markup["inline_keyboard"] for one in row]


@pytest.fixture
async def bot() -> Bot:
    telegram = Telegram()
    return Bot(await connected(telegram), telegram)


# /start and /article


async def test_start_says_what_may_be_asked(bot: Bot) -> None:
    assert await bot.hears(message("/start")) == [TEXTS.start.format(title=RIVER.title)]
    assert bot.services.state.chosen == {}


async def test_start_with_a_deep_link_puts_the_chat_on_that_article(bot: Bot) -> None:
    assert await bot.hears(message(f"/start {POTTERY.id}")) == [TEXTS.start.format(title=POTTERY.title)]
    assert bot.services.state.chosen == {Place(READER): POTTERY.id}
    assert await bot.hears(message("/start " + "0" * 12)) == [TEXTS.article_gone]
    assert bot.services.state.chosen == {Place(READER): POTTERY.id}
    assert await bot.hears(message("/start inline")) == [TEXTS.start.format(title=POTTERY.title)]


async def test_start_without_any_article(bot: Bot) -> None:
    bot.services.library.kept.clear()
    assert await bot.hears(message("/start")) == [TEXTS.start_empty]


async def test_articles_are_offered_by_the_words_of_their_titles(bot: Bot) -> None:
    assert await bot.hears(message("/article")) == [TEXTS.choose_article]
    assert bot.buttons() == [f"use:{POTTERY.id}", f"use:{RIVER.id}"]
    assert await bot.hears(message("/article OTTERS")) == [TEXTS.choose_article]
    assert bot.buttons() == [f"use:{RIVER.id}"]
    assert await bot.hears(message("/article windmill")) == [TEXTS.no_title_has]
    assert len(bot.buttons()) == 2
    bot.services.library.kept.clear()
    assert await bot.hears(message("/article")) == [TEXTS.no_article]


async def test_a_summary_is_of_the_article_that_the_chat_is_on(bot: Bot) -> None:
    bot.services.state.chosen[Place(READER)] = POTTERY.id
    (said,) = await bot.hears(message("/summary"))
    assert POTTERY.title in said
    link = message("/summary", reply_to_message=message(str(RIVER.url), number=9))
    (said,) = await bot.hears(link)
    assert RIVER.title in said


# /add and /remove

LINK = "https://example.org/new"
PASTED = "The council wants to turn the hall of the old mill into a school for three hundred children. " * 3
DOCUMENT = {"file_id": "f1", "file_unique_id": "u", "file_name": "pottery.txt", "mime_type": "text/plain"}


@pytest.mark.parametrize(
    ("said", "source"),
    [
        (message(f"/add {LINK}", user=OWNER), LINK),
        (message("/add", user=OWNER, reply_to_message=message(f"See {LINK}", number=9)), LINK),
        (message(f"/add {PASTED}", user=OWNER), f"pasted: {PASTED[:20]}"),
        (message("", user=OWNER, document=DOCUMENT), "pottery.txt: The last pottery of "),
    ],
    ids=["a link", "the link of a message", "pasted", "a document"],
)
async def test_an_owner_adds(bot: Bot, said: Json, source: str) -> None:
    bot.services.library.kept.clear()
    bot.telegram.files["f1"] = b"The last pottery of Lower Wend stands behind the tannery."
    sources = FakeSources(article=POTTERY)
    first, *_, last = await bot.hears(said, sources)
    assert (sources.asked, list(bot.services.library.kept)) == ([source], [POTTERY.id])
    assert (first, POTTERY.title in last) == (TEXTS.add_reading, True)
    assert f"?start={POTTERY.id}" in last
    assert bot.services.library.saves == 1
    assert set(bot.telegram.methods()) - {"getFile"} == {"sendMessage", "editMessageText"}


async def test_what_is_there_is_known_again(bot: Bot) -> None:
    said = await bot.hears(message(f"/add {LINK}", user=OWNER), FakeSources(article=POTTERY))
    start = TEXTS.add_known.partition("{")[0]
    assert said[0] == TEXTS.add_reading
    assert said[-1].startswith(start)


@pytest.mark.parametrize(
    ("kind", "status", "reply"),
    [
        ("gone", 404, TEXTS.add_gone.format(status=404)),
        ("login", None, TEXTS.add_login),
        ("login", 401, TEXTS.add_turned_away.format(status=401)),
        ("something new", None, TEXTS.add_unreadable),
    ],
)
async def test_what_cannot_be_read_is_told_with_its_reason(bot: Bot, kind: str, status: int | None, reply: str) -> None:
    assert (await bot.hears(message(f"/add {LINK}", user=OWNER), FakeSources(kind, status)))[-1] == reply
    assert bot.services.library.size() == 2


async def test_nobody_else_may_add_or_remove_or_see_what_is_asked(bot: Bot) -> None:
    sources = FakeSources(article=POTTERY)
    for said in (f"/add {LINK}", f"/remove {POTTERY.id}", "/stats"):
        assert await bot.hears(message(said), sources) == [TEXTS.only_owners]
    assert (sources.asked, bot.services.library.size()) == ([], 2)


async def test_what_is_too_little_or_too_large_to_add(bot: Bot) -> None:
    assert await bot.hears(message("/add five points", user=OWNER)) == [TEXTS.add_how]
    document = {**DOCUMENT, "file_size": 10**9}
    (said,) = await bot.hears(message("", user=OWNER, document=document))
    assert said.startswith(TEXTS.add_too_large.partition("{")[0])


async def test_an_article_is_removed_by_its_id_after_being_asked(bot: Bot) -> None:
    assert await bot.hears(message("/remove", user=OWNER)) == [TEXTS.remove_which]
    assert bot.buttons() == [f"drop:{POTTERY.id}", f"drop:{RIVER.id}"]
    assert await bot.hears(message(f"/remove {RIVER.id}", user=OWNER)) == [TEXTS.remove_sure.format(title=RIVER.title)]
    assert bot.buttons() == [f"remove:{RIVER.id}", f"keep:{RIVER.id}"]
    assert bot.services.library.size() == 2


# /forget


async def test_a_private_chat_is_forgotten(bot: Bot) -> None:
    assert await bot.hears(message("/forget")) == [TEXTS.forgotten]
    assert bot.services.state.forgotten == bot.services.memory.chats == [READER]


async def test_a_group_is_forgotten_by_its_admins_alone(bot: Bot) -> None:
    assert await bot.hears(message("/forget", group=GROUP)) == [TEXTS.only_admins_forget]
    assert bot.services.state.forgotten == []
    anonymous = message("/forget", group=GROUP, sender_chat={"id": GROUP, "type": "supergroup"})
    assert await bot.hears(anonymous) == [TEXTS.forgotten]
    channel = message("/forget", group=GROUP, sender_chat={"id": -200, "type": "channel"})
    assert await bot.hears(channel) == [TEXTS.only_admins_forget]
    assert bot.services.state.forgotten == [GROUP]
