"""The library as ``bot/`` uses it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedder import Vectors
from index.errors import DamagedLibrary, ModelError, ModelMismatch, SourceError, UnknownArticle
from index.library import Library
from index.models import Answer, Article, NoAnswer
from index.passages import split
from index.sources import sources
from index.store import Store
from index.summary import summary
from tests.embedder import WordEmbedder
from tests.engine import ARTICLES, BAKERY, CALIBRATION, HARBOUR, KYIV, document

BUILT = "Which engineers built the crane in 1974?"
BURNS = "Does its oven burn beech wood?"
ALIEN = "Which galaxies emit ultraviolet radiation?"


class CountingEmbedder(WordEmbedder):
    """Notes what it was asked to embed."""

    def __init__(self, name: str = "words") -> None:
        super().__init__(name)
        self.asked: list[str] = []

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().passages(texts)


class BrokenEmbedder(WordEmbedder):
    def passages(self, texts: Sequence[str]) -> Vectors:
        raise ModelError("The model cannot be loaded.")


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def library(tmp_path: Path, embedder: CountingEmbedder) -> Iterator[Library]:
    with Library(Store(tmp_path, "words"), embedder, CALIBRATION) as library:
        yield library


@pytest.fixture
def full(library: Library) -> Library:
    for article in ARTICLES:
        library.add(article)
    return library


def best(found: Answer | NoAnswer) -> str:
    assert isinstance(found, Answer), found
    return found.quotes[0].text


# The articles


def test_adding_tells_what_became_of_it(library: Library) -> None:
    added = library.add(HARBOUR)
    assert added.article == HARBOUR
    assert (added.paragraphs, added.passages) == (4, 8)
    assert library.article(HARBOUR.id) == HARBOUR
    assert library.passages(HARBOUR.id) == split(HARBOUR)


def test_adding_what_is_there_gives_the_same_and_embeds_nothing(library: Library, embedder: CountingEmbedder) -> None:
    first = library.add(HARBOUR)
    embedder.asked.clear()
    assert library.add(HARBOUR) == first
    assert embedder.asked == []
    assert len(library.articles()) == 1


def test_changed_metadata_is_taken_over(library: Library, embedder: CountingEmbedder) -> None:
    library.add(HARBOUR)
    embedder.asked.clear()
    changed = replace(HARBOUR, title="The quay of Port Liss", author=None)
    assert library.add(changed).article.id == HARBOUR.id
    assert library.article(HARBOUR.id) == changed
    assert any("The quay of Port Liss" in text for text in embedder.asked), "the title is part of the context"
    assert [line.title for line in library.articles()] == ["The quay of Port Liss"]


def test_removing(full: Library) -> None:
    full.remove(BAKERY.id)
    assert [line.id for line in full.articles()] == [KYIV.id, HARBOUR.id]
    with pytest.raises(UnknownArticle):
        full.remove(BAKERY.id)
    assert isinstance(full.ask(BURNS), NoAnswer)


def test_newest(full: Library) -> None:
    assert full.newest() == KYIV.id
    full.remove(KYIV.id)
    assert full.newest() == BAKERY.id


def test_an_article_of_headings_alone_is_refused(library: Library) -> None:
    with pytest.raises(SourceError, match="no sentence"):
        library.add(Article("News\n\nSport", "News", headings=(1, 2)))
    assert library.articles() == []


def test_a_library_outlives_its_process(tmp_path: Path, full: Library) -> None:
    full.save_index()
    before = full.ask(BUILT)
    full.close()
    with Library(Store(tmp_path, "words"), WordEmbedder(), CALIBRATION) as again:
        assert again.ask(BUILT) == before
        assert again.verify() == []


def test_open_makes_a_folder_and_without_one_lives_in_memory(tmp_path: Path) -> None:
    with Library.open(tmp_path / "new" / "folder", WordEmbedder()) as library:
        library.add(BAKERY)
    assert (tmp_path / "new" / "folder" / "library.sqlite3").exists()
    with Library.open(None, WordEmbedder()) as library:
        assert library.articles() == []


def test_opening_and_listing_embed_nothing(tmp_path: Path) -> None:
    with Library(Store(tmp_path, "words"), BrokenEmbedder(), CALIBRATION) as library:
        assert library.articles() == []
        assert library.verify() == []
        with pytest.raises(ModelError):
            library.warm()


# Questions


def test_asking_one_article(full: Library) -> None:
    found = full.ask(BUILT, HARBOUR.id)
    assert best(found) == "Engineers built the crane in 1974."
    assert found.question == BUILT
    assert isinstance(found, Answer)
    for quote in found.quotes:
        assert quote.article == HARBOUR
        assert quote.text == HARBOUR.text[quote.start : quote.end]


def test_asking_one_article_leaves_the_others_out(full: Library) -> None:
    found = full.ask(BUILT, BAKERY.id)
    assert isinstance(found, NoAnswer)
    assert {quote.article.id for quote in found.candidates} == {BAKERY.id}


def test_asking_the_library_finds_the_article(full: Library) -> None:
    assert best(full.ask(BUILT)) == "Engineers built the crane in 1974."
    assert best(full.ask(BURNS)).endswith("Its oven burns beech wood.")
    assert best(full.ask("Його будували три роки?")).endswith("Його будували три роки.")


@pytest.mark.parametrize("candidates", [0, 1, 5])
def test_candidates_do_not_change_the_answer(full: Library, candidates: int) -> None:
    found = full.ask(BURNS, candidates=candidates)
    assert best(found).endswith("Its oven burns beech wood.")
    assert len(found.candidates) == min(candidates, len(split(BAKERY)))


def test_what_no_article_says_is_not_answered(full: Library) -> None:
    for article_id in (None, HARBOUR.id):
        found = full.ask(ALIEN, article_id, candidates=2)
        assert isinstance(found, NoAnswer)
        assert found.question == ALIEN
        assert found.confidence < CALIBRATION.threshold
        assert len(found.candidates) == 2


@pytest.mark.parametrize("text", ["", "  ", "?!", "👍", "…", "\u200b\u200f"])
def test_nothing_asked_is_not_answered(full: Library, text: str) -> None:
    for article_id in (None, HARBOUR.id):
        assert full.ask(text, article_id, history=[BUILT]) == NoAnswer(text, 0.0)


def test_an_empty_library_answers_nothing(library: Library) -> None:
    assert library.ask(BUILT) == NoAnswer(BUILT, 0.0)


@pytest.mark.parametrize("text", [BUILT, "", "?"])
def test_an_unknown_article(full: Library, text: str) -> None:
    with pytest.raises(UnknownArticle, match="000000000000"):
        full.ask(text, "000000000000")


def test_other_calls_about_an_unknown_article(library: Library) -> None:
    for call in (library.article, library.passages, library.summary, library.sources):
        with pytest.raises(UnknownArticle):
            call("nothing")


@given(st.text(max_size=120))
def test_no_question_breaks_the_library(text: str) -> None:
    for article_id in (None, HARBOUR.id):
        found = SHARED.ask(text, article_id, history=[text])
        assert found.question == text
        assert 0 <= found.confidence <= 1


SHARED = Library(Store(None, "words"), WordEmbedder(), CALIBRATION)
for _article in ARTICLES:
    SHARED.add(_article)


# The question before


def test_a_question_of_one_word_leans_on_the_one_before(full: Library) -> None:
    assert isinstance(full.ask("Where?", HARBOUR.id), NoAnswer)
    found = full.ask("Where?", HARBOUR.id, history=[ALIEN, BUILT])
    assert best(found) == "Engineers built the crane in 1974."
    assert found.question == "Where?"


def test_only_the_last_question_counts(full: Library) -> None:
    assert isinstance(full.ask("Where?", HARBOUR.id, history=[BUILT, ALIEN]), NoAnswer)


@pytest.mark.parametrize("text", [ALIEN, "Which galaxies?", "Galaxies.", "Galaxies"])
def test_other_questions_are_never_bent(full: Library, text: str) -> None:
    assert full.ask(text, HARBOUR.id, history=[BUILT]) == full.ask(text, HARBOUR.id)


def test_an_answered_question_is_not_bent() -> None:
    sure = replace(CALIBRATION, other=(50.0, 0.0))
    with Library(Store(None, "words"), WordEmbedder(), sure) as library:
        library.add(BAKERY)
        alone = library.ask("bakery?", BAKERY.id)
        assert isinstance(alone, Answer)
        assert library.ask("bakery?", BAKERY.id, history=[BURNS]) == alone


def test_a_word_that_occurs_is_no_answer_to_a_question_of_that_word(full: Library) -> None:
    assert isinstance(full.ask("Until?", HARBOUR.id), NoAnswer)


# Summary and sources


def test_summary_and_sources_are_those_of_the_article(full: Library) -> None:
    stored = document(HARBOUR)
    assert full.summary(HARBOUR.id) == summary(HARBOUR, stored.passages, stored.sentences)
    assert full.summary(HARBOUR.id).sentences
    assert full.sources(HARBOUR.id) == sources(HARBOUR, stored.passages)


# Care


def test_rebuilding_with_another_model(tmp_path: Path, full: Library) -> None:
    full.save_index()
    before = full.ask(BUILT)
    full.close()
    steps: list[tuple[int, int]] = []
    with Library(Store(tmp_path, "other"), WordEmbedder("other"), CALIBRATION) as rebuilt:
        with pytest.raises(ModelMismatch):
            rebuilt.ask(BUILT)
        assert rebuilt.rebuild(lambda done, total: steps.append((done, total))) == 3
        assert rebuilt.ask(BUILT) == before
        assert rebuilt.verify() == []
        assert rebuilt.newest() == KYIV.id
    assert steps == [(1, 3), (2, 3), (3, 3)]
    with (
        Library(Store(tmp_path, "words"), WordEmbedder(), CALIBRATION) as old,
        pytest.raises(ModelMismatch, match="other"),
    ):
        old.ask(BUILT)


def test_a_rebuild_whose_model_cannot_be_loaded_changes_nothing(tmp_path: Path, full: Library) -> None:
    with Library(Store(tmp_path, "other"), BrokenEmbedder("other"), CALIBRATION) as broken, pytest.raises(ModelError):
        broken.rebuild()
    assert best(full.ask(BUILT)) == "Engineers built the crane in 1974."
    assert full.verify() == []


def test_a_rebuild_cut_short_can_be_started_again(full: Library) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full.rebuild(stop)
    assert sum("has no passages" in line for line in full.verify()) == 2
    assert full.rebuild() == 3
    assert full.verify() == []
    assert best(full.ask(BURNS)).endswith("Its oven burns beech wood.")


def test_a_rebuild_of_a_damaged_library_changes_nothing(tmp_path: Path, full: Library) -> None:
    import sqlite3

    db = sqlite3.connect(tmp_path / "library.sqlite3")
    db.execute("UPDATE articles SET text = text || '!' WHERE id = ?", (BAKERY.id,))
    db.commit()
    db.close()
    with pytest.raises(DamagedLibrary, match=BAKERY.id):
        full.rebuild()
    assert best(full.ask(BUILT, HARBOUR.id)) == "Engineers built the crane in 1974."


def test_an_article_removed_while_the_library_is_searched_is_left_out(
    full: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.library.articles_for", lambda *_: ["gone00000000", HARBOUR.id])
    assert best(full.ask(BUILT)) == "Engineers built the crane in 1974."
