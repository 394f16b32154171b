"""Buttons, in this process: what a press shows, and which presses are refused."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from telegram.ext import ExtBot

from bot.state.chats import Given, Place, Said
from bot.telegram.handlers.callback import CallbackHandler
from bot.telegram.handlers.owner import OwnerHandler
from bot.telegram.messages.sending import Sender
from bot.telegram.messages.verbatim import NotVerbatim
from bot.wording.texts import texts_for
from index.models import Quote
from tests.bot.telegram.handlers.fakes import FakeServices, FakeSources
from tests.support.articles import KILN, OTTERS, POTTERY, RIVER
from tests.support.telegram import ME, OWNER, READER, Json, Telegram, connected, context_of, message, pressed

TEXTS = texts_for("en")
ASKED, REPLIED = 10, 11
KILN_SAID = Said(POTTERY.id, POTTERY.text.index(KILN), POTTERY.text.index(KILN) + len(KILN), 2)
OTTERS_SAID = Said(RIVER.id, 0, len(OTTERS), 1)


def ours(group: int | None = None) -> Json:
    return {**message("An answer.", group=group, number=REPLIED), "from": ME}


class Chat:
    """A reader's chat with one answer in it, and its buttons."""

    def __init__(self, bot: "ExtBot[None]", telegram: Telegram, *, presses: int = 100) -> None:
        self.bot, self.telegram = bot, telegram
        self.services = FakeServices(POTTERY, RIVER, presses=presses)
        given = Given(Place(READER), ASKED, (REPLIED,), POTTERY.id, (KILN_SAID,), (OTTERS_SAID,), 0)
        self.services.state.answers[READER, ASKED] = given
        removal = OwnerHandler(self.services, Sender(), FakeSources()).removal
        self._handler = CallbackHandler(self.services, removal)

    async def press(self, data: str, under: Json | None = None, *, user: int = READER, old: bool = False) -> list[str]:
        """What is shown then: for a moment, and in the message."""
        self.telegram.calls.clear()
        update = pressed(self.bot, data, None if old else under or ours(), user=user)
        await self._handler.button(update, context_of(self.bot))
        assert self.telegram.methods()[0] == "answerCallbackQuery"
        return self.telegram.said()

    def buttons(self) -> list[str]:
        """Of the message as it was edited last."""
        markup: Any = self.telegram.calls[-1][1].get("reply_markup", {})
        return [one["callback_data"] for row in markup.get("inline_keyboard", []) for one in row]


@pytest.fixture
async def chat() -> Chat:
    telegram = Telegram()
    return Chat(await connected(telegram), telegram)


async def test_the_context_of_a_quote_and_the_way_back(chat: Chat) -> None:
    (text,) = await chat.press(f"in:{ASKED}:0")
    assert text.startswith(POTTERY.text.split("\n\n")[1])
    assert chat.buttons() == [f"in:{ASKED}:0:1", f"in:{ASKED}:0:3", f"back:{ASKED}"]
    (text,) = await chat.press(f"in:{ASKED}:0:1")
    assert text.startswith("The last pottery of Lower Wend")
    (text,) = await chat.press(f"back:{ASKED}")
    assert KILN in text
    assert chat.buttons() == [f"in:{ASKED}:0", f"more:{ASKED}", f"vote:{ASKED}:1", f"vote:{ASKED}:-1"]


async def test_the_way_back_to_what_only_came_closest_says_so_again(chat: Chat) -> None:
    given = chat.services.state.answers[READER, ASKED]
    chat.services.state.answers[READER, ASKED] = replace(given, hedged=True)
    (text,) = await chat.press(f"back:{ASKED}")
    assert text.startswith(f"{TEXTS.closest}\n")
    assert KILN in text


async def test_more_passages_and_the_closest(chat: Chat) -> None:
    for verb in ("more", "near"):
        (text,) = await chat.press(f"{verb}:{ASKED}")
        assert OTTERS in text
        assert chat.buttons() == [f"in:{ASKED}:1", f"back:{ASKED}"]


async def test_a_vote_is_counted_and_taken_back(chat: Chat) -> None:
    assert await chat.press(f"vote:{ASKED}:1") == [TEXTS.voted]
    assert f"vote:{ASKED}:0" in chat.buttons()
    assert await chat.press(f"vote:{ASKED}:0") == [TEXTS.vote_taken_back]
    assert chat.services.tallies.votes == [(READER, ASKED, 1), (READER, ASKED, 0)]


async def test_an_article_is_chosen_from_a_list(chat: Chat) -> None:
    (text,) = await chat.press("list:0:otters: of the Alm")
    assert text == TEXTS.choose_article
    assert chat.buttons() == [f"use:{POTTERY.id}", f"use:{RIVER.id}"], "all, where no title has these words"
    await chat.press("list:0:otters")
    assert chat.buttons() == [f"use:{RIVER.id}"]
    assert await chat.press(f"use:{RIVER.id}") == [TEXTS.article_set.format(title=RIVER.title)]
    assert chat.services.state.chosen == {Place(READER): RIVER.id}


@pytest.mark.parametrize(
    "data",
    [
        *("", ":", "in", "in:", "in:x", "in:99:0", f"in:{ASKED}", f"in:{ASKED}:2", f"in:{ASKED}:-1", f"in:{ASKED}:0:9"),
        *(f"vote:{ASKED}", f"vote:{ASKED}:2", "use", "list", "list:x", "remove", "nothing:1", "in:" + "9" * 60),
    ],
)
async def test_what_no_button_of_ours_carries_is_too_old(chat: Chat, data: str) -> None:
    assert await chat.press(data) == [TEXTS.buttons_too_old]
    assert chat.telegram.methods() == ["answerCallbackQuery"]


async def test_stale_buttons(chat: Chat) -> None:
    """Under a message that Telegram does not show us any more, or that is no longer part of the answer."""
    assert await chat.press(f"in:{ASKED}:0", old=True) == [TEXTS.buttons_too_old]
    assert await chat.press(f"in:{ASKED}:0", {**ours(), "message_id": 12}) == [TEXTS.buttons_too_old]
    chat.services.library.remove(POTTERY.id)
    assert await chat.press(f"in:{ASKED}:0") == [TEXTS.article_gone]
    assert await chat.press(f"back:{ASKED}") == [TEXTS.article_gone]
    assert await chat.press(f"use:{POTTERY.id}") == [TEXTS.article_gone]


@pytest.mark.parametrize("verb", ["in", "more", "near", "back"])
async def test_what_is_not_stored_any_more_when_it_is_to_be_shown_is_not(chat: Chat, verb: str) -> None:
    """The text was changed behind the library's back while the press was worked on."""
    library, really_outdated = chat.services.library, chat.services.outdated

    def outdated(quotes: Sequence[Quote]) -> list[Quote]:
        library.kept = {name: replace(one, text=one.text.upper()) for name, one in library.kept.items()}
        return really_outdated(quotes)

    chat.services.outdated = outdated  # type: ignore[method-assign]
    with pytest.raises(NotVerbatim):
        await chat.press(f"{verb}:{ASKED}:0")
    assert chat.telegram.calls == []


async def test_the_answers_of_another_chat_are_not_shown(chat: Chat) -> None:
    assert await chat.press(f"back:{ASKED}", ours(group=-100)) == [TEXTS.buttons_too_old]


async def test_there_are_no_votes_in_groups(chat: Chat) -> None:
    chat.services.state.answers[-100, ASKED] = chat.services.state.answers[READER, ASKED]
    assert await chat.press(f"vote:{ASKED}:1", ours(group=-100)) == [TEXTS.buttons_too_old]
    assert chat.services.tallies.votes == []


@pytest.mark.parametrize("data", [f"drop:{POTTERY.id}", "drops:0:", f"remove:{POTTERY.id}", f"keep:{POTTERY.id}"])
async def test_buttons_of_owners_are_refused_to_others(chat: Chat, data: str) -> None:
    assert await chat.press(data) == [TEXTS.only_owners]
    assert chat.services.library.size() == 2


async def test_an_owner_removes_an_article(chat: Chat) -> None:
    assert await chat.press("drops:0:", user=OWNER) == [TEXTS.remove_which]
    assert chat.buttons() == [f"drop:{POTTERY.id}", f"drop:{RIVER.id}"]
    assert await chat.press(f"drop:{RIVER.id}", user=OWNER) == [TEXTS.remove_sure.format(title=RIVER.title)]
    assert chat.buttons() == [f"remove:{RIVER.id}", f"keep:{RIVER.id}"]
    assert await chat.press(f"keep:{RIVER.id}", user=OWNER) == [TEXTS.kept.format(title=RIVER.title)]
    assert await chat.press(f"remove:{RIVER.id}", user=OWNER) == [TEXTS.removed.format(title=RIVER.title)]
    assert list(chat.services.library.kept) == [POTTERY.id]
    assert await chat.press(f"remove:{RIVER.id}", user=OWNER) == [TEXTS.article_gone]


async def test_whoever_presses_too_much_is_told_so() -> None:
    telegram = Telegram()
    chat = Chat(await connected(telegram), telegram, presses=1)
    await chat.press(f"back:{ASKED}")
    assert await chat.press(f"back:{ASKED}") == [TEXTS.too_many]
