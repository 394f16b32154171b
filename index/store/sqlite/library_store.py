"""The library on disk: SQLite holds the data, FAISS an index that is derived from it.

A folder holds ``library.sqlite3`` (articles, passages, vectors, full text) and ``vectors.faiss`` (the index, then a
line with its origin and checksum). If the index is lost, it is built again from the vectors in SQLite. This class has
the lock, the transactions and the caches; the SQL is in the modules next to it.
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

KEPT = 64  # articles kept in memory, half a megabyte each


_LISTING = """
SELECT a.id, a.title, a.url, (SELECT added FROM articles WHERE pk = a.lineage),
    (SELECT count(*) FROM passages WHERE article = a.pk),
    (SELECT max(superseded_at) FROM articles WHERE lineage = a.lineage)
FROM articles a WHERE a.superseded_at IS NULL"""


class Store:
    """The library in ``folder``, which is made if it is missing; without a folder the library exists in memory only.

    ``model`` is the name of the embedder that makes the vectors. ``token_width`` is the number of 8-bit values that its
    scorer stores for each token, 0 without a scorer. Safe to use from several threads and, on disk, from several
    processes: changes by another process are seen at the next call.

    Raises:
        StoreError: the folder cannot be used.
        NewerLibrary: a newer version of Quoth wrote it.
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
        # The key is the article's id and its first passage's, because an article that is indexed again gets new
        # passages.
        self._documents = lru_cache(maxsize=KEPT)(self._load)
        self._languages: list[str] | None = None
        self._passages: int | None = None
        self._pages: tuple[dict[str, str], dict[str, str]] | None = None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Articles

    def add(self, document: IndexedArticle, replaces: str | None = None) -> None:
        """Add an article with its passages, or replace its passages, in one transaction.

        If ``replaces`` is the id of another article, this one becomes that article's current version.

        Raises:
            UnknownArticle: there is no article ``replaces``.
            ModelMismatch: the library's vectors come from another model.
        """
        with self._write():
            meta.claim_model(self._db, self.model)
            if replaces is not None:
                self._current(replaces)
            rows.put(self._db, document, replaces, datetime.now(UTC).isoformat(timespec="seconds"))

    def note(self, article: Article) -> None:
        """Store the visible text and the aliases of an article, without making a new version of it."""
        with self._write():
            rows.note(self._db, article)

    def remove(self, article_id: str) -> None:
        """Remove an article with all its versions. Raises UnknownArticle."""
        with self._write():
            if not rows.drop(self._db, article_id):
                raise UnknownArticle(article_id)

    def listings(self) -> list[Listing]:
        """The listings of all articles in their current version, the newest first."""
        with self._read():
            return [Listing(*row) for row in self._db.execute(f"{_LISTING} ORDER BY a.lineage DESC")]

    def listing(self, article_id: str) -> Listing:
        """The listing of an article's current version, given the id of any version. Raises UnknownArticle."""
        with self._read():
            row = self._db.execute(f"{_LISTING} AND a.id = ?", (self._current(article_id),)).fetchone()
            return Listing(*row)

    def current(self, article_id: str) -> str:
        """The id of an article's current version, given the id of any version. Raises UnknownArticle."""
        with self._read():
            return self._current(article_id)

    def newest(self) -> str | None:
        with self._read():
            row = self._db.execute(
                "SELECT id FROM articles WHERE superseded_at IS NULL ORDER BY lineage DESC LIMIT 1"
            ).fetchone()
            return row[0] if row else None

    def size(self) -> int:
        """The number of articles."""
        with self._read():
            return int(self._db.execute("SELECT count(*) FROM articles WHERE superseded_at IS NULL").fetchone()[0])

    def passage_count(self) -> int:
        """The number of passages, counted once after each change."""
        with self._read():
            self._refresh()
            if self._passages is None:
                self._passages = int(self._db.execute("SELECT count(*) FROM passages").fetchone()[0])
            return self._passages

    def versions(self) -> dict[str, str]:
        """For the id of every version of every article the id of its current version."""
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
        """The id of the newest article that has, or had in an earlier version, this address."""
        return self._page(address, 0)

    def behind(self, address: str) -> str | None:
        """The id of the article that has this address as an alias."""
        return self._page(address, 1)

    def _page(self, address: str, table: int) -> str | None:
        with self._read():
            self._refresh()
            if self._pages is None:
                self._pages = rows.pages(self._db), rows.other_pages(self._db)
            return self._pages[table].get(page_of(address) or "")

    def article(self, article_id: str) -> Article:
        """Exactly this version of an article, its text checked against its hash.

        Raises:
            UnknownArticle, DamagedLibrary
        """
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
        """The current version of an article, ready to be searched; those used last are kept in memory.

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
        """The ids of the ``k`` passages with the highest inner product with ``vector`` (d,), best first (FAISS)."""
        with self._read():
            self._refresh()
            meta.check_model(self._db, self.model)
            return self._index.synced(vector.shape[0], self._seen, meta.stamp(self._db)).nearest(vector, k)

    def matching(self, terms: Sequence[str], k: int) -> dict[int, float]:
        """The ids of the ``k`` best passages that have one of the terms, with their BM25 score over the library (FTS5).

        Very frequent terms are left out: they carry almost no information (see ``passage_search.matching``).
        """
        with self._read():
            return passage_search.matching(self._db, terms, k)

    def blended(self, passage_ids: Sequence[int]) -> tuple[list[tuple[int, str]], Vectors]:
        """``(passage id, article id)`` of n passages, and their blended vectors (n, d); without removed passages."""
        with self._read():
            return passage_search.blended(self._db, passage_ids)

    # Maintenance

    def save_index(self) -> None:
        """Write the FAISS index next to the database, so that the next start need not build it again.

        It is not written if only a few passages have changed: for those, the next start needs less time than writing
        takes.
        """
        if self._folder is None:
            return
        with self._read():
            dimension = self._dimension()
            if dimension and os.access(self._folder, os.W_OK):
                self._index.save(dimension, self._seen, meta.stamp(self._db))

    def load_index(self) -> None:
        """Read or build the FAISS index, so that the first question to the whole library need not wait for it."""
        with self._read():
            if dimension := self._dimension():
                self._index.synced(dimension, self._seen, meta.stamp(self._db))

    def verify(self) -> list[Fault]:
        """The faults of the library; an empty list if there are none."""
        from index.store.sqlite.integrity import faults

        with self._read():
            found = faults(self._db)
            if problem := self._index.problem(meta.stamp(self._db)):
                found.append(problem)
        return found

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """A context in which articles can be staged with the vectors of ``model``; nothing changes until
        ``move_staged``."""
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
        """Replace all passages by the staged ones; or, if articles are not staged yet, return their ids and change
        nothing."""
        with self._write():
            if missing := reindex.missing(self._db):
                return missing
            self._index.forget()
            reindex.move(self._db)
            meta.set_model(self._db, self.model)
        return []

    def _dimension(self) -> int:
        """The dimension of the stored vectors; 0 if there are none of this model."""
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
        """Drop what is cached if the library has changed since the last call, also by another process."""
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
