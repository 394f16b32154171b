"""Every feature by hand, on an article of four short sentences, and in four languages."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.models import Article, Passage
from index.retrieve.bm25 import idf
from index.retrieve.features import Columns, QuestionTerms, Similarities, features, standardise
from index.retrieve.postings import Postings, Words
from index.text.answer_types import AnswerTypes, answer_types, answer_types_of, asked_for, pairs
from index.text.sentences import split
from index.text.terms import terms

# Two paragraphs: "a b." "b c." / "a." "d."
PASSAGES = (Passage(0, 4, 1), Passage(5, 9, 1), Passage(11, 13, 2), Passage(14, 16, 2))
NONE = AnswerTypes(frozenset(), frozenset(), frozenset(), frozenset(), frozenset(), False, False, False)
WORDS = (("a", "b"), ("b", "c"), ("a",), ("d",))
TRAITS = tuple(replace(NONE, terms=frozenset(w), pairs=pairs(w)) for w in WORDS)
ASKED = QuestionTerms("a b z", ("a", "b", "z"), {"a": 1.0, "b": 2.0, "z": 5.0}, frozenset(), True)
FUSED = np.array([1.0, 3.0, -1.0, 0.0])
NEAR = Similarities(np.array([1.0, 3.0, 1.0, 3.0]), np.array([2.0, 2.0, 2.0, 2.0]), np.zeros(4), FUSED, None)


def found(asked: QuestionTerms = ASKED, near: Similarities = NEAR, of: tuple[AnswerTypes, ...] = TRAITS) -> Columns:
    return features(asked, near, Words.of(PASSAGES, [sorted(one.terms) for one in of], of))


def article_features(asked: str, text: str, language: str) -> Columns:
    """The features of each sentence of a text, all of whose scores are equal."""
    article = Article(text, "T", language=language)
    passages = split(article)
    words = [terms(article.text[p.start : p.end], language) for p in passages]
    said = terms(asked, language)
    known = sorted(set(said))
    equal = np.zeros(len(passages))
    return features(
        QuestionTerms(asked, said, idf(known, Postings(words).counts(known)), asked_for(asked, language), True),
        Similarities(equal, equal, equal, equal, None),
        Words.of(passages, words, answer_types_of(article, passages, words)),
    )


# Scores


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_standardise_gives_mean_nought_and_deviation_one_or_all_nought(values: list[float]) -> None:
    scores = standardise(np.array(values))
    if np.std(values) > 1e-6:
        assert scores.mean() == pytest.approx(0, abs=1e-6)
        assert scores.std() == pytest.approx(1)
    elif len(set(values)) == 1:
        assert not scores.any()


def test_standardise_by_hand() -> None:
    assert standardise(np.array([1.0, 3.0])).tolist() == [-1.0, 1.0]


def test_a_similarity_in_a_models_odd_units_outweighs_nothing() -> None:
    columns = found(near=replace(NEAR, sentence=np.array([2e4, 3.0, -1e9, 3.0])))
    assert columns["sentence"].tolist() == [20, 3, -20, 3]
    assert columns["sentence_rank"] == pytest.approx([1, 1 / 2, 1 / 4, 1 / 3])


def test_scores_by_hand() -> None:
    columns = found()
    # Mean 0.75, deviation sqrt(35) / 4.
    deviation = sqrt(35) / 4
    assert columns["fused_z"] == pytest.approx((FUSED - 0.75) / deviation)
    assert columns["fused_gap"] == pytest.approx(np.array([-2, 0, -4, -3]) / deviation)
    assert columns["fused_lead"] == pytest.approx(np.array([-2, 2, -4, -3]) / deviation)
    assert columns["fused_rank"] == pytest.approx([1 / 2, 1, 1 / 4, 1 / 3])
    assert columns["sentence"].tolist() == [1, 3, 1, 3]
    assert columns["sentence_z"].tolist() == [-1, 1, -1, 1]
    assert columns["sentence_lead"].tolist() == [-2, 0, -2, 0]
    assert columns["sentence_rank"] == pytest.approx([1 / 3, 1, 1 / 4, 1 / 2])
    assert columns["context"].tolist() == [2, 2, 2, 2]
    assert not columns["context_z"].any()
    assert not columns["context_gap"].any()
    assert columns["context_rank"] == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])


def test_the_readers_scores_are_there_only_with_a_reader() -> None:
    assert not [name for name in found() if name.startswith("reader")]
    read = found(near=replace(NEAR, scorer=FUSED))
    assert read["reader"].tolist() == FUSED.tolist()
    for kind in ("z", "gap", "lead", "rank"):
        assert read[f"reader_{kind}"] == pytest.approx(read[f"fused_{kind}"])


def test_the_scale_of_a_model_changes_no_standardised_feature() -> None:
    stretched = replace(NEAR, sentence=NEAR.sentence * 0.01 + 0.8, bm25=NEAR.bm25 * 7)
    for name, column in found(near=stretched).items():
        if name != "sentence":
            assert column == pytest.approx(found()[name]), name


# Words


def test_coverage_by_hand() -> None:
    columns = found()
    assert columns["coverage"] == pytest.approx([3 / 8, 2 / 8, 1 / 8, 0])
    assert columns["coverage_paragraph"] == pytest.approx([3 / 8, 3 / 8, 1 / 8, 1 / 8])
    assert columns["coverage_article"] == pytest.approx([3 / 8] * 4)
    assert columns["coverage_with_previous"] == pytest.approx([0, 1 / 8, 0, 1 / 8])
    assert columns["coverage_with_next"] == pytest.approx([0, 0, 0, 0])
    assert columns["coverage_first_mention"] == pytest.approx([3 / 8, 0, 0, 0])
    assert columns["coverage_unweighted"] == pytest.approx([2 / 3, 1 / 3, 1 / 3, 0])
    assert columns["rarest_matched"] == pytest.approx([2 / 5, 2 / 5, 1 / 5, 0])
    assert columns["pairs"] == pytest.approx([1 / 2, 0, 0, 0])


def test_what_the_next_sentence_adds() -> None:
    swapped = (TRAITS[1], TRAITS[0], TRAITS[3], TRAITS[2])
    assert found(of=swapped)["coverage_with_next"] == pytest.approx([1 / 8, 0, 1 / 8, 0])


def test_nothing_missed_is_nought() -> None:
    whole = found(replace(ASKED, weights={"a": 1.0, "b": 2.0}))
    assert whole["coverage"] == pytest.approx([1, 2 / 3, 1 / 3, 0])


def test_a_question_in_another_language_shares_no_words() -> None:
    columns = found(replace(ASKED, weights={}, same_language=False))
    for name in columns:
        if name.startswith(("coverage", "rarest", "pairs")):
            assert not columns[name].any(), name


def test_names_and_numbers_of_the_question_are_found_in_any_language() -> None:
    asked = QuestionTerms("Wann traf Ana Ruiz 1974 ein?", ("wann",), {}, frozenset(), False)
    of = (
        replace(NONE, names=frozenset({"ana", "ruiz"}), numbers=frozenset({"1974"})),
        replace(NONE, terms=frozenset({"ruiz"}), numbers=frozenset({"74"})),
        NONE,
        replace(NONE, names=frozenset({"wann"})),  # the first word of a sentence is no name
    )
    columns = found(asked, of=of)
    assert columns["names"].tolist() == [1, 1 / 2, 0, 0]
    assert columns["numbers"].tolist() == [1, 0, 0, 0]
    assert not found(QuestionTerms("a", ("a",), {}, frozenset(), True), of=of)["names"].any()


# Around


def test_neighbours_by_hand() -> None:
    columns = found()
    assert columns["previous_absent"].tolist() == [1, 0, 1, 0]
    assert columns["next_absent"].tolist() == [0, 1, 0, 1]
    assert columns["previous_fused"].tolist() == [-1, 1, -1, -1]
    assert columns["next_fused"].tolist() == [3, -1, 0, -1]
    assert columns["previous_sentence"].tolist() == [-1, -1, -1, -1]
    assert columns["next_sentence"].tolist() == [1, -1, 1, -1]
    assert columns["previous_better"].tolist() == [0, 0, 0, 0]
    assert columns["next_better"].tolist() == [2, 0, 1, 0]
    assert columns["paragraph_fused"].tolist() == [3, 3, 0, 0]


def test_a_neighbour_that_is_worse_is_not_better() -> None:
    columns = found(near=replace(NEAR, fused=-FUSED))
    assert columns["previous_better"].tolist() == [0, 2, 0, 1]
    assert columns["next_better"].tolist() == [0, 0, 0, 0]


# What is asked for and what is held


def test_each_kind_of_answer_by_hand() -> None:
    of = (
        replace(NONE, names=frozenset({"ruiz"})),
        replace(NONE, dates=frozenset({"1974"}), numbers=frozenset({"1974"}), counts=True),
        replace(NONE, cause=True),
        replace(NONE, counts=True),
    )
    held = {
        "person": [1, 0, 0, 0],
        "time": [0, 1, 0, 0],
        "number": [0, 1, 0, 0],
        "place": [1, 0, 0, 0],
        "reason": [0, 0, 1, 0],
        "manner": [0, 0, 1, 0],
    }
    for kind, expected in held.items():
        columns = found(replace(ASKED, kinds=frozenset({kind})), of=of)
        assert {name: list(c) for name, c in columns.items() if name.startswith("asked") and c.any()} == {
            f"asked_{kind}": expected,
            **({"asked_number_word": [0, 1, 0, 1]} if kind == "number" else {}),
            **({"asked_time_number": [0, 1, 0, 0]} if kind == "time" else {}),
        }
    assert found(of=of)["asked_other_name"].tolist() == [1, 0, 0, 0]
    # What the question itself names is no answer to it.
    named = found(replace(ASKED, text="Did Ruiz, in 1974?", kinds=frozenset({"person", "time", "number"})), of=of)
    assert not named["asked_person"].any()
    assert not named["asked_time"].any()
    assert not named["asked_number"].any()


def test_shape_by_hand() -> None:
    of = (
        replace(TRAITS[0], names=frozenset({"ruiz", "liss"}), numbers=frozenset({"7"}), pronoun=True),
        *TRAITS[1:],
    )
    columns = found(replace(ASKED, text="Where was Ruiz in 7?"), of=of)
    assert columns["length"] == pytest.approx([log(3), log(3), log(2), log(2)])
    assert columns["new_terms"] == pytest.approx([0, log(2), 0, log(2)])
    assert columns["new_names"] == pytest.approx([log(2), 0, 0, 0])
    assert not columns["new_numbers"].any()
    assert columns["pronoun"].tolist() == [1, 0, 0, 0]
    assert columns["position"] == pytest.approx([0, 1 / 3, 2 / 3, 1])


@pytest.mark.parametrize(
    ("language", "text", "questions"),
    [
        (
            "en",
            "June saw the bridge open. The builder was Ana Ruiz. It fell because of the flood. "
            "The workers were twelve.",
            {
                "asked_time": "When did the bridge open?",
                "asked_person": "Who built it?",
                "asked_reason": "Why did it fall?",
                "asked_number_word": "How many workers?",
            },
        ),
        (
            "uk",
            "Міст відкрили наприкінці березня. Його будувала Ганна Рудик. Він упав, бо була повінь. "
            "Робітників було двадцять.",
            {
                "asked_time": "Коли відкрили міст?",
                "asked_person": "Хто його будував?",
                "asked_reason": "Чому він упав?",
                "asked_number_word": "Скільки було робітників?",
            },
        ),
        (
            "ko",
            "다리는 토요일에 개통했다. 건축가는 김민수였다. 다리는 홍수 때문에 무너졌다. 일꾼은 다섯이었다.",
            {
                "asked_time": "다리는 언제 개통했나요?",
                "asked_reason": "왜 무너졌나요?",
                "asked_number_word": "일꾼은 몇 명이었나요?",
            },
        ),
        (
            "ar",
            "افتتح الجسر يوم السبت. كان المهندس سليم. انهار الجسر بسبب الفيضان. كان العمال خمسة.",
            {
                "asked_time": "متى افتتح الجسر؟",
                "asked_reason": "لماذا انهار الجسر؟",
                "asked_number_word": "كم عدد العمال؟",
            },
        ),
    ],
)
def test_the_sentence_that_holds_what_is_asked_for(language: str, text: str, questions: dict[str, str]) -> None:
    places = {"asked_time": 0, "asked_person": 1, "asked_reason": 2, "asked_number_word": 3}
    for name, question in questions.items():
        expected = [float(i == places[name]) for i in range(4)]
        assert article_features(question, text, language)[name].tolist() == expected, (name, question)


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("en", "The crane fell. He saw the bridges open. Rain came.", "Who opened the bridge?"),
        ("uk", "Кран упав. Він бачив новий міст. Ішов дощ.", "Хто бачив міст?"),
        ("ko", "기중기가 쓰러졌다. 그는 다리를 보았다. 비가 왔다.", "누가 다리를 보았나요?"),
        ("ar", "سقطت الرافعة. هو رأى الجسر. نزل المطر.", "من رأى الجسر؟"),
    ],
)
def test_words_and_pronouns_in_each_language(language: str, text: str, question: str) -> None:
    columns = article_features(question, text, language)
    assert columns["coverage"].argmax() == 1
    assert columns["coverage_first_mention"].argmax() == 1
    assert columns["pronoun"].tolist() == [0, 1, 0]
    assert columns["next_absent"].tolist() == [0, 0, 1]


# Whatever comes


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=6), st.booleans())
def test_features_are_finite_numbers_one_for_each_passage(question: str, sentences: list[str], same: bool) -> None:
    words = [terms(sentence, "en") for sentence in sentences]
    said = terms(question, "en")
    known = sorted(set(said))
    weights = idf(known, Postings(words).counts(known))
    count = len(sentences)
    scores = np.array([float(number_of(sentence)) for sentence in sentences])
    columns = features(
        QuestionTerms(question, said, weights if same else {}, asked_for(question, "en"), same),
        Similarities(scores, scores, np.abs(scores), scores, -scores),
        Words.of(
            [Passage(i, i + 1, 1 + i // 2) for i in range(count)],
            words,
            [answer_types(sentence, w, "en") for sentence, w in zip(sentences, words, strict=True)],
        ),
    )
    for name, column in columns.items():
        assert column.shape == (count,), name
        assert np.isfinite(column).all(), name
        assert column.dtype == np.float64, name
        if name.startswith(("coverage", "rarest", "pairs", "names", "numbers", "asked", "pronoun", "position")):
            assert (column >= 0).all(), name
            assert (column <= 1 + 1e-9).all(), name


def number_of(text: str) -> int:
    """Some number for a text."""
    return sum(map(ord, text)) % 7 - 3
