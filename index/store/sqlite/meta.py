"""The ``meta`` table of a library: its model, its name, its change counter."""

import sqlite3

from index.errors import ModelMismatch


def value(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def generation(db: sqlite3.Connection) -> int:
    """The change counter, which grows with every write."""
    return int(value(db, "generation") or 0)


def count_change(db: sqlite3.Connection) -> None:
    db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")


def stamp(db: sqlite3.Connection) -> dict[str, str]:
    """What identifies the index files of this library (see ``IndexSync``)."""
    return {key: value(db, key) or "" for key in ("model", "library", "saves")}


def set_model(db: sqlite3.Connection, model: str) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?)", (model,))


def claim_model(db: sqlite3.Connection, model: str) -> None:
    """Make ``model`` the library's model if there are no vectors yet.

    Raises:
        ModelMismatch: the library's vectors come from another model.
    """
    if value(db, "model") is None or not db.execute("SELECT 1 FROM passages LIMIT 1").fetchone():
        set_model(db, model)
    check_model(db, model)


def check_model(db: sqlite3.Connection, model: str) -> None:
    """Raises ModelMismatch: the library's vectors come from another model."""
    stored = value(db, "model")
    if stored not in (None, model):
        raise ModelMismatch(str(stored), model)
