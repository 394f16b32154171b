"""Every sentence of every language is there and has exactly the fields it is filled in with."""

import re
from dataclasses import asdict, replace
from string import Formatter

import pytest

from bot.texts import ENGLISH, texts_for

FIELDS = {
    "start": {"title"},
    "help_in_groups": {"username"},
    "article_set": {"title"},
    "summary_title": {"title"},
    "paragraph": {"n"},
    "more": {"n"},
}


@pytest.mark.parametrize(("name", "sentence"), asdict(ENGLISH).items())
def test_a_sentence_is_there_with_its_fields(name: str, sentence: str):
    assert sentence.strip() == sentence != ""
    assert {field for _, field, _, _ in Formatter().parse(sentence) if field is not None} == FIELDS.get(name, set())


def test_a_title_with_braces_is_shown_as_it_is():
    assert "{0} and {title!r}" in ENGLISH.article_set.format(title="{0} and {title!r}")


@pytest.mark.parametrize("code", ["en", "EN-us", "xx", "", None])
def test_a_language_we_do_not_speak_is_answered_in_english(code: str | None):
    assert texts_for(code) is ENGLISH


def test_the_menu_has_every_command_as_telegram_wants_it():
    assert {name for name, _ in ENGLISH.commands} == {"start", "help", "ask", "summary", "sources", "article"}
    assert all(re.fullmatch("[a-z]{1,32}", name) and len(said) <= 256 for name, said in ENGLISH.commands)
    assert ("ask", "Fragen") in replace(ENGLISH, command_ask="Fragen").commands
