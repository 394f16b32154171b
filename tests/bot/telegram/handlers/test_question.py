"""Questions, in this process: what is sent, what is recorded, and what is never sent."""

from dataclasses import replace

import pytest

from bot.state.chats import Place, Said
from bot.wording.texts import texts_for
from index.errors import DamagedLibrary
from tests.bot.telegram.handlers.asking import Asked, KnowingLibrary
from tests.support.articles import ASK_KILN, ASK_OTTERS, KILN, OTTERS, POTTERY, RIVER
from tests.support.telegram import DATE, ME, READER, Json, Telegram, connected, message

TEXTS = texts_for("en")
GROUP = -100
INLINE = {"id": "1", "from": {"id": READER, "is_bot": False, "first_name": "A"}, "query": ASK_KILN, "offset": ""}
NEAR_KILN = "when was the kiln repaired"
KILN_AT = POTTERY.text.index(KILN)


@pytest.fixture
async def asked() -> Asked:
    telegram = Telegram()
    library = KnowingLibrary(POTTERY, RIVER, answers={ASK_KILN: KILN, ASK_OTTERS: OTTERS}, near={NEAR_KILN: KILN})
    return Asked(await connected(telegram), telegram, library)


def edited(text: str, after: int = 60) -> Json:
    return {**message(text), "edit_date": DATE + after}


def guest(text: str) -> Json:
    return {**message(f"@{ME['username']} {text}", group=GROUP), "guest_query_id": "guest-1"}


def content(call: tuple[str, Json]) -> Json:
    result: Json = call[1]["result"]["input_message_content"]
    return result


async def test_a_question_is_answered_and_recorded_with_its_update(asked: Asked) -> None:
    ((method, sent),) = await asked.hears(message=message(ASK_KILN))
    assert method == "sendMessage"
    assert KILN in sent["text"]
    assert sent["reply_parameters"]["message_id"] == 10
    given = asked.services.state.answers[READER, 10]
    assert given.replied == (1001,)
    assert given.quotes == (Said(POTTERY.id, KILN_AT, KILN_AT + len(KILN), 1),)
    log = asked.services.reply_log
    assert [(one.article, one.question, one.answered) for one in log.tallies] == [(POTTERY.id, ASK_KILN, True)]
    assert set(log.finished) == asked.recorded == {1}
    assert asked.services.counted("quoth_questions_total", kind="private") == 1
    assert asked.services.counted("quoth_answers_total", outcome="answered") == 1


async def test_one_that_comes_again_is_not_answered_again(asked: Asked) -> None:
    await asked.hears(message=message(ASK_KILN))
    asked.recorded.clear()
    assert await asked.hears(message=message(ASK_KILN)) == []
    assert asked.recorded == set(), "it is struck out like any update without an answer"
    assert asked.services.counted("quoth_questions_total", kind="private") == 1
    assert len(asked.services.library.asked) == 1


async def test_no_answer_is_recorded_too(asked: Asked) -> None:
    ((_, sent),) = await asked.hears(message=message("Who wove the carpet?"))
    assert sent["text"] == TEXTS.no_answer_anywhere
    assert [one.answered for one in asked.services.reply_log.tallies] == [False]
    assert asked.services.state.answers[READER, 10].quotes == ()


async def test_what_comes_closest_is_shown_at_once_and_said_to_be_no_more(asked: Asked) -> None:
    ((method, sent),) = await asked.hears(message=message(NEAR_KILN))
    assert method == "sendMessage"
    assert sent["text"].startswith(f"{TEXTS.closest}\n")
    assert KILN in sent["text"]
    given = asked.services.state.answers[READER, 10]
    assert given.hedged
    assert given.quotes == (Said(POTTERY.id, KILN_AT, KILN_AT + len(KILN), 1),)
    assert [one.answered for one in asked.services.reply_log.tallies] == [False], "an owner sees what was not answered"
    assert asked.services.counted("quoth_answers_total", outcome="closest") == 1
    (buttons,) = sent["reply_markup"]["inline_keyboard"][:1]
    assert [button["callback_data"] for button in buttons] == ["in:10:0"]


async def test_an_edit_may_make_a_question_surely_answered(asked: Asked) -> None:
    await asked.hears(message=message(NEAR_KILN))
    ((method, sent),) = await asked.hears(edited_message=edited(ASK_KILN))
    assert method == "editMessageText"
    assert TEXTS.closest not in sent["text"]
    assert not asked.services.state.answers[READER, 10].hedged


async def test_a_guest_is_told_that_it_is_only_the_closest(asked: Asked) -> None:
    (call,) = await asked.hears(guest_message=guest(NEAR_KILN))
    assert content(call)["message_text"].startswith(f"{TEXTS.closest}\n")


async def test_a_card_of_what_comes_closest_says_so_in_the_chat(asked: Asked) -> None:
    ((_, sent),) = await asked.hears(inline_query={**INLINE, "query": NEAR_KILN})
    (card,) = sent["results"]
    assert card["input_message_content"]["message_text"].startswith(f"{TEXTS.closest}\n")
    assert sent["button"]["text"] == TEXTS.inline_closest


async def test_small_talk_is_no_question_that_counts(asked: Asked) -> None:
    ((_, sent),) = await asked.hears(message=message("hello"))
    assert sent["text"] == TEXTS.greeting
    assert asked.services.reply_log.tallies == []
    assert asked.recorded == {1}


async def test_an_edited_question_gets_its_answer_edited(asked: Asked) -> None:
    await asked.hears(message=message(ASK_KILN))
    ((method, sent),) = await asked.hears(edited_message=edited(ASK_OTTERS))
    assert (method, sent["message_id"]) == ("editMessageText", 1001)
    assert OTTERS in sent["text"]
    given = asked.services.state.answers[READER, 10]
    assert [said.article for said in given.quotes] == [RIVER.id]
    assert given.at == DATE + 60
    assert len(asked.services.reply_log.tallies) == 1, "an edit is not counted again"


@pytest.mark.parametrize("voted", [1, -1])
async def test_a_vote_stays_with_its_quotes_only(asked: Asked, voted: int) -> None:
    await asked.hears(message=message(ASK_KILN))
    answers = asked.services.state.answers
    answers[READER, 10] = replace(answers[READER, 10], vote=voted)
    await asked.hears(edited_message=edited(ASK_KILN))
    assert answers[READER, 10].vote == voted
    await asked.hears(edited_message=edited(ASK_OTTERS))
    assert answers[READER, 10].vote == 0


async def test_an_edit_that_comes_late_makes_no_question(asked: Asked) -> None:
    assert await asked.hears(edited_message=edited(ASK_KILN, after=601)) == []
    (call,) = await asked.hears(edited_message=edited(ASK_KILN, after=600))
    assert call[0] == "sendMessage"


async def test_an_answer_whose_past_is_forgotten_is_left_as_it_is(asked: Asked) -> None:
    await asked.hears(message=message(ASK_KILN))
    asked.services.memory.forget(READER)
    assert await asked.hears(edited_message=edited("And when was that?")) == []


async def test_a_guest_gets_one_message_and_nothing_is_kept(asked: Asked) -> None:
    (call,) = await asked.hears(guest_message=guest(ASK_KILN))
    assert call[0] == "answerGuestQuery"
    assert KILN in content(call)["message_text"]
    assert asked.services.state.answers == {}
    assert asked.services.reply_log.finished == []
    (call,) = await asked.hears(guest_message=guest(""))
    assert content(call)["message_text"] == TEXTS.how_to_ask


async def test_inline_offers_cards_from_the_chosen_article(asked: Asked) -> None:
    asked.services.state.chosen[Place(READER)] = POTTERY.id
    ((method, sent),) = await asked.hears(inline_query=INLINE)
    assert method == "answerInlineQuery"
    assert [card["title"] for card in sent["results"]] == [KILN]
    assert asked.services.library.asked == [(ASK_KILN, POTTERY.id)]
    ((_, sent),) = await asked.hears(inline_query={**INLINE, "query": "Who wove the carpet?"})
    assert (sent["results"], sent["button"]["text"]) == ([], TEXTS.no_answer_anywhere)
    ((_, sent),) = await asked.hears(inline_query={**INLINE, "query": " "})
    assert (sent["results"], sent["button"]["text"]) == ([], TEXTS.inline_nothing)


async def test_an_ok_below_our_answer_is_for_the_others(asked: Asked) -> None:
    below: Json = {**message("An answer.", group=GROUP, number=9), "from": ME}
    assert await asked.hears(message=message("ok", group=GROUP, reply_to_message=below)) == []
    assert asked.services.counted("quoth_answers_total", outcome="chatter") == 1
    assert asked.recorded == set()


async def test_without_any_article_it_says_so(asked: Asked) -> None:
    asked.services.library.kept.clear()
    ((_, sent),) = await asked.hears(message=message(ASK_KILN))
    assert sent["text"] == TEXTS.no_article


async def test_whoever_asks_too_much_is_told_so_once() -> None:
    telegram = Telegram()
    asked = Asked(await connected(telegram), telegram, KnowingLibrary(POTTERY, answers={}), questions=1)
    said = [[p["text"] for _, p in await asked.hears(message=message(f"{n}?", number=n))] for n in (1, 2, 3)]
    assert said == [[TEXTS.no_answer], [TEXTS.too_many], []]


# What is never sent


@pytest.mark.parametrize("how", ["removed", "changed", "damaged"])
async def test_a_quote_that_is_not_stored_any_more_is_not_sent(asked: Asked, how: str) -> None:
    """An owner may remove its article, and a disk may lose it, after the answer was found."""
    library = asked.services.library

    def damaged(article_id: str) -> object:
        raise DamagedLibrary("another text")

    def gone() -> None:
        if how == "damaged":
            library.article = damaged  # type: ignore[method-assign,assignment]
        else:
            library.kept.pop(POTTERY.id, None)
        if how == "changed":
            library.kept[POTTERY.id] = replace(POTTERY, text=POTTERY.text.replace("nineteen", "ninety"))

    await asked.hears(message=message(ASK_OTTERS))
    library.then = gone
    ((method, sent),) = await asked.hears(message=message(ASK_KILN, number=11))
    assert (method, sent["text"]) == ("sendMessage", TEXTS.no_answer)
    assert (READER, 11) not in asked.services.state.answers


@pytest.mark.parametrize("kind", ["edited_message", "guest_message", "inline_query"])
async def test_nor_in_an_edit_to_a_guest_or_on_a_card(asked: Asked, kind: str) -> None:
    library = asked.services.library
    updates = {"edited_message": edited(ASK_KILN), "guest_message": guest(ASK_KILN), "inline_query": INLINE}
    library.then = lambda: library.remove(POTTERY.id)
    calls = await asked.hears(**{kind: updates[kind]})
    assert not any(KILN in str(call) for call in calls)
    assert [TEXTS.no_answer in str(call) for call in calls] == ([] if kind == "inline_query" else [True])
    assert asked.services.counted("quoth_errors_total", kind="NotVerbatim") == 1


# What goes wrong


async def test_on_a_full_disk_the_answer_stands(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    asked.services.reply_log.is_full = True
    ((_, sent),) = await asked.hears(message=message(ASK_KILN))
    assert KILN in sent["text"]
    assert asked.recorded == set(), "it is still to be struck out"
    assert "event=not_remembered" in caplog.text


async def test_an_error_is_told_to_whoever_asked(asked: Asked) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    asked.services.library.then = fail
    ((_, sent),) = await asked.hears(message=message(ASK_KILN))
    assert sent["text"] == TEXTS.error
    assert asked.failed == asked.recorded == set()
    assert asked.services.counted("quoth_errors_total", kind="ZeroDivisionError") == 1


async def test_what_telegram_could_not_be_given_is_to_be_tried_again(asked: Asked) -> None:
    asked.telegram.refusals["sendMessage"] = {"error_code": 502, "description": "Bad Gateway"}
    await asked.hears(message=message(ASK_KILN))
    assert (asked.failed, asked.recorded) == ({1}, set())
    assert asked.services.state.answers == {}


async def test_where_we_may_not_write_nothing_is_recorded(asked: Asked) -> None:
    asked.telegram.refusals["sendMessage"] = {"error_code": 403, "description": "Forbidden: bot was blocked"}
    assert len(await asked.hears(message=message(ASK_KILN))) == 1
    assert asked.failed == asked.recorded == set()
