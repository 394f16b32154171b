"""The second stage: the passages that the first stage puts first are read together with the question.

What the reading model says of each passage joins the first stage's features; together they rank again and decide.
"""

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

import numpy as np

from index.read.reading_model import Best, ReadingModel, best_in_passages
from index.read.windows import ReadableArticle, windows
from index.retrieve.arrays import Scores
from index.retrieve.features import Columns
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.ranker import Ranker
from index.retrieve.search import Ranking

WINDOWS = 3
ARTICLES = 32  # whose tokens are kept, those that were asked last
UNREAD = -12.0  # the score of a passage that was not read
LEAST = 1e-6


class SecondStage:
    """Safe to use from several threads."""

    def __init__(self, model: ReadingModel) -> None:
        self._model = model
        self._lock = Lock()
        self._articles: OrderedDict[int, tuple[IndexedArticle, ReadableArticle]] = OrderedDict()

    def read(self, question: str, ranking: Ranking, ranker: Ranker) -> Ranking:
        """The ranking by both stages. Raises ModelError."""
        article = self._readable(ranking.document)
        best = best_in_passages(self._model.read(question, windows(article, ranking.order, WINDOWS)))
        return reranked(ranking, best, ranker)

    def _readable(self, document: IndexedArticle) -> ReadableArticle:
        with self._lock:
            known = self._articles.get(id(document))
            if known is not None and known[0] is document:
                self._articles.move_to_end(id(document))
                return known[1]
        made = ReadableArticle.of(document, self._model.pieces)
        with self._lock:
            self._articles[id(document)] = document, made
            if len(self._articles) > ARTICLES:
                self._articles.popitem(last=False)
        return made


def reranked(ranking: Ranking, best: dict[int, Best], ranker: Ranker) -> Ranking:
    columns = {**ranking.columns, **reading_columns(ranking.probabilities, best)}
    situation = replace(ranking.situation, read=True)
    probabilities = ranker.probabilities(situation, columns)
    order = tuple(int(i) for i in np.argsort(-probabilities, kind="stable"))
    spans = {n: one.span for n, one in best.items()}
    return replace(ranking, columns=columns, situation=situation, probabilities=probabilities, order=order, spans=spans)


def reading_columns(probabilities: Scores, best: dict[int, Best]) -> Columns:
    """What both stages say of each passage, (n,) each: the first stage's log probability, whether the passage was
    read, the log-odds of its best answer against none, and how far that is from the best of another passage."""
    count = len(probabilities)
    scores, read = np.full(count, UNREAD), np.zeros(count)
    for n, one in best.items():
        scores[n], read[n] = one.score, 1.0
    ordered = np.sort(scores)[::-1]
    top = ordered[0]
    second = ordered[1] if count > 1 else UNREAD
    return {
        "first_stage": np.log(np.maximum(probabilities, LEAST)),
        "read": read,
        "reading": scores,
        "reading_lead": scores - np.where(scores == top, second, top),
        "reading_best": np.full(count, top),
    }
