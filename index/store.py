"""The library on disk: SQLite holds the truth, FAISS the derived index.

The only module that knows either, with ``database``, ``ann`` and ``checks``, which nobody else uses. One folder:
``library.sqlite3`` (articles, passages, vectors, full text) and ``vectors.faiss`` (a header line with model, library
and checksum, then the serialised index). The index can be lost at any time: it is made again from SQLite's vectors.
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np

from index import database
from index.ann import EXACT, SAMPLE, Ids, Mark, PassageIndex, centroids
from index.bundled import BUNDLED
from index.document import Document
from index.embedder import Vectors
from index.errors import DamagedLibrary, ModelMismatch, UnknownArticle
from index.models import Article, Passage
from index.reader import Tokens
from index.traits import traits_of
from index.vectors import blend

MATCHED = 2_000  # passages whose words are compared for one question
UNSAVED = 0.01  # of the passages may have come or gone since the index was written
KEPT = 64  # articles in memory, half a megabyte each


@dataclass(frozen=True, slots=True)
class Listing:
    """One line about an article of the library; ``added`` is ISO 8601 in UTC."""

    id: str
    title: str
    url: str | None
    added: str
    passages: int


class Store:
    """The library in ``folder``, made when it is not there; without a folder it lives in memory.

    ``model`` is the name of the embedder whose vectors are asked for, ``token_width`` the number of 8-bit values that
    its reader keeps of a token, 0 without a reader. Safe to use from several threads and, on disk, from several
    processes: what another process adds is seen at the next call.

    Raises:
        StoreError: the folder cannot be used.
        NewerLibrary: a newer version wrote it.
        DamagedLibrary: its file is no database.
    """

    def __init__(self, folder: Path | None, model: str, token_width: int = 0) -> None:
        self._folder = folder
        self.model = model
        self._token_width = token_width
        self._lock = threading.RLock()
        self._index: PassageIndex | None = None
        self._seen = -1
        self._db = database.connect(folder)
        # By article and first passage: one that is indexed again gets new passages.
        self._documents = lru_cache(maxsize=KEPT)(self._load)
        self._languages: list[str] | None = None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Articles

    def add(self, document: Document) -> None:
        """Add an article with its passages' vectors, or replace those that it has, in one transaction."""
        article, tokens = document.article, document.tokens
        with self._write():
            self._claim_model()
            row = self._db.execute("SELECT number FROM articles WHERE id = ?", (article.id,)).fetchone()
            if row:
                self._drop_passages(row[0])
            added = datetime.now(UTC).isoformat(timespec="seconds")
            known = (*astuple(article)[1:-1], json.dumps(article.headings))
            self._db.execute(
                "INSERT INTO articles (id, digest, added, text, title, url, site, author, published, language,"
                " headings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " title = excluded.title, url = excluded.url, site = excluded.site, author = excluded.author,"
                " published = excluded.published, language = excluded.language, headings = excluded.headings",
                (article.id, article.digest, added, article.text, *known),
            )
            number = self._db.execute("SELECT number FROM articles WHERE id = ?", (article.id,)).fetchone()[0]
            for i, passage in enumerate(document.passages):
                cursor = self._db.execute(
                    'INSERT INTO passages (article, start, "end", paragraph, sentence, context, tokens)'
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        number,
                        *astuple(passage),
                        document.sentences[i].tobytes(),
                        document.contexts[i].tobytes(),
                        tokens[i].tobytes() if tokens else None,
                    ),
                )
                self._db.execute(
                    "INSERT INTO lexical (rowid, terms) VALUES (?, ?)",
                    (cursor.lastrowid, " ".join(document.terms[i])),
                )
            self._count_terms(document.terms, 1)

    def remove(self, article_id: str) -> None:
        """Remove an article. Raises UnknownArticle."""
        with self._write():
            row = self._db.execute("SELECT number FROM articles WHERE id = ?", (article_id,)).fetchone()
            if row is None:
                raise UnknownArticle(_unknown(article_id))
            self._drop_passages(row[0])
            self._db.execute("DELETE FROM articles WHERE number = ?", row)

    def listings(self) -> list[Listing]:
        """All articles, the newest first."""
        with self._read():
            rows = self._db.execute(
                "SELECT id, title, url, added, (SELECT count(*) FROM passages WHERE article = number)"
                " FROM articles ORDER BY number DESC"
            )
            return [Listing(*row) for row in rows]

    def newest(self) -> str | None:
        with self._read():
            row = self._db.execute("SELECT id FROM articles ORDER BY number DESC LIMIT 1").fetchone()
            return row[0] if row else None

    def size(self) -> int:
        """How many articles there are."""
        with self._read():
            return int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])

    def languages(self) -> list[str]:
        """The languages of the library's articles."""
        with self._read():
            self._refresh()
            if self._languages is None:
                rows = self._db.execute("SELECT DISTINCT language FROM articles ORDER BY language")
                self._languages = [row[0] for row in rows]
            return self._languages

    def article(self, article_id: str) -> Article:
        """The article, its text checked against its hash. Raises UnknownArticle, DamagedLibrary."""
        with self._read():
            row = self._db.execute(
                "SELECT text, title, url, site, author, published, language, headings, digest FROM articles"
                " WHERE id = ?",
                (article_id,),
            ).fetchone()
        if row is None:
            raise UnknownArticle(_unknown(article_id))
        article = replace(Article(*row[:7]), headings=tuple(json.loads(row[7])))
        if article.digest != row[8] or article.id != article_id:
            raise DamagedLibrary(
                f"The text of article {article_id} does not match its own hash. Remove it (quoth remove {article_id}) "
                "and add it again."
            )
        return article

    def document(self, article_id: str) -> Document:
        """The article as it is searched, kept in memory while it is in use.

        Raises:
            UnknownArticle, DamagedLibrary
            ModelMismatch: its vectors come from another model.
        """
        with self._read():
            self._refresh()
            self._check_model()
            first = self._db.execute(
                "SELECT min(p.id) FROM passages p JOIN articles a ON a.number = p.article WHERE a.id = ?", (article_id,)
            ).fetchone()
            return self._documents(article_id, first[0])

    # Search

    def nearest(self, vector: Vectors, k: int) -> list[int]:
        """Passage ids by inner product with ``vector`` (d,), best first (FAISS)."""
        with self._lock:
            self._refresh()
            self._check_model()
            return self._synced(vector.shape[0]).nearest(vector, k)

    def matching(self, terms: Sequence[str], k: int) -> dict[int, float]:
        """Passage ids that share a term with the question and their BM25 over the whole library (FTS5).

        Of a term that many thousand passages have, which tells nearly nothing, they are not looked up.
        """
        with self._read():
            known = sorted(set(terms))
            counts = self._db.execute(
                f"SELECT term, passages FROM frequencies WHERE term IN ({','.join('?' * len(known))})"  # noqa: S608
                " ORDER BY passages, term",
                known,
            ).fetchall()
            rows_read = accumulate(count for _, count in counts)
            rare = [term for (term, _), total in zip(counts, rows_read, strict=True) if total <= MATCHED]
            if not rare:
                return {}
            # Terms are letters and digits only; the quotes keep FTS5 from reading AND, OR, NEAR as operators.
            query = " OR ".join(f'"{term}"' for term in rare)
            rows = self._db.execute(
                "SELECT rowid, -rank FROM lexical WHERE lexical MATCH ? ORDER BY rank, rowid LIMIT ?", (query, k)
            )
            return {int(row[0]): float(row[1]) for row in rows}

    def blended(self, passage_ids: Sequence[int]) -> tuple[list[tuple[int, str]], Vectors]:
        """Of those passages that are still there: their ids with their articles', and their blended vectors."""
        with self._read():
            marks = ",".join("?" * len(passage_ids))
            rows = {
                row[0]: row[1:]
                for row in self._db.execute(
                    "SELECT p.id, a.id, p.sentence, p.context FROM passages p"  # noqa: S608 - only question marks
                    " JOIN articles a ON a.number = p.article"
                    f" WHERE p.id IN ({marks})",
                    list(passage_ids),
                )
            }
        found = [i for i in passage_ids if i in rows]
        vectors = blend(_matrix([rows[i][1] for i in found]), _matrix([rows[i][2] for i in found]))
        return [(i, rows[i][0]) for i in found], vectors

    # Care

    def save_index(self) -> None:
        """Write the FAISS index beside the database, so that the next start need not make it again.

        Not for a few passages more or less: those the next start makes up for, in less time than writing takes.
        """
        if self._folder is None:
            return
        with self._lock, database.errors(self._folder):
            self._refresh()
            row = self._db.execute("SELECT length(sentence) FROM passages LIMIT 1").fetchone()
            if not row or self._meta("model") != self.model or not os.access(self._folder, os.W_OK):
                return
            saved = PassageIndex.peek(self._index_path(), self._stamp())
            if saved is not None and self._changed(saved) <= UNSAVED * self._count():
                return
            self._synced(row[0] // 4, grow=True).save(self._index_path(), self._stamp())

    def verify(self) -> list[str]:
        """What is wrong with the library, one line each; an empty list when all is well."""
        from index.checks import faults

        with self._read():
            found = faults(self._db)
            if self._folder and (problem := PassageIndex.problem(self._index_path(), self._stamp())):
                found.append(problem)
        return found

    def forget_vectors(self) -> None:
        """Before all articles are embedded again: let the library take the vectors of ``model``."""
        with self._write():
            newest = self._db.execute("SELECT max(id) FROM passages").fetchone()[0]
            self._db.execute("DELETE FROM passages")
            self._db.execute("DELETE FROM lexical")
            self._db.execute("DELETE FROM frequencies")
            self._db.execute("DELETE FROM removed")
            self._note_removed(1, newest or 1)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?)", (self.model,))
        if self._folder:
            self._index_path().unlink(missing_ok=True)
        self._index = None

    # Inside

    def _meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _claim_model(self) -> None:
        if self._meta("model") is None or not self._db.execute("SELECT 1 FROM passages LIMIT 1").fetchone():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?)", (self.model,))
        self._check_model()

    def _check_model(self) -> None:
        stored = self._meta("model")
        if stored not in (None, self.model):
            bundled = str(stored).partition("/")[0]
            raise ModelMismatch(
                f"This library was indexed with the model {stored}, not {self.model}. Set QUOTH_MODEL to "
                f"{bundled if bundled in BUNDLED else stored}, or index it again with this one: quoth rebuild."
            )

    def _drop_passages(self, number: int) -> None:
        # The passages of an article were added together, so that their ids are one span.
        first, last = self._db.execute("SELECT min(id), max(id) FROM passages WHERE article = ?", (number,)).fetchone()
        if first is not None:
            rows = self._db.execute("SELECT terms FROM lexical WHERE rowid BETWEEN ? AND ?", (first, last))
            self._count_terms([row[0].split() for row in rows], -1)
            self._db.execute("DELETE FROM lexical WHERE rowid BETWEEN ? AND ?", (first, last))
            self._db.execute("DELETE FROM passages WHERE article = ?", (number,))
            self._note_removed(first, last)

    def _count_terms(self, passages: Sequence[Sequence[str]], sign: int) -> None:
        """Note in how many passages each term stands: FTS5 knows, but has to count them each time."""
        counts = Counter(term for terms in passages for term in set(terms))
        self._db.executemany(
            "INSERT INTO frequencies VALUES (?, ?)"
            " ON CONFLICT (term) DO UPDATE SET passages = passages + excluded.passages",
            [(term, sign * count) for term, count in counts.items()],
        )

    def _note_removed(self, first: int, last: int) -> None:
        """For the indexes in memory and on disk, which hold these ids still."""
        self._db.execute(
            "INSERT INTO removed VALUES ((SELECT value + 1 FROM meta WHERE key = 'generation'), ?, ?)", (first, last)
        )

    def _load(self, article_id: str, first: int | None) -> Document:
        article = self.article(article_id)
        with database.errors(self._folder):
            rows = self._db.execute(
                'SELECT p.start, p."end", p.paragraph, p.sentence, p.context, l.terms, p.tokens FROM passages p'
                " JOIN articles a ON a.number = p.article JOIN lexical l ON l.rowid = p.id"
                " WHERE a.id = ? ORDER BY p.id",
                (article_id,),
            ).fetchall()
        passages = tuple(Passage(*row[:3]) for row in rows)
        if any(not 0 <= p.start < p.end <= len(article.text) for p in passages):
            raise DamagedLibrary(f"Passages of article {article_id} lie outside its text. Run: quoth rebuild.")
        words = tuple(tuple(row[5].split()) for row in rows)
        return Document(
            article,
            passages,
            _matrix([r[3] for r in rows]),
            _matrix([r[4] for r in rows]),
            words,
            traits_of(article, passages, words),
            self._tokens([r[6] for r in rows]),
        )

    def _tokens(self, blobs: Sequence[bytes | None]) -> tuple[Tokens, ...] | None:
        """Each passage's token vectors (t, width); None when one of them has none for this reader."""
        width = self._token_width
        if not width or any(blob is None or len(blob) % width for blob in blobs):
            return None
        return tuple(np.frombuffer(blob or b"", np.int8).reshape(-1, width) for blob in blobs)

    def _refresh(self) -> None:
        """Notice what another process has written since the last call."""
        with database.errors(self._folder):
            generation = int(self._meta("generation") or 0)
        if generation != self._seen:
            self._languages = None
            self._seen = generation

    def _synced(self, dimension: int, *, grow: bool = False) -> PassageIndex:
        """The FAISS index, brought up to date with the passages in SQLite; ``grow`` says that there is time to make it
        anew when the library has outgrown it."""
        with database.errors(self._folder):
            if self._index is None:
                path = self._index_path() if self._folder else None
                self._index = PassageIndex.load(path, self._stamp())
                grow = True
            if self._index is None or (grow and self._index.outgrown(self._count())):
                self._index = self._new_index(dimension)
            if self._index.mark.generation != self._seen:
                index, mark = self._index, self._index.mark
                gone = "SELECT first, last FROM removed WHERE generation > ?"
                index.remove(self._db.execute(gone, (mark.generation,)).fetchall())
                for ids, vectors in self._blended_after(mark.newest):
                    index.add(ids, vectors)
                    mark = replace(mark, newest=int(ids[-1]))
                index.mark = replace(mark, generation=self._seen)
        return self._index

    def _new_index(self, dimension: int) -> PassageIndex:
        count = self._count()
        if count <= EXACT:
            return PassageIndex(dimension)
        step = max(1, count // (SAMPLE * centroids(count)))
        rows = self._db.execute("SELECT sentence, context FROM passages WHERE id % ? = 0", (step,)).fetchall()
        return PassageIndex(dimension, blend(_matrix([r[0] for r in rows]), _matrix([r[1] for r in rows])), count)

    def _blended_after(self, newest: int) -> Iterator[tuple[Ids, Vectors]]:
        """The ids and blended vectors of the passages with a higher id, in order, some at a time."""
        while True:
            rows = self._db.execute(
                "SELECT id, sentence, context FROM passages WHERE id > ? ORDER BY id LIMIT 5000", (newest,)
            ).fetchall()
            if not rows:
                return
            newest = rows[-1][0]
            ids = np.array([r[0] for r in rows], np.int64)
            yield ids, blend(_matrix([r[1] for r in rows]), _matrix([r[2] for r in rows]))

    def _count(self) -> int:
        """About how many passages there are: the highest id, without those that were removed."""
        newest, gone = self._db.execute(
            "SELECT (SELECT max(id) FROM passages), (SELECT sum(last - first + 1) FROM removed)"
        ).fetchone()
        return max((newest or 0) - (gone or 0), 0)

    def _changed(self, saved: Mark) -> int:
        """About how many passages have come or gone since."""
        newest, gone = self._db.execute(
            "SELECT (SELECT max(id) FROM passages), (SELECT sum(last - first + 1) FROM removed WHERE generation > ?)",
            (saved.generation,),
        ).fetchone()
        return max((newest or 0) - saved.newest, 0) + (gone or 0)

    def _stamp(self) -> dict[str, str]:
        return {"model": self._meta("model") or "", "library": self._meta("library") or ""}

    def _index_path(self) -> Path:
        assert self._folder is not None
        return self._folder / "vectors.faiss"

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._lock, database.errors(self._folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._refresh()

    @contextmanager
    def _read(self) -> Iterator[None]:
        with self._lock, database.errors(self._folder):
            yield


def _matrix(blobs: Sequence[bytes]) -> Vectors:
    if not blobs:
        return np.zeros((0, 0), np.float32)
    if len({len(blob) for blob in blobs}) > 1 or len(blobs[0]) % 4:
        raise DamagedLibrary("Stored vectors differ in length. Make them again: quoth rebuild.")
    return np.frombuffer(b"".join(blobs), np.float32).reshape(len(blobs), -1)


def _unknown(article_id: str) -> str:
    return f"There is no article {article_id!r} in this library. See them all with: quoth list."
