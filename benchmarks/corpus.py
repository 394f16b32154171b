"""XQuAD (SQuAD format) as articles and questions with the place of their answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from index.embedder import Embedder, Vectors
from index.lexical import terms
from index.models import Article
from index.passages import split
from index.store import Document
from index.vectors import embed


@dataclass(frozen=True, slots=True)
class Case:
    """A question, where in the article's text its answer stands, and in which paragraph (1-based)."""

    id: str
    question: str
    start: int
    end: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Told:
    """An article as it is searched, and the questions asked about it."""

    document: Document
    cases: tuple[Case, ...]

    def gold(self, case: Case) -> int:
        """The number of the passage in which the answer begins."""
        return max(i for i, p in enumerate(self.document.passages) if p.start <= case.start)

    def without(self, paragraph: int) -> Document:
        """The article as if that paragraph had never been written."""
        d = self.document
        kept = [i for i, p in enumerate(d.passages) if p.paragraph != paragraph]
        return replace(
            d,
            passages=tuple(d.passages[i] for i in kept),
            sentences=d.sentences[kept],
            contexts=d.contexts[kept],
            terms=tuple(d.terms[i] for i in kept),
        )


def load(folder: Path, embedder: Embedder) -> list[Told]:
    """The English articles, embedded."""
    return [_told(entry, embedder) for entry in _entries(folder, "en")]


def questions(folder: Path, language: str) -> dict[str, str]:
    """The same questions in another language, by id."""
    return {
        qa["id"]: qa["question"]
        for entry in _entries(folder, language)
        for paragraph in entry["paragraphs"]
        for qa in paragraph["qas"]
    }


def document(article: Article, embedder: Embedder) -> Document:
    passages = split(article)
    sentences, contexts = embed(article, passages, embedder)
    words = tuple(tuple(terms(article.text[p.start : p.end], article.language)) for p in passages)
    return Document(article, passages, sentences, contexts, words)


def cohort(embedder: Embedder) -> Vectors:
    from importlib.resources import files

    return embedder.passages((files("index") / "cohort.txt").read_text("utf-8").splitlines())


def _entries(folder: Path, language: str) -> list[dict]:  # type: ignore[type-arg]
    path = folder / "xquad" / f"xquad.{language}.json"
    if not path.exists():
        raise SystemExit(f"skipped: {path} is not here (point --data at the folder that holds xquad/)")
    return cast(list[dict], json.loads(path.read_text("utf-8"))["data"])  # type: ignore[type-arg]


def _told(entry: dict, embedder: Embedder) -> Told:  # type: ignore[type-arg]
    text = ""
    cases: list[Case] = []
    for number, paragraph in enumerate(entry["paragraphs"], start=1):
        text += "\n\n" if text else ""
        context = paragraph["context"]
        lead = len(context) - len(context.lstrip())
        for qa in paragraph["qas"]:
            answer = qa["answers"][0]
            start = len(text) + answer["answer_start"] - lead
            cases.append(Case(qa["id"], qa["question"], start, start + len(answer["text"]), number))
        text += context.strip()
    article = Article(text, entry["title"].replace("_", " "), language="en")
    return Told(document(article, embedder), tuple(cases))


def auroc(positive: list[float], negative: list[float]) -> float:
    """The chance that a positive scores above a negative (Mann and Whitney 1947), ties counted half."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative)))


def calibration_error(probabilities: list[float], outcomes: list[bool], bins: int = 10) -> float:
    """Expected calibration error over equally wide bins (Naeini et al. 2015)."""
    p, y = np.array(probabilities), np.array(outcomes, float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[which == b].mean() - y[which == b].mean()) * (which == b).mean() for b in set(which)))


def rotated(told: list[Told], by: int) -> Iterator[tuple[Told, Told]]:
    """Each article with another one, to which its questions are off topic."""
    yield from ((one, told[(i + by) % len(told)]) for i, one in enumerate(told))
