"""Who is spoken to in a chat: private texts, mentions, /ask and replies; all else is not ours."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Chat, Document, ForumTopicCreated, Message, MessageEntity, TextQuote, User

from bot.telegram.handlers.owner import Linked, Pasted, source_of
from bot.telegram.updates.addressing import arguments_of, links_in, question_for, without_link

ME = User(7, "Quoth", True, username="Quoth_Bot")
ANN = User(1, "Ann", False)
OTHER_BOT = User(8, "Other", True, username="quoth_bot_2")


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def entity(kind: str, text: str, part: str, user: User | None = None) -> MessageEntity:
    return MessageEntity(kind, units(text[: text.index(part)]), units(part), user=user)


def message(text: str | None, *entities: MessageEntity, chat: str = "group", author: User = ANN, **more: object):
    more = {"text": text, "entities": entities} | more
    return Message(5, datetime.now(UTC), Chat(-3, chat), from_user=author, **more)


def mentioning(text: str, name: str = "@quoth_bot", **more: object) -> Message:
    return message(text, entity("mention", text, name), **more)


def command(text: str, **more: object) -> Message:
    return message(text, entity("bot_command", text, text.split(maxsplit=1)[0]), **more)


def test_every_text_in_private_is_a_question():
    assert question_for(message("who\n  sang?", chat="private"), ME) == "who sang?"


def test_a_caption_in_private_is_a_question():
    assert question_for(message(None, caption="who sang?", chat="private"), ME) == "who sang?"


@pytest.mark.parametrize("chat", ["private", "group", "supergroup"])
@pytest.mark.parametrize("text", ["/start", "/help@quoth_bot", "/asking who?", "/ask@quoth_bot_2 who?"])
def test_other_commands_are_not_questions(chat: str, text: str):
    assert question_for(command(text, chat=chat), ME) is None


@pytest.mark.parametrize("chat", ["private", "group", "supergroup"])
@pytest.mark.parametrize("name", ["/ask", "/ASK", "/ask@quoth_bot", "/Ask@QUOTH_BOT"])
def test_ask_is_a_question_everywhere(chat: str, name: str):
    assert question_for(command(f"{name} who sang?", chat=chat), ME) == "who sang?"


def test_ask_later_in_a_text_is_no_command():
    text = "type /ask who?"
    assert question_for(message(text, entity("bot_command", text, "/ask")), ME) is None
    assert question_for(message(text, entity("bot_command", text, "/ask"), chat="private"), ME) == text


@pytest.mark.parametrize("chat", ["group", "supergroup"])
def test_a_group_is_left_alone(chat: str):
    assert question_for(message("who sang?", chat=chat), ME) is None


@pytest.mark.parametrize(
    ("text", "name", "question"),
    [
        ("@quoth_bot who sang?", "@quoth_bot", "who sang?"),
        ("😀👩‍👩‍👧 @QUOTH_bot who sang?", "@QUOTH_bot", "😀👩‍👩‍👧 who sang?"),
        ("@Quoth_Bot, who sang?", "@Quoth_Bot", "who sang?"),
        ("@quoth_bot: who sang?", "@quoth_bot", "who sang?"),
        ("@quoth_bot — who sang?", "@quoth_bot", "who sang?"),
        ("@quoth_bot -5 or 5?", "@quoth_bot", "-5 or 5?"),
        ("Hey @quoth_bot, who sang?", "@quoth_bot", "Hey, who sang?"),
        ("who sang, @quoth_bot?", "@quoth_bot", "who sang?"),
        ("who sang? @quoth_bot", "@quoth_bot", "who sang?"),
        ("who \n@quoth_bot\n sang?", "@quoth_bot", "who sang?"),
        ("من غنى @quoth_bot اليوم؟", "@quoth_bot", "من غنى اليوم؟"),
        ("@quoth_bot", "@quoth_bot", ""),
        ("@quoth_bot ?", "@quoth_bot", ""),
    ],
)
def test_a_mention_is_cut_out(text: str, name: str, question: str):
    assert question_for(mentioning(text, name), ME) == question


def test_every_mention_is_cut_out():
    text = "@quoth_bot who sang? @Quoth_Bot"
    both = entity("mention", text, "@quoth_bot"), entity("mention", text, "@Quoth_Bot")
    assert question_for(message(text, *both), ME) == "who sang?"


def test_a_mention_behind_the_command_is_cut_out_too():
    text = "/ask @quoth_bot who sang?"
    asked = message(text, entity("bot_command", text, "/ask"), entity("mention", text, "@quoth_bot"))
    assert question_for(asked, ME) == "who sang?"


def test_mentions_that_overlap_are_cut_out_once():
    text = "@quoth_bot who sang?"
    twice = entity("mention", text, "@quoth_bot"), entity("text_mention", text, "quoth", ME)
    assert question_for(message(text, *twice), ME) == "who sang?"


def test_a_mention_in_a_caption_counts():
    text = "who is this, @quoth_bot?"
    marked = [entity("mention", text, "@quoth_bot")]
    assert question_for(message(None, caption=text, caption_entities=marked), ME) == "who is this?"


@pytest.mark.parametrize(("user", "question"), [(ME, "who sang?"), (ANN, None)])
def test_a_mention_by_id_counts_when_it_is_ours(user: User, question: str | None):
    text = "Quoth who sang?"
    assert question_for(message(text, entity("text_mention", text, "Quoth", user)), ME) == question


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("@quoth_bot_2 who sang?", "mention", "@quoth_bot_2"),
        ("write to me@quoth_bot please", "email", "me@quoth_bot"),
        ("https://t.me/quoth_bot", "url", "https://t.me/quoth_bot"),
        ("run @quoth_bot", "code", "@quoth_bot"),
        ("run @quoth_bot", "pre", "run @quoth_bot"),
    ],
)
def test_what_only_looks_like_a_mention(text: str, kind: str, part: str):
    assert question_for(message(text, entity(kind, text, part)), ME) is None


@pytest.mark.parametrize("kind", ["code", "pre"])
def test_a_mention_inside_code_does_not_count(kind: str):
    text = "see: run @quoth_bot now"
    inside = entity("mention", text, "@quoth_bot"), entity(kind, text, "run @quoth_bot now")
    assert question_for(message(text, *inside), ME) is None


def test_a_reply_to_us_is_a_question_and_a_reply_to_others_is_not():
    assert question_for(message("why?", reply_to_message=message("He sang.", author=ME)), ME) == "why?"
    assert question_for(message("why?", reply_to_message=message("He sang.")), ME) is None


def test_a_topic_that_we_opened_is_not_a_reply_to_us():
    opened = message(None, author=ME, forum_topic_created=ForumTopicCreated("News", 0))
    assert question_for(message("why?", reply_to_message=opened), ME) is None


def test_a_mention_alone_asks_what_the_message_above_says():
    above = message("Who\nsang?")
    assert question_for(mentioning("@quoth_bot", reply_to_message=above), ME) == "Who sang?"
    assert question_for(command("/ask@quoth_bot", reply_to_message=above), ME) == "Who sang?"
    assert question_for(mentioning("@quoth_bot and when?", reply_to_message=above), ME) == "and when?"


def test_a_mention_alone_asks_only_what_was_quoted_of_the_message_above():
    above, part = message("Nice day. Who sang?"), TextQuote("Who sang?", 10, is_manual=True)
    assert question_for(mentioning("@quoth_bot", reply_to_message=above, quote=part), ME) == "Who sang?"


@pytest.mark.parametrize("above", [message("He sang.", author=ME), message(None)])
def test_a_mention_alone_below_nothing_to_ask_is_empty(above: Message):
    assert question_for(mentioning("@quoth_bot", reply_to_message=above), ME) == ""


@pytest.mark.parametrize(
    "more",
    [
        {"author": OTHER_BOT},
        {"author": ME},
        {"via_bot": ME},
        {"is_automatic_forward": True, "sender_chat": Chat(-9, "channel")},
        {"chat": "channel"},
    ],
)
def test_machines_are_not_answered(more: dict[str, object]):
    assert question_for(mentioning("@quoth_bot who sang?"), ME) == "who sang?"
    assert question_for(mentioning("@quoth_bot who sang?", **more), ME) is None


def test_an_anonymous_administrator_is_answered():
    anonymous = User(1087968824, "Group", True, username="GroupAnonymousBot")
    asked = mentioning("@quoth_bot who sang?", author=anonymous, sender_chat=Chat(-3, "group"))
    assert question_for(asked, ME) == "who sang?"


def test_a_service_message_is_not_ours():
    assert question_for(message(None, new_chat_members=[ME]), ME) is None
    assert question_for(message(None, chat="private"), ME) is None


words = st.lists(st.text(st.characters(categories=["L", "So", "Nd", "Mn"]), min_size=1), max_size=6).map(" ".join)


@given(words, words, st.sampled_from(["@quoth_bot", "@QUOTH_BOT"]))
@settings(deadline=None)
def test_nothing_but_the_mention_is_lost(before: str, after: str, name: str):
    text = f"{before} {name} {after}"
    marked = MessageEntity("mention", units(before) + 1, units(name))
    assert question_for(message(text, marked), ME) == " ".join(f"{before} {after}".split())


@given(
    st.text(st.characters(categories=None)),
    st.integers(0, 40),
    st.integers(1, 40),
    st.sampled_from(["private", "group"]),
)
@settings(deadline=None)
def test_any_text_and_any_offsets_give_a_clean_line_or_nothing(text: str, offset: int, length: int, chat: str):
    ours = MessageEntity("text_mention", offset, length, user=ME)
    question = question_for(message(text, ours, chat=chat), ME)
    assert (question is None) == (text == "")
    if question is not None:
        assert question.encode() is not None
        assert question == " ".join(question.split())


def linked(text: str, address: str, **more: object) -> Message:
    return message(text, entity("url", text, address), **more)


def test_links_are_those_that_are_shown_and_those_that_are_hidden():
    text = "🦦 see example.org/a or here: https://example.org/b"
    hidden = MessageEntity("text_link", units(text[: text.index("here")]), 4, url="https://example.org/c")
    shown = [entity("url", text, "example.org/a"), hidden, entity("url", text, "https://example.org/b")]
    assert links_in(message(text, *shown)) == [
        "https://example.org/a",
        "https://example.org/c",
        "https://example.org/b",
    ]
    assert links_in(message(None, caption=text, caption_entities=shown)) == links_in(message(text, *shown))
    assert links_in(None) == links_in(message("https://example.org/unmarked")) == []


@pytest.mark.parametrize(
    ("question", "link", "left"),
    [
        ("https://a.example/b who sang?", "https://a.example/b", "who sang?"),
        ("who a.example/b sang?", "https://a.example/b", "who sang?"),
        ("a.example/b", "https://a.example/b", ""),
        ("who sang here?", "https://a.example/b", "who sang here?"),
    ],
)
def test_a_question_without_its_link(question: str, link: str, left: str):
    assert without_link(question, link) == left


def test_what_stands_behind_a_command_keeps_its_lines():
    assert arguments_of(command("/add@quoth_bot  One.\n\nTwo.  ")) == "One.\n\nTwo."
    assert arguments_of(command("/add")) == arguments_of(message("no command")) == ""


LONG = "A text as long as an article, which nobody would take for a link. " * 5
ADDRESS = "https://a.example/b"


def test_what_is_to_be_added():
    sent = f"/add {ADDRESS}"
    both = message(sent, entity("bot_command", sent, "/add"), entity("url", sent, ADDRESS))
    assert source_of(both) == Linked(ADDRESS)
    assert source_of(command("/add")) is None
    assert source_of(command("/add five points")) is None
    assert source_of(command(f"/add {LONG}")) == Pasted(LONG.strip())
    assert source_of(command("/add", reply_to_message=linked(f"read {ADDRESS}", ADDRESS))) == Linked(ADDRESS)
    assert source_of(command("/add", reply_to_message=message(LONG))) == Pasted(LONG)
    assert source_of(command("/add", reply_to_message=message("thanks"))) is None
    document = Document("f", "f", file_name="a.txt")
    assert source_of(command("/add", reply_to_message=message(None, document=document))) == document
    assert source_of(message(None, document=document)) == document
    long = f"/add {LONG} {ADDRESS}"
    pasted = message(long, entity("bot_command", long, "/add"), entity("url", long, ADDRESS))
    assert source_of(pasted) == Pasted(f"{LONG} {ADDRESS}")


@given(
    st.text(max_size=80), st.integers(0, 90), st.integers(0, 90), st.sampled_from(["url", "bot_command", "text_link"])
)
def test_whatever_the_entities_say_nothing_breaks(text: str, offset: int, length: int, kind: str):
    strange = message(text, MessageEntity(kind, offset, length, url="https://a.example"))
    links_in(strange)
    arguments_of(strange)
    source_of(strange)
    question_for(strange, ME)
    without_link(text, "https://a.example")
