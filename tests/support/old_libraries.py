"""Libraries as earlier versions wrote them, made from one that this version wrote."""

import sqlite3
from contextlib import closing
from pathlib import Path

FILE = "library.sqlite3"
FULL_TEXT = (
    "CREATE VIRTUAL TABLE lexical USING fts5 "
    "(terms, tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
)
# The statements by which each version made a new library.
SCHEMAS = {
    1: f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, added TEXT NOT NULL,
    text TEXT NOT NULL, title TEXT NOT NULL, url TEXT, site TEXT, author TEXT, published TEXT,
    language TEXT NOT NULL, headings TEXT NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, paragraph INTEGER NOT NULL,
    sentence BLOB NOT NULL, context BLOB NOT NULL
);
CREATE INDEX passages_of_article ON passages (article);
{FULL_TEXT};
""",
    5: f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, added TEXT NOT NULL,
    text TEXT NOT NULL, title TEXT NOT NULL, url TEXT, site TEXT, author TEXT, published TEXT,
    language TEXT NOT NULL, headings TEXT NOT NULL, pages TEXT NOT NULL DEFAULT '[]',
    story INTEGER, replaced TEXT, rendered BLOB
);
CREATE INDEX versions ON articles (story, replaced);
CREATE TABLE aliases (page TEXT PRIMARY KEY, story INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, paragraph INTEGER NOT NULL,
    sentence BLOB NOT NULL, context BLOB NOT NULL, tokens BLOB
);
CREATE TABLE removed (generation INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE frequencies (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX passages_of_article ON passages (article);
{FULL_TEXT};
""",
}
# What a version has more than the one before, taken away again.
BACK = {
    4: "ALTER TABLE articles DROP COLUMN rendered; DROP TABLE aliases;",
    3: "DROP INDEX versions; ALTER TABLE articles DROP COLUMN pages; ALTER TABLE articles DROP COLUMN story;"
    "ALTER TABLE articles DROP COLUMN replaced;",
}
ARTICLE = "id, digest, added, text, title, url, site, author, published, language, headings"
PASSAGE = 'id, article, start, "end", paragraph'


def age(folder: Path, version: int) -> None:
    """Put the library in ``folder``, which nobody may have open, into the format 1, 3, 4 or 5; its index goes on
    reflecting it."""
    new = folder / "library.new"
    (folder / FILE).rename(new)
    with closing(sqlite3.connect(folder / FILE)) as db:
        db.executescript(SCHEMAS[1 if version == 1 else 5])
        db.execute("ATTACH ? AS new", (str(new),))
        db.execute("INSERT INTO meta SELECT * FROM new.meta")
        later = ("", "") if version == 1 else (", pages, lineage, superseded_at, visible_text", ", tokens")
        # One after the other, as they were added, so that they lie in the file as they did then.
        for (pk,) in db.execute("SELECT pk FROM new.articles ORDER BY pk").fetchall():
            db.execute(f"INSERT INTO articles SELECT pk, {ARTICLE}{later[0]} FROM new.articles WHERE pk = ?", (pk,))
            passage = f"{PASSAGE}, sentence_vec, context_vec{later[1]}"
            db.execute(f"INSERT INTO passages SELECT {passage} FROM new.passages WHERE article = ? ORDER BY id", (pk,))
        db.execute("INSERT INTO lexical (rowid, terms) SELECT rowid, terms FROM new.passages_fts")
        if version > 1:
            for old, now in (("aliases", "aliases"), ("removed", "tombstones"), ("frequencies", "doc_freq")):
                db.execute(f"INSERT INTO {old} SELECT * FROM new.{now}")
        db.commit()
        for one in (4, 3):
            if 1 < version <= one:
                db.executescript(BACK[one])
        db.executescript(f"PRAGMA user_version = {version}; PRAGMA journal_mode = WAL")
    new.unlink()
