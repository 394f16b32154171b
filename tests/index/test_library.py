"""The library as ``bot/`` uses it: its articles, their summaries and sources, and a rebuild."""

from dataclasses import replace
from pathlib import Path

import pytest

from index.digest.sources import sources
from index.digest.summary import summary
from index.errors import DamagedLibrary, ModelError, ModelMismatch, SourceError, UnknownArticle
from index.library import Library
from index.models import Article, NoAnswer
from index.store.sqlite.library_store import Store
from index.text.sentences import split
from tests.support.embedder import BrokenEmbedder, CountingEmbedder, WordEmbedder
from tests.support.engine import BAKERY, BUILT, BURNS, HARBOUR, KYIV, RANKER, best, document, tamper
from tests.support.errors import remedied_by

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
    assert library.add(HARBOUR) == replace(first, change="known")
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
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as again:
        assert again.ask(BUILT) == before
        assert again.verify() == []


def test_open_makes_a_folder_and_without_one_lives_in_memory(tmp_path: Path) -> None:
    with Library.open(tmp_path / "new" / "folder", WordEmbedder()) as library:
        library.add(BAKERY)
    assert (tmp_path / "new" / "folder" / "library.sqlite3").exists()
    with Library.open(None, WordEmbedder()) as library:
        assert library.articles() == []


def test_opening_and_listing_embed_nothing(tmp_path: Path) -> None:
    with Library(Store(tmp_path, "words"), BrokenEmbedder(), RANKER) as library:
        assert library.articles() == []
        assert library.verify() == []
        with pytest.raises(ModelError):
            library.warm()


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
    with Library(Store(tmp_path, "other"), WordEmbedder("other"), RANKER) as rebuilt:
        with pytest.raises(ModelMismatch):
            rebuilt.ask(BUILT)
        assert rebuilt.rebuild(lambda done, total: steps.append((done, total))) == 3
        assert rebuilt.ask(BUILT) == before
        assert rebuilt.verify() == []
        assert rebuilt.newest() == KYIV.id
    assert steps == [(1, 3), (2, 3), (3, 3)]
    with (
        Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as old,
        pytest.raises(ModelMismatch, match="other"),
    ):
        old.ask(BUILT)


def test_a_rebuild_whose_model_cannot_be_loaded_changes_nothing(tmp_path: Path, full: Library) -> None:
    with Library(Store(tmp_path, "other"), BrokenEmbedder("other"), RANKER) as broken, pytest.raises(ModelError):
        broken.rebuild()
    assert best(full.ask(BUILT)) == "Engineers built the crane in 1974."
    assert full.verify() == []


def test_a_rebuild_cut_short_changes_nothing_and_can_be_started_again(full: Library) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full.rebuild(stop)
    assert full.verify() == []
    assert best(full.ask(BUILT)) == "Engineers built the crane in 1974."
    assert full.rebuild() == 3
    assert full.verify() == []
    assert best(full.ask(BURNS)).endswith("Its oven burns beech wood.")


def test_a_rebuild_takes_along_what_comes_and_goes_meanwhile(tmp_path: Path, full: Library) -> None:
    newer = replace(KYIV, text="Тут стоїть інше речення. Воно коротке.")

    def change(done: int, total: int) -> None:
        if done == 1:
            with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as other:
                other.add(newer)
                other.remove(KYIV.id)
                assert best(other.ask(BUILT)) == "Engineers built the crane in 1974."

    assert full.rebuild(change) == 3
    assert [one.id for one in full.articles()] == [newer.id, BAKERY.id, HARBOUR.id]
    assert full.verify() == []


def test_an_article_that_has_lost_its_passages_says_so(tmp_path: Path, full: Library) -> None:
    full.close()
    for table in ("passages_fts", "passages"):
        tamper(tmp_path, f"DELETE FROM {table}")
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as torn:
        with pytest.raises(DamagedLibrary, check=remedied_by("rebuild")):
            torn.ask(BUILT, HARBOUR.id)
        assert torn.rebuild() == 3
        assert best(torn.ask(BUILT, HARBOUR.id)) == "Engineers built the crane in 1974."


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


def test_an_article_is_known_by_its_address(library: Library) -> None:
    old, new = (
        replace(HARBOUR, text=HARBOUR.text + more, url="https://a.example/story") for more in (" Old.", " New.")
    )
    assert library.at("https://a.example/story") is None
    for article in (old, new):
        library.add(article)
        assert library.at("http://www.a.example/story/?utm_source=x#y") == article.id
    library.remove(new.id)
    assert library.at("https://a.example/story") is None
    assert library.at("no address") is None
