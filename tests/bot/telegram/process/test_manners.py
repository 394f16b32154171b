"""At home in Telegram: conversations, groups, other chats, languages, by polling and by webhook."""

import random
from itertools import pairwise
from typing import Any

import pytest

from bot.wording.texts import LANGUAGES, texts_for
from tests.support.articles import ASK_KILN, ASK_OTTERS, KILN, NOTHING, OTTERS, RIVER
from tests.support.bot_api import BotApi
from tests.support.process import Bot, Json, ask, press, quoted

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("bot")]
TEXTS = texts_for("en")
NOT_BY_THE_RIVER = TEXTS.no_answer_in.format(title=RIVER.title)
GROUP = -1008800000001


class TestConversation:
    def test_what_it_is_about_is_a_summary(self, api: BotApi) -> None:
        ask(api, 120, f"/start {RIVER.id}")
        sent = ask(api, 120, "What is this about?")
        assert RIVER.title in sent["text"]
        assert OTTERS in quoted(sent)

    def test_a_follow_up_is_read_with_the_question_before_it(self, api: BotApi) -> None:
        ask(api, 121, "Who has run the pottery since 2003?")
        assert "Agnes Thorne" in ask(api, 121, "And since when?")["text"]

    def test_it_is_not_read_with_the_question_of_somebody_else(self, api: BotApi) -> None:
        ask(api, GROUP, f"@{api.username} {ASK_KILN}", user=46)
        assert ask(api, GROUP, f"@{api.username} And why?", user=47)["text"] in {
            TEXTS.no_answer_anywhere, TEXTS.no_answer_anywhere_again,
        }  # fmt: skip

    def test_an_answer_that_was_deleted_is_sent_anew_when_its_question_is_edited(self, api: BotApi) -> None:
        seen, question = len(api.calls), api.user_says(124, ASK_KILN)
        api.wait_for("sendMessage", since=seen, chat=124)
        api.delete(api.sent(124)[0])
        seen = len(api.calls)
        api.edit(question, ASK_OTTERS)
        (sent,) = api.wait_for("sendMessage", since=seen, chat=124)
        assert quoted(sent.params) == [OTTERS]

    def test_a_summary_is_edited_too(self, api: BotApi) -> None:
        seen, question = len(api.calls), api.user_says(125, "What is this about?")
        api.wait_for("sendMessage", since=seen, chat=125)
        api.edit(question, ASK_OTTERS)
        api.wait_for("editMessageText", since=seen)
        (message,) = api.sent(125)
        assert quoted(message) == [OTTERS]

    def test_an_album_gets_one_word(self, api: BotApi) -> None:
        photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
        for _ in range(4):
            api.user_sends(126, photo=photo, media_group_id="77")
        ask(api, 126, "/help")
        assert [one["text"] for one in api.sent(126)][:-1] == [TEXTS.only_text]

    def test_a_message_that_is_edited_into_a_question_is_answered(self, api: BotApi) -> None:
        message, seen = api.user_says(GROUP, ASK_KILN, user=48), len(api.calls)
        api.edit(message, f"@{api.username} {ASK_KILN}")
        (sent,) = api.wait_for("sendMessage", since=seen, chat=GROUP)
        assert quoted(sent.params) == [KILN]

    def test_the_same_is_never_said_twice_in_a_row(self, api: BotApi) -> None:
        said = [ask(api, 122, NOTHING)["text"] for _ in range(3)]
        no, again = TEXTS.no_answer_anywhere, TEXTS.no_answer_anywhere_again
        assert said == [no, again, no]
        first, second = (ask(api, 122, ASK_KILN) for _ in range(2))
        assert second["text"] == f"{TEXTS.again}\n{first['text']}"
        assert quoted(second) == [KILN]

    @pytest.mark.parametrize(
        ("content", "reply"),
        [
            ({"sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1,
                          "is_animated": False, "is_video": False}}, TEXTS.sticker),
            ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}}, TEXTS.only_text),
            ({"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]}, TEXTS.only_text),
        ],
        ids=["sticker", "voice", "photo"],
    )  # fmt: skip
    def test_what_is_no_text_gets_a_word_in_private_only(self, api: BotApi, content: Json, reply: str) -> None:
        api.user_sends(GROUP, user=49, **content)
        seen, chat = len(api.calls), 12300 + sum(map(ord, next(iter(content))))
        api.user_sends(chat, **content)
        (sent,) = api.wait_for("sendMessage", since=seen, chat=chat)
        assert sent.params["text"] == reply
        assert not [call for call in api.calls[seen:] if call.params.get("chat_id") == GROUP]

    def test_a_caption_may_ask(self, api: BotApi) -> None:
        seen, photo = len(api.calls), [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
        api.user_sends(GROUP, user=50, photo=photo, caption=f"@{api.username} {ASK_KILN}")
        (sent,) = api.wait_for("sendMessage", since=seen, chat=GROUP)
        assert quoted(sent.params) == [KILN]

    def test_a_smile_below_our_answer_is_for_the_others(self, api: BotApi) -> None:
        sent = ask(api, GROUP, f"@{api.username} {ASK_OTTERS}", user=51)
        seen = len(api.calls)
        below = next(one for one in api.sent(GROUP) if one["text"] == sent["text"])
        for chatter in ("😂", "ok", "🎉🎉"):
            api.user_says(GROUP, chatter, user=52, reply_to=below)
        ask(api, GROUP, f"@{api.username} thanks", user=52)
        assert [call.params["text"] for call in api.calls[seen:] if call.method == "sendMessage"] == [TEXTS.thanks]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_speaks_the_readers_language(self, api: BotApi, language: str) -> None:
        reader = 1000 + LANGUAGES.index(language)
        api.user(reader, language_code=language)
        assert ask(api, reader, NOTHING)["text"] == texts_for(language).no_answer_anywhere
        assert quoted(ask(api, reader, ASK_KILN)) == [KILN]

    def test_who_asks_too_much_is_told_once(self, api: BotApi) -> None:
        seen = len(api.calls)
        for _ in range(24):
            api.user_says(131, "🎉")
        api.wait_for("sendMessage", 21, since=seen, chat=131)
        ask(api, 132, "/help")
        said = [call.params["text"] for call in api.calls[seen:] if call.params.get("chat_id") == 131]
        assert said[20:] == [TEXTS.too_many]


class TestGroups:
    def test_it_says_hello_once_where_it_comes_in(self, api: BotApi) -> None:
        group, seen = -1008800000002, len(api.calls)
        api.membership(group, "member", user=61)
        (hello,) = api.wait_for("sendMessage", since=seen, chat=group)
        assert hello.params["text"] == TEXTS.hello_group.format(username=api.username)
        api.membership(group, "administrator", user=61)
        ask(api, group, f"@{api.username} {ASK_KILN}", user=61)
        assert len(api.sent(group)) == 2

    def test_an_article_moves_with_a_group_that_becomes_a_supergroup(self, api: BotApi) -> None:
        old, new = -880001, -1008800000003
        ask(api, old, f"/article@{api.username} otters", user=62)
        press(api, old, RIVER.title, user=62)
        api.user_sends(old, user=62, migrate_to_chat_id=new)
        assert ask(api, old, f"@{api.username} {ASK_OTTERS}", user=62)
        sent = ask(api, new, f"@{api.username} {ASK_KILN}", user=62)
        assert sent["text"] == NOT_BY_THE_RIVER

    def test_where_it_may_not_write_it_stays_quiet(self, api: BotApi, bot: Bot) -> None:
        group, seen = -1008800000006, len(api.calls)
        api.membership(group, "restricted", user=65)
        api.user_says(group, f"@{api.username} {ASK_KILN}", user=65)
        api._until(lambda: any(call.method == "sendMessage" and not call.ok for call in api.calls[seen:]), 20, "a no")
        ask(api, 142, ASK_KILN)
        assert "uncaught" not in bot.log
        assert " trace=" not in bot.log

    def test_only_admins_let_it_forget_a_group(self, api: BotApi) -> None:
        group = -1008800000004
        assert ask(api, group, f"/forget@{api.username}", user=63)["text"] == TEXTS.only_admins_forget
        api.membership(group, "administrator", user=1, of=63)
        assert ask(api, group, f"/forget@{api.username}", user=63)["text"] == TEXTS.forgotten

    def test_what_was_asked_in_a_group_long_before_the_start_is_left_alone(self, api: BotApi) -> None:
        group = -1008800000005
        api.user_says(group, f"@{api.username} {ASK_KILN}", user=64, date=1_700_000_000)
        ask(api, group, f"@{api.username} {ASK_OTTERS}", user=64)
        assert len(api.sent(group)) == 1
        api.user_says(141, ASK_KILN, date=1_700_000_000)
        ask(api, 141, "/help")
        assert len(api.sent(141)) == 2


class TestElsewhere:
    def test_inline_offers_the_passages_as_cards(self, api: BotApi) -> None:
        cards = self.cards(api, ASK_KILN)
        assert cards[0]["title"] == KILN
        content = cards[0]["input_message_content"]
        assert quoted({"text": content["message_text"], "entities": content["entities"]}) == [KILN]
        assert len(cards) > 1

    def test_inline_without_a_question_or_an_answer_says_so(self, api: BotApi) -> None:
        assert self.cards(api, "", button=TEXTS.inline_nothing) == []
        self.cards(api, NOTHING, button=TEXTS.no_answer_anywhere)
        assert self.cards(api, "hello", button=TEXTS.inline_nothing) == []

    def test_a_guest_is_answered_in_one_message(self, api: BotApi) -> None:
        seen = len(api.calls)
        api.guest(f"@{api.username} {ASK_KILN}")
        (call,) = api.wait_for("answerGuestQuery", since=seen)
        content = call.params["result"]["input_message_content"]
        assert quoted({"text": content["message_text"], "entities": content["entities"]}) == [KILN]

    @staticmethod
    def cards(api: BotApi, query: str, *, button: str | None = None) -> list[Any]:
        seen = len(api.calls)
        api.inline(query, user=71)
        (call,) = api.wait_for("answerInlineQuery", since=seen)
        if button:
            assert call.params["button"]["text"] == button
        return list(call.params["results"])


def test_menus_and_descriptions_in_every_language(api: BotApi, bot: Bot) -> None:
    api._until(lambda: sum(call.method == "setMyShortDescription" for call in api.calls) == len(LANGUAGES), 30, "menus")
    for language in LANGUAGES:
        texts, code = texts_for(language), "" if language == "en" else language
        said = {
            call.method: call.params for call in api.calls if call.params.get("language_code", "") == code and call.ok
        }
        assert said["setMyDescription"]["description"] == texts.description
        assert said["setMyShortDescription"]["short_description"] == texts.short_description
        assert {one["description"] for one in said["setMyCommands"]["commands"]} <= {one for _, one in texts.commands}
    assert "_not_set" not in bot.log


CHATTER = (
    ASK_KILN, NOTHING, "Who fired the pots?", "lol", "🎉", "ok", "@quoth_test_bots are great", "quoth_test_bot?",
    "mail me@quoth_test_bot.org", "/ask@other_bot who?", "/start@other_bot", "/unknown", "@other_bot who made it?",
    "/stats", "/add 5 points", "/remove @spammer", "/start xyz", "/forget", "/help", "/start@other_bot",
    "https://example.org/pottery", "look: https://example.org/otters", "x" * 4096, "<b>hm</b>", "שלום", "\u202eabc",
    "And when was that?", "thanks", "Why?", "…", "/", "@", "how long is a pot fired",
)  # fmt: skip


def test_among_a_thousand_messages_it_speaks_only_when_spoken_to(api: BotApi) -> None:
    chance = random.Random(7)
    groups = [-1008811000000 - n for n in range(10)]
    spoken_to: dict[int, list[int]] = {group: [] for group in groups}
    for n in range(1000):
        group, user = chance.choice(groups), chance.randrange(2000, 2060)
        if n % 20 == 0:
            text = f"@{api.username} {chance.choice((ASK_KILN, ASK_OTTERS, NOTHING, 'Who runs the pottery?'))}"
            spoken_to[group].append(api.user_says(group, text, user=user)["message_id"])
        elif n % 50 == 1:
            photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
            api.user_sends(group, user=user, photo=photo, caption=chance.choice(CHATTER))
        elif n % 50 == 2 and (said := api.sent(group)):
            api.user_says(group, chance.choice(("ok", "🙂", "!!!")), user=user, reply_to=chance.choice(said))
        else:
            message = api.user_says(group, chance.choice(CHATTER), user=user)
            if n % 50 == 3:
                api.edit(message, chance.choice(CHATTER))
    for group in groups:
        ask(api, group, f"@{api.username} {ASK_KILN}", user=2000)
        sent = [call.params for call in api.calls if call.method == "sendMessage" and call.params["chat_id"] == group]
        assert [one["reply_parameters"]["message_id"] for one in sent][:-1] == spoken_to[group]
        texts = [one["text"] for one in sent]
        assert all(one != other for one, other in pairwise(texts)), "the same was said twice in a row"
