"""A corrected article: what is answered, what is kept, what is one article."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnknownArticle
from index.library import Library
from index.models import Answer, Article, Quote
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import BAKERY, HARBOUR, KYIV, RANKER, owners
from tests.support.old_libraries import age

WHEN = "Which engineers built the crane in 1974?"
CORRECTED = replace(HARBOUR, text=HARBOUR.text.replace("built the crane in 1974", "built the crane in 1947"))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as library:
        library.add(HARBOUR)
        library.add(BAKERY)
        yield library


def said(library: Library, article_id: str | None) -> str:
    found = library.ask(WHEN, article_id)
    assert isinstance(found, Answer)
    return found.quotes[0].text


def test_a_changed_text_from_the_same_page_is_a_new_version(library: Library) -> None:
    added = library.add(CORRECTED)
    assert added.change == "corrected"
    assert [one.id for one in library.articles()] == [BAKERY.id, CORRECTED.id]
    assert library.size() == 2
    assert library.add(CORRECTED).change == "known"


def test_questions_are_answered_from_the_new_text_whichever_version_they_name(library: Library) -> None:
    assert "1974" in said(library, HARBOUR.id)
    library.add(CORRECTED)
    for named in (HARBOUR.id, CORRECTED.id, None):
        assert "1947" in said(library, named)
    assert library.summary(HARBOUR.id).article == library.current(HARBOUR.id) == CORRECTED


def test_the_old_text_stays_for_what_was_quoted_from_it(library: Library) -> None:
    before = library.passages(HARBOUR.id)
    library.add(CORRECTED)
    assert library.article(HARBOUR.id) == HARBOUR
    assert library.passages(HARBOUR.id) == before
    assert library.verify() == []


def test_when_it_was_corrected_is_known_and_when_it_was_added_stays(library: Library) -> None:
    first = library.listing(HARBOUR.id)
    assert first.corrected is None
    library.add(CORRECTED)
    for named in (HARBOUR.id, CORRECTED.id):
        now = library.listing(named)
        assert (now.id, now.added) == (CORRECTED.id, first.added)
        assert now.corrected is not None
        assert now.corrected >= first.added


def test_a_correction_does_not_make_an_article_the_newest(library: Library) -> None:
    library.add(CORRECTED)
    assert library.newest() == BAKERY.id


def test_a_correction_can_be_taken_back(library: Library) -> None:
    library.add(CORRECTED)
    assert library.add(HARBOUR).change == "corrected"
    assert "1974" in said(library, CORRECTED.id)
    assert library.listing(CORRECTED.id).id == HARBOUR.id
    assert library.verify() == []


def test_old_versions_are_not_found(library: Library, tmp_path: Path) -> None:
    library.add(CORRECTED)
    library.save_index()
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as again:
        assert "1947" in said(again, None)
    store = Store(tmp_path, "words")
    assert HARBOUR.id not in owners(store, WHEN, 20)
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/harbour?utm_source=mail&fbclid=x",
        "http://www.news.example/harbour/",
        "https://m.news.example/harbour",
        "https://news.example/harbour/amp",
        "https://amp.news.example/harbour#top",
    ],
)
def test_another_address_of_the_same_page_is_the_same_article(library: Library, url: str) -> None:
    assert library.add(replace(CORRECTED, url=url)).change == "corrected"
    assert library.size() == 2


def test_an_article_is_found_by_the_address_of_an_earlier_version(library: Library) -> None:
    library.add(replace(CORRECTED, url="https://news.example/crane-falls"), corrects=HARBOUR.id)
    assert library.at("https://news.example/harbour") == CORRECTED.id
    assert library.at("https://news.example/crane-falls") == CORRECTED.id


def test_two_articles_that_become_the_same_are_one(library: Library) -> None:
    copy = replace(HARBOUR, text=HARBOUR.text.replace("Monday", "Sunday"), url="https://other.example/copy")
    library.add(copy)
    assert library.add(replace(HARBOUR, url=copy.url), corrects=copy.id).change == "corrected"
    assert library.size() == 2
    assert library.listing(copy.id).id == HARBOUR.id
    assert library.versions() == {HARBOUR.id: HARBOUR.id, copy.id: HARBOUR.id, BAKERY.id: BAKERY.id}
    assert library.verify() == []


def test_removing_removes_every_version(library: Library) -> None:
    library.add(CORRECTED)
    library.remove(HARBOUR.id)
    assert [one.id for one in library.articles()] == [BAKERY.id]
    for gone in (HARBOUR.id, CORRECTED.id):
        with pytest.raises(UnknownArticle):
            library.article(gone)
    with pytest.raises(UnknownArticle):
        library.remove(CORRECTED.id)


def test_what_is_not_there_cannot_be_corrected(library: Library) -> None:
    with pytest.raises(UnknownArticle):
        library.add(KYIV, corrects="0" * 12)
    assert library.size() == 2


def test_rebuilding_keeps_the_versions(library: Library) -> None:
    library.add(CORRECTED)
    assert library.rebuild() == 2
    assert library.article(HARBOUR.id) == HARBOUR
    assert "1947" in said(library, HARBOUR.id)
    assert library.verify() == []


def test_pages_are_kept(library: Library, tmp_path: Path) -> None:
    paged = replace(KYIV, pages=(0, 30, 60))
    library.add(paged)
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as again:
        assert again.article(KYIV.id) == paged
    assert [Quote(paged, start, start + 1, 1).page for start in (0, 29, 30, 61)] == [1, 1, 2, 3]
    assert Quote(KYIV, 0, 1, 1).page is None


def test_a_library_without_versions_is_taken_over(library: Library, tmp_path: Path) -> None:
    library.close()
    age(tmp_path, 3)
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as again:
        assert [one.id for one in again.articles()] == [BAKERY.id, HARBOUR.id]
        assert "1974" in said(again, None)
        assert again.add(CORRECTED).change == "corrected"
        assert again.verify() == []


# What has become of a quote


def quote(article: Article, text: str) -> Quote:
    start = article.text.index(text)
    return Quote(article, start, start + len(text), article.text.count("\n\n", 0, start) + 1)


def test_a_sentence_stands_still_where_only_others_have_changed() -> None:
    assert quote(HARBOUR, "Nobody was hurt.").stands_in(CORRECTED)
    assert quote(HARBOUR, "Nobody was hurt.").stands_in(replace(HARBOUR, text="Nobody  was\nhurt. " * 2))


def test_a_changed_or_removed_sentence_stands_no_longer() -> None:
    assert not quote(HARBOUR, "Engineers built the crane in 1974.").stands_in(CORRECTED)
    # A number more at the end of a word makes it another one.
    assert not quote(HARBOUR, "The crane").stands_in(Article("The cranes fell.", ""))


@given(st.text(min_size=1).filter(str.strip), st.data())
def test_every_quote_stands_in_its_own_article(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    article = Article(text, "")
    words = Quote(article, start, end, 1)
    stripped = text.find(words.text.strip(), start), start + len(words.text.rstrip())
    cut = any(re.fullmatch(r"\w\w", text[max(0, at - 1) : at + 1]) for at in stripped)
    assert words.stands_in(article) or cut


# What the page of an article shows


def test_what_a_page_shows_is_kept_and_is_no_correction(library: Library, tmp_path: Path) -> None:
    for menu in ("Home", "Sport"):
        shown = f"{menu}\n\n{KYIV.text}"
        assert library.add(replace(KYIV, visible_text=shown)).change == ("new" if menu == "Home" else "known")
        assert library.article(KYIV.id).visible_text == shown
    library.add(KYIV)  # from a file: nothing is known of its page
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as again:
        assert again.article(KYIV.id).visible_text == shown
        assert again.verify() == []


SHORT = "https://short.example/x7"


def test_an_address_that_leads_to_an_article_is_known(library: Library, tmp_path: Path) -> None:
    for aliases in ((SHORT,), ("https://m.news.example/harbour?utm_source=x", "https://feeds.example/1")):
        library.add(replace(HARBOUR, aliases=aliases))
    library.add(CORRECTED)
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as again:
        for address in (SHORT, "http://short.example/x7#top", "https://feeds.example/1"):
            assert again.at(address) == CORRECTED.id
        again.remove(HARBOUR.id)
        assert again.at(SHORT) is None


def test_what_such_an_address_holds_later_is_an_article_of_its_own(library: Library) -> None:
    library.add(replace(HARBOUR, aliases=(SHORT,)))
    assert library.add(replace(KYIV, url=SHORT)).change == "new"
    assert library.at(SHORT) == KYIV.id
    assert library.size() == 3


def test_it_leads_to_the_article_that_was_last_behind_it(library: Library) -> None:
    for article in (HARBOUR, BAKERY):
        library.add(replace(article, aliases=(SHORT,)))
    assert library.at(SHORT) == BAKERY.id
