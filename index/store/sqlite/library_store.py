"""The library on disk: SQLite holds the truth, FAISS the derived index.

One folder: ``library.sqlite3`` (articles, passages, vectors, full text) and ``vectors.faiss`` (the index, and behind it
a line with what it is of and its checksum). The index can be lost at any time: it is made again from SQLite's vectors.
This class holds the lock, the transactions and what is kept in memory; the statements are in the modules beside it.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from index.embed.embedder import Vectors
from index.errors import DamagedLibrary, Fault, UnknownArticle
from index.models import Article, Listing
from index.retrieve.indexed_article import IndexedArticle
from index.store.sqlite import documents, meta, passage_search, reindex, rows, schema
from index.store.sqlite.index_sync import IndexSync
from index.text.urls import page_of

KEPT = 64  # articles in memory, half a megabyte each


_LISTING = """
SELECT a.id, a.title, a.url, (SELECT added FROM articles WHERE pk = a.lineage),
    (SELECT count(*) FROM passages WHERE article = a.pk),
    (SELECT max(superseded_at) FROM articles WHERE lineage = a.lineage)
FROM articles a WHERE a.superseded_at IS NULL"""


class Store:
    """The library in ``folder``, made when it is not there; without a folder it lives in memory.

    ``model`` is the name of the embedder whose vectors are asked for, ``token_width`` the number of 8-bit values that
    its scorer keeps of a token, 0 without a scorer. Safe to use from several threads and, on disk, from several
    processes: what another process adds is seen at the next call.

    Raises:
        StoreError: the folder cannot be used.
        NewerLibrary: a newer version wrote it.
        DamagedLibrary: its file is not a database.
    """

    def __init__(self, folder: Path | None, model: str, token_width: int = 0) -> None:
        self._folder = folder
        self.model = model
        self._token_width = token_width
        self._lock = threading.RLock()
        self._seen = -1
        self._db = schema.connect(folder)
        self._index = IndexSync(self._db, folder / "vectors.faiss" if folder else None)
        # By article and first passage: one that is indexed again gets new passages.
        self._documents = lru_cache(maxsize=KEPT)(self._load)
        self._languages: list[str] | None = None
        self._passages: int | None = None
        self._pages: tuple[dict[str, str], dict[str, str]] | None = None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Articles

    def add(self, document: IndexedArticle, replaces: str | None = None) -> None:
        """Add an article with its passages' vectors, or replace those that it has, in one transaction.

        It becomes the current version of the article ``replaces``, if one is named.

        Raises:
            UnknownArticle: there is none such to replace.
        """
        with self._write():
            meta.claim_model(self._db, self.model)
            if replaces is not None:
                self._current(replaces)
            rows.put(self._db, document, replaces, datetime.now(UTC).isoformat(timespec="seconds"))

    def note(self, article: Article) -> None:
        """Keep what the page of an article shows now and where else it is, which makes no other version of it."""
        with self._write():
            rows.note(self._db, article)

    def remove(self, article_id: str) -> None:
        """Remove an article with all its versions. Raises UnknownArticle."""
        with self._write():
            if not rows.drop(self._db, article_id):
                raise UnknownArticle(article_id)

    def listings(self) -> list[Listing]:
        """All articles in their current version, the newest first."""
        with self._read():
            return [Listing(*row) for row in self._db.execute(f"{_LISTING} ORDER BY a.lineage DESC")]

    def listing(self, article_id: str) -> Listing:
        """That of an article's current version, whichever version is named. Raises UnknownArticle."""
        with self._read():
            row = self._db.execute(f"{_LISTING} AND a.id = ?", (self._current(article_id),)).fetchone()
            return Listing(*row)

    def current(self, article_id: str) -> str:
        """The id of an article's current version, whichever version is named. Raises UnknownArticle."""
        with self._read():
            return self._current(article_id)

    def newest(self) -> str | None:
        with self._read():
            row = self._db.execute(
                "SELECT id FROM articles WHERE superseded_at IS NULL ORDER BY lineage DESC LIMIT 1"
            ).fetchone()
            return row[0] if row else None

    def size(self) -> int:
        """How many articles there are."""
        with self._read():
            return int(self._db.execute("SELECT count(*) FROM articles WHERE superseded_at IS NULL").fetchone()[0])

    def passage_count(self) -> int:
        """How many passages there are, counted once after each change."""
        with self._read():
            self._refresh()
            if self._passages is None:
                self._passages = int(self._db.execute("SELECT count(*) FROM passages").fetchone()[0])
            return self._passages

    def versions(self) -> dict[str, str]:
        """The id of each article's current version, by the ids of all its versions, itself among them."""
        with self._read():
            return dict(
                self._db.execute(f"SELECT a.id, c.id FROM {rows.CURRENT}")  # noqa: S608
            )

    def languages(self) -> list[str]:
        """The languages of the library's articles."""
        with self._read():
            self._refresh()
            if self._languages is None:
                rows = self._db.execute("SELECT DISTINCT language FROM articles WHERE superseded_at IS NULL ORDER BY 1")
                self._languages = [row[0] for row in rows]
            return self._languages

    def at(self, address: str) -> str | None:
        """The id of the newest article that comes from this page, or came from it in an earlier version."""
        return self._page(address, 0)

    def behind(self, address: str) -> str | None:
        """The id of the article that this address led to."""
        return self._page(address, 1)

    def _page(self, address: str, table: int) -> str | None:
        with self._read():
            self._refresh()
            if self._pages is None:
                self._pages = rows.pages(self._db), rows.other_pages(self._db)
            return self._pages[table].get(page_of(address) or "")

    def article(self, article_id: str) -> Article:
        """This very version of an article, its text checked against its hash. Raises UnknownArticle, DamagedLibrary."""
        with self._read():
            try:
                article = rows.article(self._db, article_id)
            except ValueError as error:
                what = f"What is stored of article {article_id} does not match its own hash."
                raise DamagedLibrary(what, "replace", article_id=article_id) from error
        if article is None:
            raise UnknownArticle(article_id)
        return article

    def document(self, article_id: str) -> IndexedArticle:
        """The current version of an article as it is searched, kept in memory while it is in use.

        Raises:
            UnknownArticle, DamagedLibrary
            ModelMismatch: its vectors come from another model.
        """
        with self._read():
            self._refresh()
            meta.check_model(self._db, self.model)
            article_id = self._current(article_id)
            return self._documents(article_id, documents.first_passage(self._db, article_id))

    # Search

    def nearest(self, vector: Vectors, k: int) -> list[int]:
        """Passage ids by inner product with ``vector`` (d,), best first (FAISS)."""
        with self._read():
            self._refresh()
            meta.check_model(self._db, self.model)
            return self._index.synced(vector.shape[0], self._seen, meta.stamp(self._db)).nearest(vector, k)

    def matching(self, terms: Sequence[str], k: int) -> dict[int, float]:
        """Passage ids that share a term with the question and their BM25 over the whole library (FTS5).

        Of a term that many thousand passages have, which tells nearly nothing, they are not looked up.
        """
        with self._read():
            return passage_search.matching(self._db, terms, k)

    def blended(self, passage_ids: Sequence[int]) -> tuple[list[tuple[int, str]], Vectors]:
        """Of those passages that are still there: their ids with their articles', and their blended vectors."""
        with self._read():
            return passage_search.blended(self._db, passage_ids)

    # Care

    def save_index(self) -> None:
        """Write the FAISS index beside the database, so that the next start need not make it again.

        Not for a few passages more or less: those the next start makes up for, in less time than writing takes.
        """
        if self._folder is None:
            return
        with self._read():
            dimension = self._dimension()
            if dimension and os.access(self._folder, os.W_OK):
                self._index.save(dimension, self._seen, meta.stamp(self._db))

    def load_index(self) -> None:
        """Read or make the FAISS index, which the first question to the whole library would else wait for."""
        with self._read():
            if dimension := self._dimension():
                self._index.synced(dimension, self._seen, meta.stamp(self._db))

    def verify(self) -> list[Fault]:
        """What is wrong with the library; an empty list when all is well."""
        from index.store.sqlite.integrity import faults

        with self._read():
            found = faults(self._db)
            if problem := self._index.problem(meta.stamp(self._db)):
                found.append(problem)
        return found

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """For as long as articles are staged, with the vectors of ``model``; until they are moved nothing changes."""
        try:
            with self._read():
                reindex.begin(self._db, self._folder)
            yield
        finally:
            with self._read():
                reindex.end(self._db, self._folder)

    def stage(self, document: IndexedArticle) -> None:
        with self._read():
            reindex.stage(self._db, document)

    def move_staged(self) -> list[str]:
        """Put what is staged in the place of all passages, or say which articles are missing there."""
        with self._write():
            if missing := reindex.missing(self._db):
                return missing
            self._index.forget()
            reindex.move(self._db)
            meta.set_model(self._db, self.model)
        return []

    # Inside

    def _dimension(self) -> int:
        """Of the stored vectors; 0 when there are none of this model's."""
        self._refresh()
        row = self._db.execute("SELECT length(sentence_vec) FROM passages LIMIT 1").fetchone()
        if row is None or meta.value(self._db, "model") != self.model:
            return 0
        if row[0] is None:
            raise DamagedLibrary("Stored vectors cannot be read.", "rebuild")
        return int(row[0]) // 4

    def _current(self, article_id: str) -> str:
        current = f"SELECT c.id FROM {rows.CURRENT} WHERE a.id = ?"  # noqa: S608
        row = self._db.execute(current, (article_id,)).fetchone()
        if row is None:
            raise UnknownArticle(article_id)
        return str(row[0])

    def _load(self, article_id: str, first: int) -> IndexedArticle:
        return documents.load_document(self._db, self.article(article_id), self._token_width)

    def _refresh(self) -> None:
        """Notice what another process has written since the last call."""
        with schema.errors(self._folder):
            generation = meta.generation(self._db)
        if generation != self._seen:
            self._languages = self._pages = self._passages = None
            self._seen = generation

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._lock, schema.errors(self._folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                meta.count_change(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._refresh()

    @contextmanager
    def _read(self) -> Iterator[None]:
        with self._lock, schema.errors(self._folder):
            yield
