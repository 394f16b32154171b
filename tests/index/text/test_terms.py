"""Terms of many scripts; idf and BM25 against values worked out by hand."""

import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.retrieve.postings import Postings
from index.text.terms import STEMMERS, bm25, idf, terms

DOCUMENTS = Postings([["cat", "cat", "dog"], ["dog"], ["bird", "fish"]])  # 3 documents, mean length 2


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The dogs' running, 1,000 times!", "en", ["the", "dog", "run", "1", "000", "time"]),
        ("Мости через РІЧКУ", "uk", ["мости", "через", "річку"]),
        ("Мосты через реку", "ru", ["мост", "через", "рек"]),
        ("Straße", "de", ["strass"]),
        ("서울에서 불", "ko", ["서울", "울에", "에서", "불"]),
        ("北京大学。", "zh", ["北京", "京大", "大学"]),
        ("كتاب", "und", ["كتاب"]),
        ("الكتاب", "ar", ["كتاب"]),
        ("हिन्दी में", "hi", ["हिन्दी", "में"]),
        ("cafe\u0301", "und", ["cafe\u0301"]),
        ("👍 ?! — …", "en", []),
        ("", "en", []),
        ("snake_case", "und", ["snake", "case"]),
    ],
)
def test_terms(text: str, language: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年发布", ["2024", "年发", "发布"]),
        ("AI模型", ["ai", "模型"]),
        ("K팝은", ["k", "팝은"]),
        ("3월", ["3", "월"]),
    ],
)
def test_a_script_without_spaces_is_parted_from_what_stands_beside_it(text: str, expected: list[str]) -> None:
    assert terms(text, "und") == expected


@given(st.text(), st.sampled_from(["und", "uk", "zh", "xx", "", *STEMMERS]))
def test_terms_hold_letters_digits_and_marks_only(text: str, language: str) -> None:
    for term in terms(text, language):
        assert term
        assert all(unicodedata.category(c)[0] in "LNM" or c in _newer_than_python(term) for c in term)


def _newer_than_python(term: str) -> set[str]:
    """Characters that the ``regex`` package, with its newer Unicode, knows and ``unicodedata`` does not."""
    return {c for c in term if unicodedata.category(c) == "Cn"}


@given(st.text(st.characters(categories=["Lu", "Ll"])))
def test_case_does_not_matter(text: str) -> None:
    assert terms(text, "und") == terms(text.casefold(), "und")


def test_threads_stem_as_one_does() -> None:
    words = " ".join(f"nationally relational conditional {i} operations running happiness" for i in range(40))
    expected = terms(words, "en")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda _: terms(words, "en"), range(16)))
    finally:
        sys.setswitchinterval(interval)
    assert all(result == expected for result in results)


def test_idf_is_that_of_robertson_and_sparck_jones() -> None:
    weights = idf(["cat", "dog", "cow"], DOCUMENTS.counts(["cat", "dog", "cow"]))
    assert weights == pytest.approx({"cat": log(1 + 2.5 / 1.5), "dog": log(1 + 1.5 / 2.5), "cow": log(1 + 3.5 / 0.5)})


def scored(weights: dict[str, float], postings: Postings) -> NDArray[np.float64]:
    return bm25(weights, postings.counts(weights), postings.lengths)


def test_bm25_by_hand() -> None:
    # tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / 2))
    scores = scored({"cat": 2.0, "dog": 1.0}, DOCUMENTS)
    first = 2.0 * 2 * 2.2 / (2 + 1.2 * 1.375) + 1.0 * 2.2 / (1 + 1.2 * 1.375)
    assert scores.tolist() == pytest.approx([first, 2.2 / (1 + 1.2 * 0.625), 0.0])


def test_bm25_of_nothing() -> None:
    assert scored({"cat": 1.0}, Postings([])).tolist() == []
    assert scored({}, DOCUMENTS).tolist() == [0.0, 0.0, 0.0]
    assert scored({"cat": 1.0}, Postings([[], []])).tolist() == [0.0, 0.0]
