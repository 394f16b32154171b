"""The page around an article goes, the article stays, in any language."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.extract import from_text
from index.ingest.plain.boilerplate import WEIGHTS, article_blocks, features
from tests.support.documents.pastes import PASTES, Paste

# Texts that are articles through and through, however unlike a report they look: "=== kind", then the text.
CLEAN = dict(
    part.strip().split("\n\n", 1)
    for part in Path(__file__).with_name("cleans.txt").read_text("utf-8").split("=== ")
    if part
)
MENU = ("Home", "World", "Sport", "Culture", "Science", "Weather", "Jobs", "Shop", "Sign in", "Subscribe", "About us")
by_language = pytest.mark.parametrize("paste", PASTES, ids=lambda paste: paste.language)


@by_language
def test_a_whole_pasted_page_gives_its_article(paste: Paste) -> None:
    article = from_text(paste.text)
    assert article.text == paste.body
    assert article.title == paste.title
    assert article.language == paste.language


@by_language
def test_an_appeal_after_the_article_goes(paste: Paste) -> None:
    assert from_text(f"{paste.body}\n\n{paste.below}").text == paste.body


@by_language
def test_an_article_alone_loses_nothing(paste: Paste) -> None:
    assert from_text(paste.body).text == paste.body


@by_language
def test_lines_without_blank_lines_between_are_paragraphs_too(paste: Paste) -> None:
    assert from_text(paste.text.replace("\n\n", "\n")).text == paste.body


@pytest.mark.parametrize("kind", CLEAN)
def test_a_text_without_furniture_loses_nothing(kind: str) -> None:
    for text in (CLEAN[kind], CLEAN[kind].replace("\n\n", "\n")):
        assert from_text(text).text.split() == text.split()


@pytest.mark.parametrize("kind", ["interview", "recipe", "first person", "Ukrainian", "rules"])
def test_a_menu_around_the_same_text_goes(kind: str) -> None:
    prose = PASTES[0].body + "\n\n" + CLEAN[kind] + "\n\n" + PASTES[0].body
    page = "\n\n".join((*MENU, prose, *MENU))
    assert from_text(page).text == prose


def test_a_menu_is_known_by_its_many_items() -> None:
    for number in range(4):
        text = "\n\n".join((*MENU[:number], PASTES[0].body, *MENU[:number]))
        assert from_text(text).text == text
    assert from_text("\n\n".join((*MENU[:5], PASTES[0].body))).text == PASTES[0].body


@given(st.text("aB .,:1@\n", max_size=60).map(lambda text: text * 40))
def test_any_lines_are_parted(text: str) -> None:
    lines = text.split("\n")
    run = article_blocks(lines)
    assert 0 <= run.start < run.stop <= len(lines)


def test_an_author_who_speaks_to_the_reader_all_along_is_kept() -> None:
    letter = (
        "You asked me last week how we keep our bees through the winter, and I promised you an answer.\n\n"
        "We wrap each hive in straw and we leave our bees the honey they made after July. You will need less straw "
        "than you think.\n\n"
        "If you keep your hives on a roof, as we did for years, you should turn them away from the wind. I wish you "
        "luck with yours.\n\n"
        "Write to us"
    )
    assert from_text(letter).text.startswith("You asked me")
    assert "luck with yours" in from_text(letter).text


def test_an_author_who_turns_to_the_reader_at_the_end_is_kept() -> None:
    essay = (
        PASTES[0].body
        + "\n\nSo if you live in a harbour town, you might ask yourself what your own ferry is worth to you."
    )
    assert from_text(essay).text == essay


def test_a_last_paragraph_that_introduces_something_is_kept() -> None:
    text = (
        PASTES[0].body
        + "\n\nIn a letter to the council in 1979 the first captain of the ferry had put it in these words:"
    )
    assert from_text(text).text == text


def test_without_anything_like_an_article_all_blocks_stay() -> None:
    assert article_blocks(["one", "two", "three"]) == range(3)
    assert article_blocks([]) == range(0)


def test_every_feature_has_its_weight_and_lies_between_0_and_1() -> None:
    for paste in PASTES:
        for row in features(paste.text.split("\n\n")):
            assert len(row) == len(WEIGHTS)
            assert all(0 <= value <= 1 for value in row)
