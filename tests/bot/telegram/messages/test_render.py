"""Messages show quotes exactly, by UTF-16 offsets, within Telegram's limits, whatever the article is made of."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.messages.render import (
    Outgoing,
    no_answer_sentences,
    render_again,
    render_answer,
    render_list,
    render_paragraph,
    render_passages,
    render_plain,
    render_sources,
    render_summary,
    render_titled,
)
from bot.telegram.messages.verbatim import check
from bot.wording.texts import texts_for
from index.links.article_links import PUBLISHERS, Links
from index.models import Answer, Article, Closest, Quote, Source, Summary
from tests.bot.telegram.handlers.fakes import FakeLibrary
from tests.bot.telegram.messages.otters import DRIFT, ENGLISH, HANDS, KEEPER, OTTERS, TEXT, answer, quoted
from tests.support.telegram import entities, quotes_shown, shown


def passes(messages: Sequence[Outgoing]) -> None:
    """Whether they may be sent while all that they quote is stored as it was."""
    check(messages, FakeLibrary(*{e.quote.article for message in messages for e in message.excerpts}).article)


def links(messages: Sequence[Outgoing]) -> list[tuple[str, str]]:
    return [(shown(m, e), e.url or "") for m in messages for e in m.entities if e.type == "text_link"]


def assert_sendable(messages: Sequence[Outgoing]) -> None:
    for message in messages:
        assert message.text == message.text.strip() != ""
        assert len(message.text.encode("utf-16-le")) // 2 <= 4096
        assert len(message.entities) <= 100
        for entity in message.entities:
            assert 0 <= entity.offset < entity.offset + entity.length <= len(message.text.encode("utf-16-le")) // 2
            assert shown(message, entity).strip() == shown(message, entity)


def test_an_answer_is_quotes_with_their_citations_below() -> None:
    (message,) = answer(HANDS, KEEPER)
    assert message.text == (
        "Otters hold hands 🦦🦦 while asleep.\n[1] ¶ 1 · Example\n\nThe aquarium’s keeper says so.\n[2] ¶ 2 · Example"
    )
    assert quotes_shown([message]) == [HANDS.text, KEEPER.text]
    assert links([message])[0] == (
        "[1] ¶ 1 · Example",
        "https://example.org/otters#:~:text=Otters%20hold%20hands%20%F0%9F%A6%A6%F0%9F%A6%A6%20while%20asleep.",
    )
    assert len(links([message])) == 2


def test_without_an_address_the_citation_is_plain() -> None:
    article = replace(OTTERS, url=None, site=None)
    messages = answer(quoted(article, KEEPER.text, 2))
    assert messages[0].text.endswith("\n[1] ¶ 2")
    assert links(messages) == []


def test_a_title_stands_above_the_quotes_of_each_article_when_there_are_several() -> None:
    rain = Article("It rained.", "Rain")
    messages = answer(HANDS, DRIFT, quoted(rain, "It rained."), several=True)
    assert entities(messages, "bold") == ["Otters", "Rain"]
    assert messages[0].text.startswith("Otters\nOtters hold hands")
    assert entities(answer(HANDS), "bold") == []


def test_no_answer_names_the_article_where_there_are_several() -> None:
    assert no_answer_sentences(ENGLISH, "Otters", several_articles=False) == (
        ENGLISH.no_answer,
        ENGLISH.no_answer_again,
    )
    assert no_answer_sentences(ENGLISH, "Otters\n", several_articles=True)[0] == "“Otters” does not say."
    assert no_answer_sentences(ENGLISH, None, several_articles=True) == (
        ENGLISH.no_answer_anywhere,
        ENGLISH.no_answer_anywhere_again,
    )


def test_the_closest_passages_are_said_to_be_no_more() -> None:
    messages = render_answer(Closest("?", (KEEPER,), 0.3), ENGLISH, several_articles=False)
    assert quotes_shown(messages) == [KEEPER.text]
    assert messages[0].text.startswith(ENGLISH.closest + "\n" + KEEPER.text)


def test_and_so_they_are_above_the_title_of_their_article() -> None:
    (message,) = render_answer(Closest("?", (KEEPER,), 0.3), ENGLISH, several_articles=True)
    assert message.text.startswith(f"{ENGLISH.closest}\n{OTTERS.title}\n{KEEPER.text}")
    assert entities((message,), "bold") == [OTTERS.title]


def test_a_closest_passage_that_fills_a_message_has_the_sentence_in_one_of_its_own() -> None:
    article = Article("word " * 815 + "end.", "Long")
    messages = render_answer(Closest("?", (quoted(article, article.text),), 0.3), ENGLISH, several_articles=False)
    assert messages[0].text == ENGLISH.closest
    assert "".join(quotes_shown(messages)).split() == article.text.split()


def test_a_summary_has_the_title_and_every_sentence_cited() -> None:
    messages = render_summary(Summary(OTTERS, (HANDS, DRIFT)), ENGLISH)
    assert entities(messages, "bold") == ["In short: Otters"]
    assert quotes_shown(messages) == [HANDS.text, DRIFT.text]
    assert [text for text, _ in links(messages)] == ["[1] ¶ 1 · Example", "[2] ¶ 2 · Example"]


def test_sources_are_the_article_the_last_answer_and_whom_it_names() -> None:
    named = [Source("the keeper", (KEEPER, DRIFT, HANDS)), *(Source(f"source {n}", (DRIFT,)) for n in range(6))]
    messages = render_sources(OTTERS, [HANDS], named, ENGLISH)
    assert links(messages)[0] == ("Otters", "https://example.org/otters")
    assert "\nExample · Ann · 2024-05-01\n" in messages[0].text
    assert entities(messages, "bold") == [
        ENGLISH.sources_about,
        ENGLISH.sources_last,
        ENGLISH.sources_named,
        "the keeper",
        *(f"source {n}" for n in range(4)),
    ]
    assert quotes_shown(messages) == [HANDS.text, KEEPER.text, *[DRIFT.text] * 5]
    assert [text.split()[0] for text, _ in links(messages)[1:]] == [f"[{n}]" for n in range(1, 8)]
    assert [line for line in messages[-1].text.split("\n") if line.startswith("+")] == ["+ 1 more", "+ 2 more"]
    passes(messages)


def test_of_the_moment_of_publication_the_day_is_shown() -> None:
    (message,) = render_sources(replace(OTTERS, published="2024-05-01T09:30:00+02:00"), [], [], ENGLISH)
    assert "\nExample · Ann · 2024-05-01\n" in message.text


def test_sources_say_plainly_when_there_are_none() -> None:
    (message,) = render_sources(Article("It rained.", "Rain"), [], [], ENGLISH)
    assert message.text.split("\n") == [
        ENGLISH.sources_about,
        "Rain",
        "",
        ENGLISH.sources_last,
        ENGLISH.nothing_said_yet,
        "",
        ENGLISH.sources_named,
        ENGLISH.no_named_sources,
    ]


def test_an_address_that_is_none_is_not_linked() -> None:
    messages = render_sources(replace(OTTERS, url="javascript:alert(1)"), [], [], ENGLISH)
    assert links(messages) == []


def test_a_title_in_a_sentence_leads_to_its_article() -> None:
    for article, to, url in (
        (OTTERS, PUBLISHERS, OTTERS.url),
        (replace(OTTERS, url=None), Links("https://read.org"), f"https://read.org/a/{OTTERS.id}"),
    ):
        message = render_titled("🦦 “{title}” it is.", article, to)
        assert (message.text, links([message])) == ("🦦 “Otters” it is.", [("Otters", url)])
    assert links([render_titled("“{title}”", replace(OTTERS, url=None), PUBLISHERS)]) == []


@pytest.mark.parametrize(("text", "kind"), [("x" * 601, "expandable_blockquote"), ("x" * 600, "blockquote")])
def test_a_long_quote_is_folded(text: str, kind: str) -> None:
    assert answer(quoted(Article(text, "X"), text))[0].entities[0].type == kind


@pytest.mark.parametrize(("lines", "kind"), [(9, "expandable_blockquote"), (8, "blockquote")])
def test_a_tall_quote_is_folded(lines: int, kind: str) -> None:
    text = "\n".join("x" * lines)
    assert answer(quoted(Article(text, "X"), text))[0].entities[0].type == kind


def test_a_long_answer_is_split_between_quotes() -> None:
    text = "\n\n".join(f"{n} " + "word " * 300 + "end." for n in range(5))
    article = Article(text, "Words")
    quotes = [quoted(article, part) for part in text.split("\n\n")]
    messages = answer(*quotes)
    assert quotes_shown(messages) == [quote.text for quote in quotes]
    assert [len(quotes_shown([message])) for message in messages] == [2, 2, 1]
    assert_sendable(messages)


def test_many_short_quotes_stay_within_the_number_of_entities() -> None:
    article = Article("\n\n".join(f"{n}!" for n in range(120)), "Numbers", "https://example.org")
    messages = answer(*(quoted(article, part) for part in article.text.split("\n\n")))
    assert len(messages) == 3
    assert_sendable(messages)


def test_a_heading_stays_with_what_it_heads() -> None:
    text = "word " * 810 + "end."
    article = Article(text, "T" * 30)
    messages = render_answer(Answer("?", (quoted(article, text),), 1.0), ENGLISH, several_articles=True)
    assert [message.text[:2] for message in messages] == ["TT"]
    longer = Article("word " * 814 + "end.", "T" * 30)
    messages = render_answer(Answer("?", (quoted(longer, longer.text),), 1.0), ENGLISH, several_articles=True)
    assert [message.text[:2] for message in messages] == ["TT", "wo"]


def test_a_quote_longer_than_a_message_is_cut_after_sentences() -> None:
    sentence = "🦦 drift, they say, “as otters do.” "
    article = Article((sentence * 300).strip(), "Otters")
    messages = answer(quoted(article, article.text))
    parts = quotes_shown(messages)
    assert len(parts) == 3
    assert all(part.endswith("do.”") for part in parts)
    assert " ".join(parts) == article.text
    assert_sendable(messages)
    passes(messages)


@pytest.mark.parametrize(("unit", "joint"), [("word ", " "), ("é", ""), ("🦦", ""), ("e\u0301\u0302", "")])
def test_without_sentences_it_is_cut_between_words_else_characters(unit: str, joint: str) -> None:
    article = Article((unit * 5000).strip(), "Words")
    messages = answer(quoted(article, article.text))
    assert joint.join(quotes_shown(messages)) == article.text
    assert all(part.startswith(unit.strip()) for part in quotes_shown(messages))
    assert_sendable(messages)
    passes(messages)


@pytest.mark.parametrize("unit", ["x", "🦦", "Word. ", "word ", "语语。"])
@pytest.mark.parametrize("extra", range(8))
def test_no_length_slips_over_the_limit(unit: str, extra: int) -> None:
    text = ("x" * extra + unit * (4100 // len(unit.encode("utf-16-le")) * 2)).strip()
    for length in range(0, 24, 2):
        article = Article(text[length:], "Words")
        assert_sendable(answer(quoted(article, article.text)))
    assert_sendable(render_plain(text * 2))


def test_titles_and_sites_take_one_line_and_no_more_room_than_they_need() -> None:
    article = replace(OTTERS, title="Ot\nters\ud800 " + "x" * 5000, site="a\u2028b " + "y" * 99)
    messages = answer(quoted(article, KEEPER.text), several=True)
    first, _, last = messages[0].text.split("\n")
    assert first == "Ot ters? " + "x" * 190 + "…"
    assert last == "[1] ¶ 1 · a b " + "y" * 59 + "…"


def test_plain_text_of_any_length() -> None:
    assert render_plain(" \n") == ()
    assert render_plain(" *bold* <b> \n") == (Outgoing("*bold* <b>"),)
    assert [len(message.text) for message in render_plain("x" * 5000)] == [4096, 904]


hostile = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("aé🦦👩‍👩‍👧\u0301\u202e\u2066\u200b\ufeffשלום .!。\n\t*_<b>&"), min_size=1, max_size=400),
    st.tuples(st.sampled_from(["a", "🦦", "word. ", "语", "e\u0301 "]), st.integers(1, 6000)).map(
        lambda t: t[0] * t[1]
    ),
)


@st.composite
def quotes(draw: st.DrawFn) -> list[Quote]:
    site = draw(st.none() | st.text())
    text = draw(hostile.filter(str.strip))
    article = Article(
        text, draw(st.text()), draw(st.sampled_from([None, "https://example.org/a"])), site, draw(hostile)
    )
    found = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        first = draw(st.integers(start, end - 1))
        focus = draw(st.none() | st.tuples(st.just(first), st.integers(first + 1, end)))
        found.append(Quote(article, start, end, draw(st.integers(1, 999)), focus=focus))
    return [quote for quote in found if quote.text.strip()] or [Quote(article, 0, len(text), 1)]


@given(quotes(), hostile, st.booleans())
@settings(deadline=None, max_examples=150)
def test_whatever_the_text_messages_show_the_quotes_and_nothing_is_lost(
    found: list[Quote], name: str, several: bool
) -> None:
    article = found[0].article
    named = [Source(name, tuple(found))]
    for messages, expected in [
        (answer(*found, several=several), found),
        (render_summary(Summary(article, tuple(found)), ENGLISH), found),
        (render_sources(article, found, named, ENGLISH), [*found, *found[:2]]),
        (render_passages(found, 4, ENGLISH), found),
        (render_again(answer(*found, several=several), ENGLISH), found),
    ]:
        assert_sendable(messages)
        passes(messages)
        seen = ["".join(text.split()) for text in quotes_shown(messages)]
        assert "".join(seen) == "".join("".join(quote.text.split()) for quote in expected)
        assert "".join(m.text for m in messages).count("¶") >= len(expected)


@given(quotes())
@settings(deadline=None, max_examples=150)
def test_whatever_the_paragraph_one_message_shows_it_around_its_focus(found: list[Quote]) -> None:
    for quote in found:
        message = render_paragraph(quote, ENGLISH)
        assert_sendable([message])
        passes([message])
        (seen,) = quotes_shown([message])
        assert seen in quote.text
        if quote.focus and quote.article.text[slice(*quote.focus)].strip() and len(seen) == len(quote.text):
            assert entities([message], "bold") == [quote.article.text[slice(*quote.focus)].strip()]


@given(st.lists(st.tuples(hostile, st.lists(hostile, max_size=5)), max_size=4))
@settings(deadline=None, max_examples=50)
def test_a_list_is_sendable(found: list[tuple[str, list[str]]]) -> None:
    assert_sendable(render_list(found))


def test_the_sentence_that_answers_is_bold_in_a_run_of_several() -> None:
    run = Quote(OTTERS, KEEPER.start, DRIFT.end, 2, focus=(DRIFT.start, DRIFT.end))
    (message,) = answer(run)
    assert quotes_shown([message]) == [run.text]
    assert entities([message], "bold") == [DRIFT.text]


def test_a_paragraph_longer_than_a_message_is_shown_where_its_focus_is() -> None:
    text = "word. " * 2000 + "Here it stands." + " word." * 2000
    start = text.index("Here")
    message = render_paragraph(Quote(Article(text, "T"), 0, len(text), 1, focus=(start, start + 15)), ENGLISH)
    assert entities([message], "bold") == ["Here it stands."]


@given(hostile | st.text(st.characters(categories=None), max_size=50))
@settings(deadline=None)
def test_plain_text_is_sendable_and_whole(text: str) -> None:
    messages = render_plain(text)
    assert_sendable(messages)
    whole = text.encode(errors="replace").decode()
    assert "".join("".join(message.text.split()) for message in messages) == "".join(whole.split())


PAPER = replace(OTTERS, url="https://example.org/otters.pdf", pages=(0, 0, TEXT.index("They")))


def test_what_has_pages_is_cited_by_them() -> None:
    quotes = (quoted(PAPER, "The aquarium’s keeper says so.", 2), quoted(PAPER, "They drift less that way.", 2))
    found = render_answer(Answer("?", quotes, 1.0), ENGLISH, several_articles=False)
    assert links(found) == [
        ("[1] p. 2 · Example", "https://example.org/otters.pdf#page=2"),
        ("[2] p. 3 · Example", "https://example.org/otters.pdf#page=3"),
    ]
    german = render_answer(Answer("?", quotes[:1], 1.0), texts_for("de"), several_articles=False)
    assert links(german)[0][0] == "[1] S. 2 · Example"


def test_a_paragraph_over_two_pages_is_cited_by_the_page_of_what_was_quoted() -> None:
    start, end = PAPER.text.index("The aquarium"), len(PAPER.text)
    message = render_paragraph(Quote(PAPER, start, end, 2, focus=(PAPER.text.index("They"), end)), ENGLISH)
    assert links([message]) == [("p. 3 · Example", "https://example.org/otters.pdf#page=3")]
