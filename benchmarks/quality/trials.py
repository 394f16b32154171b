"""Asks every XQuAD question in three ways: to its article, to that without its paragraph, and to another article."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.quality.corpus import LOOSE, Told, questions, rotated, tempting
from index.embed.embedder import Embedder, Vectors
from index.read.decision import quotes
from index.retrieve.arrays import Scores
from index.retrieve.features import Columns
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.late_interaction import PassageScorer
from index.retrieve.ranker import Situation
from index.retrieve.search import Ranking, ask, passage_features

OTHER = 7  # a question is also asked to the article this many places further on, which does not answer it


@dataclass(frozen=True, slots=True)
class Trial:
    """A question to an article, with its features, before any ranker.

    ``kind`` is ``own`` (the article answers), ``hard`` (the paragraph that answers is removed), ``off`` (another
    article) or ``tempting`` (on topic, but not answered). ``golds`` are the passages that answer, or in which the
    answer begins. ``answers`` are ranges of the text, one of which must be quoted. ``short``: the question is asked to
    a single paragraph, as if it were the whole article.
    """

    article: int
    language: str
    kind: str
    short: bool
    document: IndexedArticle
    columns: Columns
    fused: Scores
    situation: Situation
    golds: tuple[int, ...]
    answers: tuple[tuple[int, int], ...]

    def ranked(self, probabilities: Scores) -> Ranking:
        order = tuple(int(i) for i in np.argsort(-probabilities, kind="stable"))
        return Ranking(self.document, order, probabilities, self.fused, self.columns, self.situation)

    def place(self, order: Sequence[int]) -> int:
        """The rank (from 1) of the first passage that answers; 0 if none does."""
        return min(order.index(i) + 1 for i in self.golds) if self.kind == "own" else 0

    def held(self, ranking: Ranking) -> tuple[bool, int]:
        """Whether one of the quotes contains the whole answer, and the length of all quotes in characters."""
        shown = quotes(ranking)
        text = self.document.article.text
        assert all(quote.text == text[quote.start : quote.end] for quote in shown)
        holds = self.kind == "own" and any(
            quote.start <= start and end <= quote.end for quote in shown for start, end in self.answers
        )
        return holds, sum(quote.end - quote.start for quote in shown)


def trials(
    folder: Path, told: Sequence[Told], embedder: Embedder, scorer: PassageScorer | None, languages: Sequence[str]
) -> Iterator[Trial]:
    unrelated = embedder.background()
    numbers = {id(one): i for i, one in enumerate(told)}
    without: dict[tuple[int, int], IndexedArticle] = {}
    alone: dict[tuple[int, int], IndexedArticle] = {}

    def paragraph(one: Told, number: int) -> IndexedArticle:
        """One paragraph as an article of its own. After the last paragraph comes the first."""
        last = max(passage.paragraph for passage in one.document.passages)
        number = (number - 1) % last + 1
        return alone.setdefault((id(one), number), one.alone(number))

    for language in languages:
        asked = questions(folder, language)
        unanswered = tempting() if language == LOOSE else {}
        for one, other in rotated(list(told), OTHER):
            number = numbers[id(one)]
            cases = [case for case in one.cases if case.id in asked]
            texts = [asked[case.id] for case in cases] + unanswered.get(number, [])
            if not texts:
                continue
            vectors, tokens = embed_questions(texts, embedder, scorer)
            prepared = [
                ask(text, vector, unrelated, token) for text, vector, token in zip(texts, vectors, tokens, strict=True)
            ]
            for question, case in zip(prepared, cases, strict=False):
                key = (id(one), case.paragraph)
                without[key] = without.get(key) or one.without(case.paragraph)
                sides = (
                    ("own", False, one.document),
                    ("hard", False, without[key]),
                    ("off", False, other.document),
                    ("own", True, paragraph(one, case.paragraph)),
                    ("hard", True, paragraph(one, case.paragraph + 1)),
                    ("off", True, paragraph(other, case.paragraph)),
                )
                for kind, short, document in sides:
                    columns, fused, situation = passage_features(question, document, scorer)
                    if not len(fused):
                        continue
                    start = one.document.passages[one.gold(case)].start
                    golds = tuple(i for i, p in enumerate(document.passages) if kind == "own" and p.start == start)
                    spans = ((case.start, case.end),)
                    yield Trial(number, language, kind, short, document, columns, fused, situation, golds, spans)
            for question in prepared[len(cases) :]:
                columns, fused, situation = passage_features(question, one.document, scorer)
                if len(fused):
                    yield Trial(number, language, "tempting", False, one.document, columns, fused, situation, (), ())


def embed_questions(
    texts: Sequence[str], embedder: Embedder, scorer: PassageScorer | None
) -> tuple[Sequence[Vectors], Sequence[Vectors | None]]:
    """The vectors of the questions, and their token vectors if there is a scorer."""
    if scorer is None:
        return list(embedder.questions(texts)), [None] * len(texts)
    vectors, tokens = embedder.question_tokens(texts)
    return list(vectors), tokens
