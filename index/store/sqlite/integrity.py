"""Checks every stored hash, offset and vector."""

import sqlite3

import numpy as np

from index.errors import Fault
from index.models import paragraph_number
from index.store.sqlite import rows


def faults(db: sqlite3.Connection) -> list[Fault]:
    """All faults of the library."""
    found = [Fault(f"library.sqlite3: {row[0]}") for row in db.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
    articles = db.execute("SELECT pk, id, text, superseded_at FROM articles").fetchall()
    for pk, article_id, text, superseded_at in articles:
        try:
            rows.article(db, article_id)
        except ValueError:
            found.append(Fault(f"{article_id}: the text does not match its hash.", "replace"))
        if superseded_at is None:
            found += _passage_faults(db, pk, article_id, text)
    if db.execute("PRAGMA foreign_key_check").fetchone():
        found.append(Fault("library.sqlite3: passages of no article.", "rebuild"))
    if db.execute(
        "SELECT 1 FROM passages p LEFT JOIN passages_fts f ON f.rowid = p.id WHERE f.rowid IS NULL"
    ).fetchone():
        found.append(Fault("full text: passages are missing.", "rebuild"))
    if db.execute("SELECT 1 FROM passages_fts f LEFT JOIN passages p ON p.id = f.rowid WHERE p.id IS NULL").fetchone():
        found.append(Fault("full text: holds passages that are gone.", "rebuild"))
    if db.execute(
        "SELECT 1 FROM vocabulary v LEFT JOIN doc_freq f ON f.term = v.term WHERE f.passages IS NOT v.doc"
    ).fetchone():
        found.append(Fault("full text: its words are counted wrongly.", "rebuild"))
    return found


def _passage_faults(db: sqlite3.Connection, pk: int, article_id: str, text: str) -> list[Fault]:
    rows = db.execute(
        'SELECT start, "end", paragraph, sentence_vec, context_vec FROM passages WHERE article = ? ORDER BY id', (pk,)
    )
    last = 0
    dimensions = set()
    found = []
    count = 0
    for start, end, paragraph, sentence, context in rows:
        count += 1
        if not all(isinstance(one, int) for one in (start, end, paragraph)):
            found.append(Fault(f"{article_id}: where a passage stands cannot be read.", "rebuild"))
            continue
        if not all(isinstance(one, bytes) for one in (sentence, context)):
            found.append(Fault(f"{article_id}: the vectors of [{start}, {end}) cannot be read.", "rebuild"))
            continue
        if not last <= start < end <= len(text) or paragraph_number(text, start) != paragraph:
            found.append(Fault(f"{article_id}: the passage [{start}, {end}) does not fit the text.", "rebuild"))
        last = end
        dimensions |= {len(sentence), len(context)}
        # A context is the mean of two unit vectors.
        if not 0.999 < _length(sentence) < 1.001 or not 0 <= _length(context) < 1.001:
            found.append(Fault(f"{article_id}: the vector of [{start}, {end}) is damaged.", "rebuild"))
    if not count:
        found.append(Fault(f"{article_id}: has no passages.", "rebuild"))
    if len(dimensions) > 1:
        found.append(Fault(f"{article_id}: vectors of different lengths.", "rebuild"))
    return found


def _length(blob: bytes) -> float:
    """The Euclidean length of a stored vector; NaN if it is not a vector."""
    with np.errstate(all="ignore"):  # a damaged vector may hold any values
        return float(np.linalg.norm(np.frombuffer(blob, np.float32))) if blob and len(blob) % 4 == 0 else np.nan
