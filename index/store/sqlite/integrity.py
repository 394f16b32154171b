"""Every stored hash, offset and vector, checked. Used by ``store`` alone."""

import sqlite3

import numpy as np

from index.models import paragraph_number
from index.store.sqlite import rows

REBUILD = "Mend it with: quoth rebuild."


def faults(db: sqlite3.Connection) -> list[str]:
    """One line for each thing that is wrong."""
    found = [f"library.sqlite3: {row[0]}" for row in db.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
    articles = db.execute("SELECT number, id, text, replaced FROM articles").fetchall()
    for number, article_id, text, replaced in articles:
        try:
            rows.article(db, article_id)
        except ValueError:
            found.append(f"{article_id}: the text does not match its hash. Remove the article and add it again.")
        if replaced is None:
            found += _passage_faults(db, number, article_id, text)
    if db.execute("PRAGMA foreign_key_check").fetchone():
        found.append(f"library.sqlite3: passages of no article. {REBUILD}")
    if db.execute("SELECT 1 FROM passages p LEFT JOIN lexical l ON l.rowid = p.id WHERE l.rowid IS NULL").fetchone():
        found.append(f"full text: passages are missing. {REBUILD}")
    if db.execute("SELECT 1 FROM lexical l LEFT JOIN passages p ON p.id = l.rowid WHERE p.id IS NULL").fetchone():
        found.append(f"full text: holds passages that are gone. {REBUILD}")
    if db.execute(
        "SELECT 1 FROM vocabulary v LEFT JOIN frequencies f ON f.term = v.term WHERE f.passages IS NOT v.doc"
    ).fetchone():
        found.append(f"full text: its words are counted wrongly. {REBUILD}")
    return found


def _passage_faults(db: sqlite3.Connection, number: int, article_id: str, text: str) -> list[str]:
    rows = db.execute(
        'SELECT start, "end", paragraph, sentence, context FROM passages WHERE article = ? ORDER BY id', (number,)
    )
    last = 0
    dimensions = set()
    found = []
    count = 0
    for start, end, paragraph, sentence, context in rows:
        count += 1
        if not last <= start < end <= len(text) or paragraph_number(text, start) != paragraph:
            found.append(f"{article_id}: the passage [{start}, {end}) does not fit the text. {REBUILD}")
        last = end
        dimensions |= {len(sentence), len(context)}
        # A context is a mean of two unit vectors.
        if not 0.999 < _length(sentence) < 1.001 or not 0 <= _length(context) < 1.001:
            found.append(f"{article_id}: the vector of [{start}, {end}) is damaged. {REBUILD}")
    if not count:
        found.append(f"{article_id}: has no passages. {REBUILD}")
    if len(dimensions) > 1:
        found.append(f"{article_id}: vectors of different lengths. {REBUILD}")
    return found


def _length(blob: bytes) -> float:
    """The Euclidean length of a stored vector; not a number when it is none."""
    with np.errstate(all="ignore"):  # damaged ones hold anything
        return float(np.linalg.norm(np.frombuffer(blob, np.float32))) if blob and len(blob) % 4 == 0 else np.nan
