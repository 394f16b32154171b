"""Our own questions on our own articles, which nothing is tuned on, asked through the library's face."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.embed.embedder import Embedder
from index.ingest.extract import extract
from index.library import Library
from index.models import Answer, Article, NotAQuestion

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question: its kind, whether it was answered, and whether that was right: the first quote holds the answer,
    any quote does, or nothing was answered where nothing is right."""

    id: str
    kind: str
    language: str
    answered: bool
    first: bool
    right: bool


def articles() -> dict[str, Article]:
    """By the name that the questions have for them."""
    paths = [path for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md"]
    return {path.stem: extract(path.read_bytes(), name=path.name) for path in paths}


def questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / "questions.jsonl").read_text("utf-8").splitlines()]


def outcomes(embedder: Embedder) -> Iterator[Outcome]:
    library = Library.open(None, embedder)
    ids = {name: library.add(article).article.id for name, article in articles().items()}
    for entry in questions():
        found = library.ask(entry["question"], ids[entry["article"]], history=entry.get("history", []))
        answered = isinstance(found, Answer)
        if entry["answer"] is None:
            right = first = isinstance(found, NotAQuestion) or not answered
        else:
            holds = [entry["answer"] in quote.text for quote in found.quotes] if isinstance(found, Answer) else []
            right, first = any(holds), holds[:1] == [True]
        yield Outcome(entry["id"], entry["kind"], entry["language"], answered, first, right)
