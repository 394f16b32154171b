"""An article as a web page: all of its words and no others, the quote marked, and nothing that could run."""

import hashlib
import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.reader_page import article_page, content_security_policy, message_page, spoken_in
from bot.wording.texts import texts_for
from index.models import Article
from index.text.normalize import normalize, shorten
from tests.support.html_page import Page

ENGLISH = texts_for("en")
# What breaks out of text, attributes and tags, line breaks, invisible characters, and letters that run to the left.
PIECES = [
    "<",
    ">",
    "&",
    '"',
    "'",
    "&amp;",
    "</p>",
    "<script>",
    "</mark>",
    "&#60;",
    "\n",
    "\n\n",
    "\u200d",
    "א",
    "ع",
    "字",
    "a",
    " ",
]
TEXTS = (
    st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), max_size=60)
    .map("".join)
    .map(normalize)
    .filter(bool)
)
STORY = Article(
    "Eleven days of rain\n\n"
    "It rained for eleven days. On the twelfth the road slid into the brook.\n\n"
    "What it costs\n\n"
    "The road will cost 90,000 crowns. Nobody was hurt.\n\n"
    "The council meets on Monday.",
    "Eleven days of rain",
    site="Wend Weekly",
    author="Ada Holt",
    published="2026-03-14T08:00:00Z",
    language="en",
    headings=(1, 3),
)


def page_of(article: Article, marked: tuple[int, int] | None = None, notice: str = "") -> Page:
    return Page(article_page(article, marked, ENGLISH, notice))


def place(article: Article, words: str) -> tuple[int, int]:
    return article.text.index(words), article.text.index(words) + len(words)


@given(st.data(), TEXTS, st.text(max_size=20))
def test_the_words_of_any_article_are_all_there_and_the_marked_ones_are_the_quote(
    data: st.DataObject, text: str, title: str
) -> None:
    ends = st.integers(0, len(text))
    headings = data.draw(st.sets(st.integers(1, text.count("\n\n") + 1)))
    pages = (0, *sorted(data.draw(st.lists(st.integers(0, len(text) - 1), max_size=4))))
    start, end = sorted((data.draw(ends), data.draw(ends)))
    title = data.draw(st.sampled_from([title, text, shorten(text.partition("\n\n")[0])]))
    article = Article(
        text, title, site=title, author=title, language="en", headings=tuple(sorted(headings)), pages=pages
    )
    page = page_of(article, (start, end), notice=title)
    assert "\n\n".join(page.paragraphs) == text
    marks = page.texts("mark")
    assert "".join("".join(marks).split()) == "".join(text[start:end].split())
    assert all(mark in text[start:end] for mark in marks)
    assert page.texts("mark", id="quote") == marks[:1]
    assert {name for name, _, _ in page.elements} <= {
        *"html head meta title style body main article header h1 h2 p a span mark".split()
    }  # fmt: skip
    assert {name for _, has, _ in page.elements for name in has} <= {
        "lang", "dir", "charset", "name", "content", "id", "class", "href", "data-n", "data-page", "aria-label", "role",
    }  # fmt: skip
    assert len(page.texts("h1")) == 1


def test_a_page_has_the_articles_facts_its_headings_and_its_numbers() -> None:
    page = page_of(STORY)
    assert page.texts("title") == ["Eleven days of rain · Wend Weekly"]
    assert page.texts("h1") == page.texts("h1", id="p1") == [STORY.title]
    assert page.texts("h2", id="p3") == ["What it costs"]
    assert page.texts("p", **{"class": "site"}) == ["Wend Weekly"]
    assert page.texts("p", **{"class": "by"}) == ["Ada Holt · 2026-03-14"]
    assert page.texts("time", datetime="2026-03-14") == ["2026-03-14"]
    links = [has for name, has, _ in page.elements if name == "a"]
    assert [(one["href"], one["data-n"], one["aria-label"]) for one in links] == [
        ("#p2", "2", "¶ 2"), ("#p4", "4", "¶ 4"), ("#p5", "5", "¶ 5"),
    ]  # fmt: skip
    assert page.texts("mark") == page.texts("p", **{"class": "notice"}) == []


def test_a_quote_across_paragraphs_is_marked_in_each() -> None:
    start, end = place(STORY, "On the twelfth")[0], place(STORY, "crowns.")[1]
    page = page_of(STORY, (start, end))
    parts = ["On the twelfth the road slid into the brook.", "What it costs", "The road will cost 90,000 crowns."]
    assert page.texts("mark") == parts
    assert page.texts("mark", id="quote") == parts[:1]


@pytest.mark.parametrize("marked", [(5, 5), (9, 4), (0, 9999), (-3, 4), place(STORY, "\n\n"), None], ids=str)
def test_what_is_no_part_of_the_text_is_not_marked(marked: tuple[int, int] | None) -> None:
    page = page_of(STORY, marked)
    assert page.texts("mark") == []
    assert "\n\n".join(page.paragraphs) == STORY.text


def test_a_sign_stands_where_a_page_begins_and_the_pages_that_are_empty_have_none() -> None:
    starts = place(STORY, "On the twelfth")[0], place(STORY, "The road will")[0]
    article = Article(STORY.text, STORY.title, headings=(1, 3), pages=(0, starts[0], starts[1], starts[1]))
    html = article_page(article, place(STORY, "twelfth"), ENGLISH).decode()
    signs = [
        re.escape(f'<span class="page" role="note" aria-label="p. {n}" data-page="p. {n}"></span>') for n in (2, 4)
    ]
    assert re.search(signs[0] + "On the <mark[^>]*>twelfth</mark> the road", html)
    assert re.search(signs[1] + "The road will", html)
    assert html.count('class="page"') == 2


def test_a_title_that_is_not_in_the_text_stands_above_it() -> None:
    page = page_of(Article("The mill is red. It was built in 1788.", "All about mills"))
    assert page.texts("h1") == ["All about mills"]
    assert page.texts("h1", **{"class": "unseen"}) == []


def test_a_title_that_is_the_texts_own_beginning_is_not_seen_twice() -> None:
    page = page_of(Article("The mill on the hill is red. It was built in 1788.", "The mill on the…"))
    assert page.texts("h1", **{"class": "unseen"}) == ["The mill on the…"]
    assert page.paragraphs == ["The mill on the hill is red. It was built in 1788."]


def test_a_notice_stands_above_the_text() -> None:
    assert page_of(STORY, notice="Was <b> corrected").texts("p", **{"class": "notice"}) == ["Was <b> corrected"]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("It rained.\n\nAgain.", ["ltr", None, None]),
        ("ירד גשם כל היום.\n\nIt rained.\n\n1788", ["rtl", None, "ltr", None]),
        ("BBC: نزل المطر طوال اليوم.", ["rtl", None]),
        ("1788 …", ["ltr", None]),
    ],
)
def test_text_runs_the_way_of_most_of_its_letters(text: str, sides: list[str | None]) -> None:
    page = page_of(Article(text, "A", language="und"))
    assert [has.get("dir") for name, has, _ in page.elements if name == "html" or "id" in has] == sides
    assert "lang" not in page.elements[0][1]


@pytest.mark.parametrize("page", [article_page(STORY, (0, 9), ENGLISH), message_page("No <page>.", "en")])
def test_the_policy_allows_the_style_and_nothing_else(page: bytes) -> None:
    (style,) = re.findall(rb"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(hashlib.sha256(style).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in content_security_policy().split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert b"style=" not in page
    assert not re.search(rb"url\(|@import|https?:", style)


def test_a_message_is_shown_as_it_is() -> None:
    assert Page(message_page("No <page>.", "en")).texts("p") == ["No <page>."]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr, UK;q=0.3", "uk"), ("", "en"), ("*", "en"), (";,-,<>", "en")],
)
def test_a_message_is_said_in_the_first_language_that_we_speak(accepted: str, language: str) -> None:
    assert spoken_in(accepted) == language
