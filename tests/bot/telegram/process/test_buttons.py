"""At home in Telegram: the buttons below answers, and which article is asked, by polling and by webhook."""

from contextlib import suppress

import pytest

from bot.telegram.messages.keyboards import DOWN, UP
from bot.wording.texts import texts_for
from tests.support.articles import ASHES, ASK_KILN, ASK_OTTERS, KILN, NOTHING, OTTERS, POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.process import ask, buttons, covered_by, press, quoted

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("bot")]
TEXTS = texts_for("en")
NOT_BY_THE_RIVER = TEXTS.no_answer_in.format(title=RIVER.title)
GROUP = -1008800000001


def toast(api: BotApi, chat: int, button: str, *, number: int = -1) -> str | None:
    seen = len(api.calls)
    api.press(api.sent(chat)[number], button)
    (call,) = api.wait_for("answerCallbackQuery", since=seen)
    return call.params.get("text")


class TestButtons:
    def test_context_is_the_paragraph_with_the_quote_in_bold(self, api: BotApi) -> None:
        ask(api, 101, ASK_KILN)
        shown = press(api, 101, TEXTS.context_button)
        assert quoted(shown) == [f"{KILN} {ASHES}"]
        assert covered_by(shown, "bold") == [KILN]
        assert buttons(shown) == [TEXTS.previous_button, TEXTS.next_button, TEXTS.back_button]
        before = press(api, 101, TEXTS.previous_button)
        assert quoted(before) == [POTTERY.text.split("\n\n")[0]]
        assert buttons(before) == [TEXTS.next_button, TEXTS.back_button]
        assert covered_by(before, "bold") == []
        back = press(api, 101, TEXTS.back_button)
        assert quoted(back) == [KILN]
        assert TEXTS.context_button in buttons(back)

    def test_more_passages_and_back(self, api: BotApi) -> None:
        ask(api, 102, ASK_KILN)
        shown = press(api, 102, TEXTS.more_button)
        assert 1 <= len(quoted(shown)) <= 3
        assert KILN not in quoted(shown)
        assert "[2] ¶" in shown["text"]
        assert quoted(press(api, 102, TEXTS.back_button)) == [KILN]

    def test_the_closest_passage_has_a_context_too(self, api: BotApi) -> None:
        ask(api, 106, NOTHING)
        near = press(api, 106, TEXTS.closest_button)
        (passage,) = quoted(near)
        shown = press(api, 106, TEXTS.context_button)
        assert covered_by(shown, "bold") == [passage]
        assert press(api, 106, TEXTS.back_button)["text"] == TEXTS.no_answer_anywhere

    def test_votes_are_counted_changed_and_taken_back(self, api: BotApi) -> None:
        ask(api, 103, ASK_KILN)
        assert buttons(press(api, 103, UP))[-2:] == ["✓ " + UP, DOWN]
        assert buttons(press(api, 103, DOWN))[-2:] == [UP, "✓ " + DOWN]
        assert buttons(press(api, 103, "✓ " + DOWN))[-2:] == [UP, DOWN]

    def test_a_vote_outlives_an_edit_that_changes_nothing_and_no_other(self, api: BotApi) -> None:
        seen = len(api.calls)
        question = api.user_says(107, ASK_KILN)
        api.wait_for("sendMessage", since=seen, chat=107)
        press(api, 107, UP)
        seen = len(api.calls)
        api.edit(question, ASK_KILN + " ")
        api.edit(question, ASK_OTTERS)
        api.wait_for("editMessageText", since=seen)
        api._until(lambda: "Eleven otters" in str(api.calls[-1].params), 20, "the otters")
        assert buttons(api.sent(107)[-1])[-2:] == [UP, DOWN]

    def test_in_a_group_anybody_presses_and_nobody_votes(self, api: BotApi) -> None:
        ask(api, GROUP, f"@{api.username} {ASK_KILN}", user=41)
        assert UP not in buttons(api.sent(GROUP)[-1])
        assert covered_by(press(api, GROUP, TEXTS.context_button, user=42), "bold") == [KILN]

    def test_who_presses_like_mad_keeps_nobody_waiting(self, api: BotApi) -> None:
        ask(api, 109, ASK_KILN)
        seen, pressed = len(api.calls), 0
        while pressed < 300:
            message = api.sent(109)[-1]
            with suppress(LookupError):  # another keyboard is there meanwhile
                api.press(message, buttons(message)[0])
                pressed += 1
        assert quoted(ask(api, 108, ASK_KILN)) == [KILN]
        answers = api.wait_for("answerCallbackQuery", 300, since=seen, timeout=60)
        assert answers[-1].params["text"] == TEXTS.too_many

    def test_buttons_of_what_is_not_known_any_more_say_so(self, api: BotApi) -> None:
        ask(api, 104, ASK_KILN)
        ask(api, 104, "/forget")
        assert toast(api, 104, TEXTS.context_button, number=0) == TEXTS.buttons_too_old

    def test_a_sentence_that_leans_on_another_comes_with_it_and_is_bold(self, api: BotApi) -> None:
        sent = ask(api, 105, "Where are the bowls sold?")
        paragraph = POTTERY.text.split("\n\n")[2]
        assert quoted(sent) == [paragraph]
        assert covered_by(sent, "bold")[-1] == paragraph.partition(". ")[2]


class TestWhichArticle:
    def test_any_other_start_is_a_plain_hello(self, api: BotApi) -> None:
        assert "Just write your question" in ask(api, 110, "/start inline")["text"]

    def test_what_is_asked_on_about_a_linked_article_is_about_that_one(self, api: BotApi) -> None:
        ask(api, 114, f"/start {RIVER.id}")
        ask(api, 114, f"{POTTERY.url} Who has run the pottery since 2003?")
        assert "Agnes Thorne" in ask(api, 114, "And since when?")["text"]
        assert quoted(ask(api, 114, ASK_OTTERS)) == [OTTERS]  # which needs no other question
        post = api.user_says(GROUP, f"Read: {POTTERY.url}", user=81)
        ask(api, GROUP, f"@{api.username} Who has run the pottery since 2003?", user=81, reply_to=post)
        answer = api.sent(GROUP)[-1]
        assert "Agnes Thorne" in ask(api, GROUP, "And since when?", user=82, reply_to=answer)["text"]

    def test_a_choice_counts_more_than_an_older_link(self, api: BotApi) -> None:
        ask(api, 115, f"{POTTERY.url} Who has run the pottery since 2003?")
        ask(api, 115, f"/start {RIVER.id}")
        assert RIVER.title in ask(api, 115, "And since when?")["text"]
        assert RIVER.title in ask(api, 115, "What is this about?")["text"]
        chosen = next(one for one in api.sent(115) if "Just write" in one["text"])
        assert quoted(ask(api, 115, ASK_OTTERS, reply_to=chosen)) == [OTTERS]

    def test_a_post_with_several_links_is_about_the_one_that_is_known(self, api: BotApi) -> None:
        group = -1008800000009
        text = "Join us: https://example.org/channel New: https://example.org/otters"
        post = api.user_sends(group, user=777000, text=text, is_automatic_forward=True)
        comment = api.user_says(group, "Lovely!", user=85, reply_to=post)
        sent = ask(api, group, f"@{api.username} {ASK_KILN}", user=85, reply_to=comment)
        assert sent["text"] == NOT_BY_THE_RIVER
        ask(api, group, f"/article@{api.username} pottery", user=85, reply_to=comment)
        press(api, group, POTTERY.title, user=85)
        assert quoted(ask(api, group, f"@{api.username} {ASK_KILN}", user=85, reply_to=post)) == [KILN]

    def test_a_mention_below_a_bare_link_chooses_its_article(self, api: BotApi) -> None:
        group = -1008800000007
        link = api.user_says(group, "https://example.org/otters", user=83)
        sent = ask(api, group, f"@{api.username}", user=83, reply_to=link)
        assert sent["text"] == TEXTS.article_set.format(title=RIVER.title)

    def test_a_deep_link_chooses_the_article(self, api: BotApi) -> None:
        sent = ask(api, 111, f"/start {RIVER.id}")
        assert RIVER.title in sent["text"]
        assert sent["link_preview_options"]["url"] == RIVER.url
        assert ask(api, 111, ASK_KILN)["text"] == NOT_BY_THE_RIVER
        assert quoted(ask(api, 111, ASK_OTTERS)) == [OTTERS]
        assert ask(api, 111, "/start 000000000000")["text"] == TEXTS.article_gone

    def test_a_link_alone_chooses_and_with_a_question_is_asked(self, api: BotApi) -> None:
        assert ask(api, 112, "https://example.org/otters?utm_source=x")["text"] == TEXTS.article_set.format(
            title=RIVER.title
        )
        assert ask(api, 112, ASK_KILN)["text"] == NOT_BY_THE_RIVER
        assert quoted(ask(api, 112, f"{ASK_KILN} http://www.example.org/pottery/")) == [KILN]
        assert ask(api, 112, "https://example.org/unheard-of")["text"] == TEXTS.unknown_link

    def test_a_reply_to_a_post_with_its_link_asks_that_article(self, api: BotApi) -> None:
        post = api.user_says(GROUP, "News from the river: https://example.org/otters", user=43)
        sent = ask(api, GROUP, f"@{api.username} {ASK_KILN}", user=43, reply_to=post)
        assert sent["text"] == NOT_BY_THE_RIVER
        assert quoted(ask(api, GROUP, f"@{api.username} {ASK_OTTERS}", user=43, reply_to=post)) == [OTTERS]

    def test_below_a_channels_post_its_article_is_asked(self, api: BotApi) -> None:
        post = api.user_sends(
            GROUP, user=777000, text="Our story: https://example.org/otters", is_automatic_forward=True
        )
        seen = len(api.calls)
        for reader, text in ((44, ASK_KILN), (45, ASK_OTTERS)):
            comment = api.user_says(GROUP, "Lovely!", user=44, reply_to=post)
            ask(api, GROUP, f"@{api.username} {text}", user=reader, reply_to=comment)
        first, second = (call.params for call in api.calls[seen:] if call.method == "sendMessage")
        assert first["text"] in {NOT_BY_THE_RIVER, TEXTS.no_answer_again}
        assert quoted(second) == [OTTERS]
        comment = api.user_says(GROUP, "Lovely!", user=44, reply_to=post)
        assert RIVER.title in ask(api, GROUP, f"/summary@{api.username}", user=46, reply_to=comment)["text"]

    def test_a_channels_post_that_links_to_no_page_is_no_article(self, api: BotApi) -> None:
        link = {"type": "text_link", "offset": 0, "length": 5, "url": "mailto:us@example.org"}
        post = api.user_sends(GROUP, user=777000, text="Write to us!", entities=[link], is_automatic_forward=True)
        comment = api.user_says(GROUP, "Lovely!", user=48, reply_to=post)
        assert quoted(ask(api, GROUP, f"@{api.username} {ASK_KILN}", user=48, reply_to=comment)) == [KILN]

    def test_the_list_is_narrowed_down_by_words(self, api: BotApi) -> None:
        ask(api, 113, "/article OTTERS")
        assert buttons(api.sent(113)[-1]) == [RIVER.title]
        assert ask(api, 113, "/article zebra")["text"] == TEXTS.no_title_has
        assert buttons(api.sent(113)[-1]) == [POTTERY.title, RIVER.title]
