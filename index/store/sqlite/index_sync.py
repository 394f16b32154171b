"""Keeps the FAISS index in step with the passages in SQLite, in memory and on disk."""

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.embed.embedder import Vectors
from index.errors import DamagedLibrary, Fault
from index.retrieve.article_vectors import blend
from index.retrieve.late_interaction import Tokens
from index.store.vector_index import EXACT, SAMPLE, Ids, Mark, VectorIndex, centroids

SAVES = 8  # the number of its latest index files that a library recognises
UNSAVED = 0.01  # the index is not written again until more than this share of the passages has changed
Stamp = dict[str, str]


class IndexSync:
    """The index over the passages of ``db``, with its file at ``path``; without a path it exists in memory only.

    In its methods, ``generation`` is the library's change counter. ``stamp`` identifies the index files of this
    library: the names of its "model", of the "library" and of its latest "saves", separated by spaces.
    """

    def __init__(self, db: sqlite3.Connection, path: Path | None) -> None:
        self._db = db
        self._path = path
        self._index: VectorIndex | None = None

    def synced(self, dimension: int, generation: int, stamp: Stamp, *, grow: bool = False) -> VectorIndex:
        """The index, brought up to date. With ``grow`` it is built again if the library has outgrown it.

        ``dimension`` is the length of the vectors.
        """
        if self._index is None:
            self._index = VectorIndex.load(self._path, stamp)
            grow = True
        if self._index is None or (grow and self._index.outgrown(self._count())):
            self._index = self._new(dimension)
        if self._index.mark.generation != generation:
            index, mark = self._index, self._index.mark
            gone = "SELECT first, last FROM tombstones WHERE generation > ?"
            index.remove(self._db.execute(gone, (mark.generation,)).fetchall())
            for ids, vectors in blended_after(self._db, mark.newest):
                index.add(ids, vectors)
                mark = replace(mark, newest=int(ids[-1]))
            index.mark = replace(mark, generation=generation)
        return self._index

    def save(self, dimension: int, generation: int, stamp: Stamp) -> None:
        """Write the index, unless only a few passages have changed: for those, the next start needs less time than
        writing takes."""
        if self._path is None:
            return
        saved = VectorIndex.peek(self._path, stamp)
        if saved is None or self._changed(saved) > UNSAVED * self._count():
            index = self.synced(dimension, generation, stamp, grow=True)
            name = uuid.uuid4().hex
            # Several names are kept, because another process may write an index too, and a power cut may leave the one
            # before.
            self._db.execute(
                "INSERT INTO meta VALUES ('saves', ?) ON CONFLICT (key) DO UPDATE"
                " SET value = substr(excluded.value || ' ' || value, 1, ?)",
                (name, SAVES * (len(name) + 1) - 1),
            )
            index.save(self._path, {"model": stamp["model"], "library": stamp["library"], "saved": name})

    def problem(self, stamp: Stamp) -> Fault | None:
        """Why the file cannot be used, or None."""
        return VectorIndex.problem(self._path, stamp) if self._path else None

    def forget(self) -> None:
        if self._path:
            self._path.unlink(missing_ok=True)
        self._index = None

    def _new(self, dimension: int) -> VectorIndex:
        (count,) = self._db.execute("SELECT count(*) FROM passages").fetchone()
        if count <= EXACT:
            return VectorIndex(dimension)
        step = max(1, count // (SAMPLE * centroids(count)))
        rows = self._db.execute("SELECT sentence_vec, context_vec FROM passages WHERE id % ? = 0", (step,)).fetchall()
        return VectorIndex(dimension, blend(matrix([r[0] for r in rows]), matrix([r[1] for r in rows])), count)

    def _count(self) -> int:
        """About how many passages there are: the highest id minus those that were removed."""
        newest, gone = self._db.execute(
            "SELECT (SELECT max(id) FROM passages), (SELECT sum(last - first + 1) FROM tombstones)"
        ).fetchone()
        return max((newest or 0) - (gone or 0), 0)

    def _changed(self, saved: Mark) -> int:
        """About how many passages were added or removed since the index was saved."""
        newest, gone = self._db.execute(
            "SELECT (SELECT max(id) FROM passages),"
            " (SELECT sum(last - first + 1) FROM tombstones WHERE generation > ?)",
            (saved.generation,),
        ).fetchone()
        return max((newest or 0) - saved.newest, 0) + (gone or 0)


def blended_after(db: sqlite3.Connection, newest: int) -> Iterator[tuple[Ids, Vectors]]:
    """The ids (n,) and blended vectors (n, d) of the passages with a higher id than ``newest``, in batches, by id."""
    while True:
        rows = db.execute(
            "SELECT id, sentence_vec, context_vec FROM passages WHERE id > ? ORDER BY id LIMIT 5000", (newest,)
        ).fetchall()
        if not rows:
            return
        newest = rows[-1][0]
        ids = np.array([r[0] for r in rows], np.int64)
        yield ids, blend(matrix([r[1] for r in rows]), matrix([r[2] for r in rows]))


def matrix(blobs: Sequence[bytes]) -> Vectors:
    """Stored vectors as a matrix (n, d).

    Raises:
        DamagedLibrary: their lengths differ, or they have values above 1, which unit vectors cannot have.
    """
    if not blobs:
        return np.zeros((0, 0), np.float32)
    # If a value continues on a page that SQLite cannot read, Python's module returns None and raises no error.
    if not all(isinstance(blob, bytes) for blob in blobs):
        raise DamagedLibrary("Stored vectors cannot be read.", "rebuild")
    if len({len(blob) for blob in blobs}) > 1 or len(blobs[0]) % 4:
        raise DamagedLibrary("Stored vectors differ in length.", "rebuild")
    rows = np.frombuffer(b"".join(blobs), np.float32).reshape(len(blobs), -1)
    if not (rows.size and rows.min() > -1.01 and rows.max() < 1.01):
        raise DamagedLibrary("Stored vectors are damaged.", "rebuild")
    return rows


def token_vectors(blobs: Sequence[bytes | None], width: int) -> tuple[Tokens, ...] | None:
    """The token vectors of each passage (t, width); None if a passage has none of this width."""
    if not width or any(blob is None or len(blob) % width for blob in blobs):
        return None
    return tuple(np.frombuffer(blob or b"", np.int8).reshape(-1, width) for blob in blobs)
