"""Articles and small helpers for the tests of the engine."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.embed.embedder import Vectors
from index.models import Answer, Article, NoAnswer, NotAQuestion
from index.retrieve.indexed_article import IndexedArticle, prepare
from index.retrieve.ranker import Linear, Ranker, Situation
from index.retrieve.search import Question, Ranking, ask, rank
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder

HARBOUR = Article(
    "The harbour of Port Liss was closed on Monday. A crane had fallen across the northern quay. Nobody was hurt.\n\n"
    "The crane\n\n"
    "Engineers built the crane in 1974. It weighed ninety tonnes, the harbour master Ana Ruiz said. "
    "Divers will lift it with two barges.\n\n"
    "Fishing boats use the southern quay until the repair is finished. The town pays them a daily allowance.",
    "A crane falls at Port Liss",
    url="https://news.example/harbour",
    site="Example News",
    author="Jo Field",
    published="2025-03-04",
    language="en",
    headings=(2,),
)
BAKERY = Article(
    "The bakery on Mill Street bakes rye bread every night. Its oven burns beech wood.\n\n"
    "The baker, Tom Vale, learned the trade from his grandmother. She opened the shop in 1951.",
    "Bread at night",
    url="https://news.example/bakery",
    language="en",
)
CORRECTED = replace(HARBOUR, text=HARBOUR.text.replace("built the crane in 1974", "built the crane in 1947"))
KYIV = Article(
    "Міст через річку відкрили в суботу. Його будували три роки.\n\nБудівництво коштувало два мільйони гривень.",
    "Новий міст",
    language="uk",
)
ARTICLES = (HARBOUR, BAKERY, KYIV)
BUILT = "Which engineers built the crane in 1974?"
BURNS = "Does its oven burn beech wood?"
ALIEN = "Which galaxies emit ultraviolet radiation?"
# Ranks by the fused score; answers when about half of the question's words, by rarity, stand in the best passage.
FUSED = Linear(0.0, {"fused_z": 3.0})
BY_WORDS = Linear(-5.0, {"coverage": 10.0})
NEVER = Linear(-50.0, {"coverage": 0.0})
SITUATIONS = [Situation(same, read) for same in (True, False) for read in (True, False)]
RANKER = Ranker(
    {str(situation): FUSED for situation in SITUATIONS},
    {str(situation): BY_WORDS if situation.same_language else NEVER for situation in SITUATIONS},
    ((2, 0.5), (100, 0.5)),
)
SURE = dict.fromkeys(RANKER.decisions, Linear(9.0, {}))
ANY = ((2.0, 0.5), (100.0, 0.5))
READY = Ranker(dict.fromkeys(RANKER.rankings, Linear(0.0, {"fused_z": 9.0})), SURE, ANY)  # one quote, to anything
COHORT = ("A sentence of no article at all.", "Nothing here matters much.", "Weather, songs and shoes.")


def put(store: Store, article: Article, embedder: WordEmbedder | None = None) -> Article:
    """Index an article as the library does."""
    store.add(prepare(article, embedder or WordEmbedder(store.model), None))
    return article


def document(article: Article) -> IndexedArticle:
    """An article as a store would give it, without one."""
    return prepare(article, WordEmbedder(), None)


def question(text: str) -> Question:
    embedder = WordEmbedder()
    return ask(text, embedder.questions([text])[0], embedder.passages(COHORT))


def ranked(text: str, where: IndexedArticle) -> Ranking:
    """The ranking of a question that has one."""
    ranking = rank(question(text), where, RANKER)
    assert ranking is not None
    return ranking


def vector(text: str) -> Vectors:
    (found,) = WordEmbedder().questions([text])
    return np.asarray(found, np.float32)


def tamper(folder: Path, statement: str, *values: object) -> None:
    """Change the database file behind the library's back."""
    db = sqlite3.connect(folder / "library.sqlite3")
    assert db.execute(statement, values).rowcount != 0
    db.commit()
    db.close()


def owners(store: Store, asked: str, k: int = 3) -> list[str]:
    return [owner for _, owner in store.blended(store.nearest(vector(asked), k))[0]]


def best(found: Answer | NoAnswer | NotAQuestion) -> str:
    assert isinstance(found, Answer), found
    return found.quotes[0].text
