"""Every sentence of every language is there, has the fields it is filled in with, and fits where it is sent."""

import re
from dataclasses import fields
from string import Formatter

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from bot.wording.texts import LANGUAGES, OWNERS, Plural, Texts, plural_form, texts_for

ENGLISH = texts_for("en")
SENTENCES = [field.name for field in fields(Texts) if field.type == "str" or field.type is str]
PLURALS = [field.name for field in fields(Texts) if field.name not in SENTENCES]
MOST = {
    "voted": 200,
    "vote_taken_back": 200,
    "buttons_too_old": 200,
    "context_of_button": 20,
    "inline_nothing": 64,
    "description": 512,
    "short_description": 120,
}


def needed(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: str) -> None:
    texts = texts_for(language)
    for name in SENTENCES:
        sentence = getattr(texts, name)
        assert sentence.strip() == sentence != "", name
        assert needed(sentence) == needed(getattr(ENGLISH, name)), name
        limit = MOST.get(name, 60 if name.endswith("_button") else 4000)
        assert len(sentence) <= limit, name
    for name in PLURALS:
        plural = getattr(texts, name)
        assert isinstance(plural, Plural)
        assert set(plural.forms) == {plural_form(language, n) for n in range(200)} | {"other"}, name
        assert all(needed(form) == {"n"} for form in plural.forms.values())


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_language_is_not_left_in_english(language: str) -> None:
    texts = texts_for(language)
    alike = [name for name in SENTENCES if getattr(texts, name) == getattr(ENGLISH, name)]
    assert alike in ([], ["paragraph"])


@given(st.sampled_from(LANGUAGES), st.integers(0, 10**7))
def test_plural_forms_are_those_of_cldr(language: str, n: int) -> None:
    form = Locale(language).plural_form(n)
    # Spanish has a form of its own for whole millions, which nothing here is ever counted in.
    assert plural_form(language, n) == ("other" if (language, form) == ("es", "many") else form)


def test_a_number_of_things() -> None:
    assert [texts_for("uk").questions(n) for n in (1, 2, 5, 11, 21, 112)] == [
        "1 запитання", "2 запитання", "5 запитань", "11 запитань", "21 запитання", "112 запитань",
    ]  # fmt: skip
    assert [texts_for("pl").passages(n) for n in (1, 22, 21)] == ["1 zdanie", "22 zdania", "21 zdań"]


def test_a_title_with_braces_is_shown_as_it_is() -> None:
    assert "{0} and {title!r}" in ENGLISH.article_set.format(title="{0} and {title!r}")


@pytest.mark.parametrize("code", ["en", "EN-us", "xx", "", None, "../en"])
def test_a_language_we_do_not_speak_is_answered_in_english(code: str | None) -> None:
    assert texts_for(code) is ENGLISH


def test_a_dialect_is_answered_in_its_language() -> None:
    assert texts_for("de-AT") is texts_for("de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_has_every_command_as_telegram_wants_it(language: str) -> None:
    commands = texts_for(language).commands
    assert [name for name, _ in commands][-3:] == list(OWNERS)
    assert all(re.fullmatch("[a-z]{1,32}", name) and 1 <= len(said) <= 256 for name, said in commands)
