"""What a sentence holds and what a question asks for, in four languages and in none."""

import json
import re
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from index.models import Article
from index.read.conversation import small_talk
from index.text.answer_types import (
    KINDS,
    AnswerTypes,
    answer_types,
    answer_types_of,
    asked_for,
    languages,
    listed,
    pairs,
    tokens_of,
    words_of,
)
from index.text.language import known_languages
from index.text.sentences import split
from index.text.terms import terms
from tests.support.engine import HARBOUR
from training.dates import names

TALK = ("gist", "greeting", "thanks", "about_us")


def of(text: str, language: str) -> AnswerTypes:
    return answer_types(text, terms(text, language), language)


@pytest.mark.parametrize(
    ("text", "language", "names", "numbers", "dates"),
    [
        ("In March 1974 the U.S. Navy paid Ana Ruiz.", "en", "march u.s navy ana ruiz", "1974", "march 1974"),
        ("Ruiz came back on Monday.", "en", "monday", "", "monday"),
        ("It rose by 6.5 percent, to 1,200 in the 1970s.", "en", "", "6.5 1,200 1970s", "1970"),
        ("Boats of 2999 tons and 12345 crates.", "en", "", "2999 12345", ""),
        ("Міст у Львові відкрили 3 березня 1974 року.", "uk", "львові", "3 1974", "березня 1974"),
        ("Це субота.", "uk", "", "", "субота"),
        ("1974년 3월 토요일에 서울에서 배를 만들었다.", "ko", "", "1974년 3월", "1974 3월 토요일"),
        ("افتتح الجسر يوم السبت في مارس 1974.", "ar", "", "1974", "السبت مارس 1974"),
        ("عبر الجسر ١٢ رجلا.", "ar", "", "١٢", ""),
        ("In March 1974 came Ana.", "xx", "march ana", "1974", "1974"),
    ],
)
def test_names_numbers_and_dates(text: str, language: str, names: str, numbers: str, dates: str) -> None:
    found = of(text, language)
    assert found.names == set(names.split())
    assert found.numbers == set(numbers.split())
    assert found.dates == set(dates.split())


@pytest.mark.parametrize(
    ("text", "language", "counts", "cause", "pronoun"),
    [
        ("They lifted it with two barges, because it leaned.", "en", True, True, True),
        ("Theyland borrowed barges.", "en", False, False, False),
        ("Before that he slept.", "en", False, False, False),
        ("The barge sank due to fog.", "en", False, True, False),
        ("Crate 7 is lost.", "en", True, False, False),
        ("Його будували три роки, бо річка розлилася.", "uk", True, True, True),
        ("Міст стоїть.", "uk", False, False, False),
        ("그는 안개 때문에 배 셋을 놓쳤다.", "ko", True, True, True),
        ("배가 떠났다.", "ko", False, False, False),
        ("هو أغلق ثلاثة جسور بسبب الضباب.", "ar", True, True, True),
        ("الجسر قديم.", "ar", False, False, False),
        ("He had two, because of fog.", "und", False, False, False),
    ],
)
def test_counts_causes_and_pronouns(text: str, language: str, counts: bool, cause: bool, pronoun: bool) -> None:
    found = of(text, language)
    assert (found.counts, found.cause, found.pronoun) == (counts, cause, pronoun)


@pytest.mark.parametrize(
    ("question", "language", "kinds"),
    [
        ("Who built it?", "en", "person"),
        ("WHOSE crane fell?", "en", "person"),
        ("In what year was it built?", "en", "time"),
        ("How long ago was it built?", "en", "time"),
        ("How long is it?", "en", "number"),
        ("Where and when was that?", "en", "place time"),
        ("Why did it fall?", "en", "reason"),
        ("How did it fall?", "en", "manner"),
        ("What fell?", "en", ""),
        ("Whole whenever somewhere anyhow", "en", ""),
        ("Хто збудував міст?", "uk", "person"),
        ("Якого року його відкрили?", "uk", "time"),
        ("Скільки це коштувало?", "uk", "number"),
        ("Де він стоїть?", "uk", "place"),
        ("Чому він упав?", "uk", "reason"),
        ("Як він упав?", "uk", "manner"),
        ("누가 다리를 지었나요?", "ko", "person"),
        ("몇 년에 열렸나요?", "ko", "time"),
        ("몇 명이 다쳤나요?", "ko", "number"),
        ("다리는 어디에 있나요?", "ko", "place"),
        ("왜 무너졌나요?", "ko", "reason"),
        ("어떻게 무너졌나요?", "ko", "manner"),
        ("من بنى الجسر؟", "ar", "person"),
        ("متى افتتح الجسر؟", "ar", "time"),
        ("كم عدد السفن؟", "ar", "number"),
        ("أين يقع الجسر؟", "ar", "place"),
        ("لماذا انهار الجسر؟", "ar", "reason"),
        ("كيف انهار الجسر؟", "ar", "manner"),
        ("Who built it?", "und", ""),
        ("Who built it?", "no such language", ""),
    ],
)
def test_what_a_question_asks_for(question: str, language: str, kinds: str) -> None:
    assert asked_for(question, language) == set(kinds.split())


def test_words_keep_their_inner_points_and_terms_come_in_pairs() -> None:
    assert words_of("The U.S. paid $6.5, (twice) — O'Brien’s.") == ["The", "U.S", "paid", "6.5", "twice", "O'Brien’s"]
    assert pairs(["a", "b", "c"]) == {("a", "b"), ("b", "c")}
    assert pairs(["a"]) == pairs([]) == frozenset()


def test_traits_are_those_of_each_passage() -> None:
    passages = split(HARBOUR)
    words = [terms(HARBOUR.text[p.start : p.end], "en") for p in passages]
    found = answer_types_of(HARBOUR, passages, words)
    assert [one.pronoun for one in found] == [False, False, False, False, True, False, False, False]
    assert [one.terms for one in found] == [frozenset(one) for one in words]
    assert found[4].names == {"ana", "ruiz"}
    with pytest.raises(ValueError, match="zip"):
        answer_types_of(HARBOUR, passages, words[1:])


def test_every_language_has_every_list_and_no_word_is_empty() -> None:
    for language in languages():
        for kind in (*KINDS, "pronouns", "causes", "numbers", "small_talk", "more", "opening", "function", *TALK):
            assert listed(language, kind).pattern.pattern != r"(?!)", (language, kind)
            assert not listed(language, kind).pattern.match("\x00"), "it would match everywhere"


def test_all_small_talk_of_a_kind_is_small_talk() -> None:
    for language in languages():
        for kind in TALK:
            for said in re.findall(r"[^|()\[\]{}?<!]{3,}", listed(language, kind).pattern.pattern.replace("\\", "")):
                assert small_talk(said) is not None, (language, said)


@given(st.data(), st.sampled_from([*languages(), "vi"]), st.sampled_from(["causes", "numbers", "dates", "more"]))
def test_looking_up_first_tokens_hides_no_phrase(data: st.DataObject, language: str, kind: str) -> None:
    phrases = listed(language, kind)
    some = st.sampled_from(re.findall(r"[^|()\[\]{}?<!\\]{3,}", phrases.pattern.pattern) or ["x"])
    between = st.sampled_from([" ", ", ", "-", "_", "’", "(", "a", "\u0301", "1", ""])
    text = "".join(data.draw(st.lists(st.one_of(some, between), max_size=7))).casefold()
    tokens = tokens_of(text)
    assert phrases.are_in(text, tokens) == bool(phrases.pattern.search(text))
    assert phrases.found_in(text, tokens) == phrases.pattern.findall(text)
    assert phrases.begin(text) == bool(phrases.pattern.match(text))


def test_the_names_of_months_and_days_are_those_of_cldr() -> None:
    written = json.loads(Path("index/text/dates.json").read_text("utf-8"))
    assert written == {language: names(language) for language in known_languages()}


@given(st.text(max_size=80), st.sampled_from([*languages(), "und", "xx", "", "../..", "zz_ZZ"]))
def test_no_text_breaks_the_traits(text: str, language: str) -> None:
    found = of(text, language)
    assert found.dates <= {word for word in found.dates if word in text.casefold()}
    assert len(found.names) < max(len(words_of(text)), 1)
    assert all(regex.search(r"\p{N}", number) for number in found.numbers)
    assert not found.numbers or found.counts
    assert asked_for(text, language) <= set(KINDS)


@given(st.text(min_size=1, max_size=60))
def test_no_article_breaks_the_traits(text: str) -> None:
    article = Article(text.strip() or "x", "T", language="ko")
    passages = split(article)
    words = [terms(article.text[p.start : p.end], "ko") for p in passages]
    assert len(answer_types_of(article, passages, words)) == len(passages)
