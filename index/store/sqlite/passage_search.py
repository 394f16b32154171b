"""Finds passages of the whole library by their words (FTS5), and reads the vectors of passages by their ids."""

import sqlite3
from collections.abc import Sequence
from itertools import accumulate

from index.embed.embedder import Vectors
from index.retrieve.article_vectors import blend
from index.store.sqlite.index_sync import matrix

MATCHED = 2_000  # the most passages that are compared for one question


def matching(db: sqlite3.Connection, terms: Sequence[str], k: int) -> dict[int, float]:
    """The ids of the ``k`` best passages that have one of the terms, each with its BM25 score over the whole library.

    Rare terms come first; those that would bring the passages to more than ``MATCHED`` are left out. They carry almost
    no information.
    """
    known = sorted(set(terms))
    counts = db.execute(
        f"SELECT term, passages FROM doc_freq WHERE term IN ({','.join('?' * len(known))})"  # noqa: S608
        " ORDER BY passages, term",
        known,
    ).fetchall()
    rows_read = accumulate(count for _, count in counts)
    rare = [term for (term, _), total in zip(counts, rows_read, strict=True) if total <= MATCHED]
    if not rare:
        return {}
    # Terms are letters and digits only. The quotation marks keep FTS5 from reading AND, OR and NEAR as operators.
    query = " OR ".join(f'"{term}"' for term in rare)
    rows = db.execute(
        "SELECT rowid, -rank FROM passages_fts WHERE passages_fts MATCH ? ORDER BY rank, rowid LIMIT ?", (query, k)
    )
    return {int(row[0]): float(row[1]) for row in rows}


def blended(db: sqlite3.Connection, passage_ids: Sequence[int]) -> tuple[list[tuple[int, str]], Vectors]:
    """``(passage id, article id)`` of n passages, and their blended vectors (n, d); without removed passages."""
    marks = ",".join("?" * len(passage_ids))
    rows = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT p.id, a.id, p.sentence_vec, p.context_vec FROM passages p"  # noqa: S608 - only question marks
            f" JOIN articles a ON a.pk = p.article WHERE p.id IN ({marks})",
            list(passage_ids),
        )
    }
    found = [i for i in passage_ids if i in rows]
    vectors = blend(matrix([rows[i][1] for i in found]), matrix([rows[i][2] for i in found]))
    return [(i, rows[i][0]) for i in found], vectors
