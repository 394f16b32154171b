"""Article, Quote: identity and slicing."""

import hashlib
import pickle
from dataclasses import FrozenInstanceError, asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.models import Article, Quote, join_paragraphs, paragraph_number, split_paragraphs

ARTICLE = Article("Перше речення. Друге 😀 речення.\n\nThird.", "Title")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)


def test_digest_is_the_sha256_of_the_text_in_utf8() -> None:
    assert ARTICLE.digest == hashlib.sha256(ARTICLE.text.encode("utf-8")).hexdigest()
    assert ARTICLE.id == ARTICLE.digest[:12]


def test_the_id_depends_on_the_text_alone() -> None:
    assert replace(ARTICLE, title="Another", url="https://x.example/", headings=(1,)).id == ARTICLE.id
    assert replace(ARTICLE, text=ARTICLE.text + ".").id != ARTICLE.id


def test_what_is_computed_once_is_not_a_part_of_the_value() -> None:
    article = replace(ARTICLE)
    before = repr(article), asdict(article), hash(article)
    assert article.digest is article.digest
    assert article.paragraphs is article.paragraphs
    assert (repr(article), asdict(article), hash(article)) == before
    assert article == ARTICLE == pickle.loads(pickle.dumps(article))
    assert replace(article, text="Other.").paragraphs == ((0, 6),)


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_the_paragraphs_of_a_text_are_numbered_ranges_of_it(paragraphs: list[str]) -> None:
    text = join_paragraphs(paragraphs)
    assert split_paragraphs(text) == paragraphs
    spans = Article(text, "").paragraphs
    assert [text[start:end] for start, end in spans] == paragraphs
    for number, (start, end) in enumerate(spans, 1):
        assert {paragraph_number(text, at) for at in range(start, end + 1)} == {number}


@given(TEXTS, st.data())
def test_a_quote_is_the_slice_of_its_article_in_code_points(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = Quote(Article(text, ""), start, end, 1)
    assert quote.text == "".join(list(text)[start:end])


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (4, 3), (0, len(ARTICLE.text) + 1), (10**9, 10**9 + 1)])
def test_a_quote_outside_its_article_cannot_be_made(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=ARTICLE.id):
        Quote(ARTICLE, start, end, 1)


def test_a_quote_of_the_whole_article_can_be_made() -> None:
    assert Quote(ARTICLE, 0, len(ARTICLE.text), 1).text == ARTICLE.text


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2024-06-14", "2024-06-14"),
        ("2024-06-14T23:30:00-05:00", "2024-06-14"),
        ("2024-06-14T08:00:00", "2024-06-14"),
        ("in June", None),
        ("", None),
        (None, None),
    ],
)
def test_readers_see_the_day_of_publication(published: str | None, day: str | None) -> None:
    assert replace(ARTICLE, published=published).day == day


def test_values_are_frozen() -> None:
    quote = Quote(ARTICLE, 0, 5, 1)
    with pytest.raises(FrozenInstanceError):
        quote.end = 9  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        ARTICLE.text = "other"  # type: ignore[misc]
