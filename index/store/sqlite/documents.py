"""Reads an indexed article from the library's tables."""

import sqlite3

from index.errors import DamagedLibrary
from index.models import Article, Passage
from index.retrieve.indexed_article import IndexedArticle
from index.store.sqlite.index_sync import matrix, token_vectors
from index.text.answer_types import answer_types_of


def first_passage(db: sqlite3.Connection, article_id: str) -> int:
    """The id of an article's first passage. Raises DamagedLibrary: it has none."""
    (first,) = db.execute(
        "SELECT min(p.id) FROM passages p JOIN articles a ON a.pk = p.article WHERE a.id = ?", (article_id,)
    ).fetchone()
    if first is None:
        raise DamagedLibrary(f"Article {article_id} has no passages.", "rebuild", article_id=article_id)
    return int(first)


def load_document(db: sqlite3.Connection, article: Article, token_width: int) -> IndexedArticle:
    """An article with its passages, their vectors and words.

    ``token_width`` is the number of 8-bit values stored for each token; 0 leaves the token vectors out.

    Raises:
        DamagedLibrary: the rows cannot be what was stored.
    """
    rows = db.execute(
        'SELECT p.start, p."end", p.paragraph, p.sentence_vec, p.context_vec, f.terms, p.tokens FROM passages p'
        " JOIN articles a ON a.pk = p.article JOIN passages_fts f ON f.rowid = p.id"
        " WHERE a.id = ? ORDER BY p.id",
        (article.id,),
    ).fetchall()
    # A damaged value may have any type.
    if not all(isinstance(one, int) for row in rows for one in row[:3]):
        raise DamagedLibrary(f"Passages of article {article.id} cannot be read.", "rebuild", article_id=article.id)
    passages = tuple(Passage(*row[:3]) for row in rows)
    if any(not 0 <= p.start < p.end <= len(article.text) for p in passages):
        raise DamagedLibrary(
            f"Passages of article {article.id} lie outside its text.", "rebuild", article_id=article.id
        )
    if not all(isinstance(row[5], str) for row in rows):
        raise DamagedLibrary(f"The words of article {article.id} cannot be read.", "rebuild", article_id=article.id)
    words = tuple(tuple(row[5].split()) for row in rows)
    return IndexedArticle(
        article,
        passages,
        matrix([row[3] for row in rows]),
        matrix([row[4] for row in rows]),
        words,
        answer_types_of(article, passages, words),
        token_vectors([row[6] for row in rows], token_width),
    )
