"""Loads XQuAD (SQuAD format): articles, and questions with the range of their answer.

Its English questions repeat words of the article, which readers do not see when they ask. ``loose.jsonl`` has the same
questions, by id, as readers might write them in a chat (synonyms, fragments, no capitals), and for each article a few
questions on its topic that it does not answer. A language model wrote them from the articles alone. They are derived
from XQuAD, so they have its licence, CC BY-SA 4.0.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from index.embed.embedder import Embedder
from index.models import Article
from index.retrieve.indexed_article import IndexedArticle, prepare
from index.retrieve.late_interaction import PassageScorer

LOOSE = "loose"  # used in place of a language: the English questions in loose wording
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """A question, the range of its answer in the article's text, and the number (from 1) of that paragraph."""

    id: str
    question: str
    start: int
    end: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Told:
    """An indexed article and the questions about it."""

    document: IndexedArticle
    cases: tuple[Case, ...]

    def gold(self, case: Case) -> int:
        """The index of the passage in which the answer begins."""
        return max(i for i, p in enumerate(self.document.passages) if p.start <= case.start)

    def without(self, paragraph: int) -> IndexedArticle:
        """The article without this paragraph."""
        numbers = [i for i, p in enumerate(self.document.passages) if p.paragraph != paragraph]
        return self.document.only(numbers)

    def alone(self, paragraph: int) -> IndexedArticle:
        """This paragraph as an article of its own."""
        return self.document.only([i for i, p in enumerate(self.document.passages) if p.paragraph == paragraph])


def load(folder: Path, embedder: Embedder, scorer: PassageScorer | None) -> list[Told]:
    """The English articles, indexed, with their questions."""
    return [_told(entry, embedder, scorer) for entry in _entries(folder, "en")]


def questions(folder: Path, language: str) -> dict[str, str]:
    """The same questions in another language, or loosely worded (``LOOSE``), by id."""
    if language == LOOSE:
        return {entry["id"]: entry["question"] for entry in _loose() if "id" in entry}
    return {
        qa["id"]: qa["question"]
        for entry in _entries(folder, language)
        for paragraph in entry["paragraphs"]
        for qa in paragraph["qas"]
    }


def tempting() -> dict[int, list[str]]:
    """For each article's number, questions on its topic that it does not answer."""
    found: dict[int, list[str]] = {}
    for entry in _loose():
        if "article" in entry:
            found.setdefault(entry["article"], []).append(entry["question"])
    return found


def _loose() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / "loose.jsonl").read_text("utf-8").splitlines()]


def _entries(folder: Path, language: str) -> list[dict[str, Any]]:
    path = folder / "xquad" / f"xquad.{language}.json"
    if not path.exists():
        raise SystemExit(f"skipped: {path} is not here (point --data at the folder that holds xquad/)")
    return cast(list[dict[str, Any]], json.loads(path.read_text("utf-8"))["data"])


def _told(entry: dict[str, Any], embedder: Embedder, scorer: PassageScorer | None) -> Told:
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
    return Told(prepare(article, embedder, scorer), tuple(cases))


def rotated(told: list[Told], by: int) -> Iterator[tuple[Told, Told]]:
    """Each article with another one, which does not answer its questions."""
    yield from ((one, told[(i + by) % len(told)]) for i, one in enumerate(told))
