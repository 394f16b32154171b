"""XQuAD (SQuAD format) as articles and questions with the place of their answer.

Its English questions repeat the article's words, which readers do not have before them. ``loose.jsonl`` holds them once
more, by id, as readers might put them in a chat (synonyms, fragments, no capitals), and for each article a few on its
topic that it does not answer. A language model wrote them from the articles alone; being made from XQuAD's, they are
under its licence, CC BY-SA 4.0.
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

LOOSE = "loose"  # stands where a language does: the English questions as readers would put them
HERE = Path(__file__).parent


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

    document: IndexedArticle
    cases: tuple[Case, ...]

    def gold(self, case: Case) -> int:
        """The number of the passage in which the answer begins."""
        return max(i for i, p in enumerate(self.document.passages) if p.start <= case.start)

    def without(self, paragraph: int) -> IndexedArticle:
        """The article as if that paragraph had never been written."""
        numbers = [i for i, p in enumerate(self.document.passages) if p.paragraph != paragraph]
        return self.document.only(numbers)

    def alone(self, paragraph: int) -> IndexedArticle:
        """The paragraph as if it were the whole article."""
        return self.document.only([i for i, p in enumerate(self.document.passages) if p.paragraph == paragraph])


def load(folder: Path, embedder: Embedder, scorer: PassageScorer | None) -> list[Told]:
    """The English articles, embedded."""
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
    """By an article's number: questions on its topic that it does not answer."""
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
    """Each article with another one, to which its questions are off topic."""
    yield from ((one, told[(i + by) % len(told)]) for i, one in enumerate(told))
