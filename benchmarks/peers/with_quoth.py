"""Quoth, used as by its bot."""

import json
from pathlib import Path

from benchmarks.peers.course import Told, run
from index.embed.model_loader import LazyEmbedder
from index.library import Library
from index.models import Answer, Article, NoAnswer


class Quoth:
    def __init__(self, model: str, folder: Path) -> None:
        self._embedder = LazyEmbedder(model)
        self._embedder.begin()
        self._library = Library.open(folder / "library", self._embedder)
        self._ids = folder / "ids.json"

    def index(self, number: int, article: Told) -> None:
        added = self._library.add(Article(article["text"], f"Article {number}", language="en"))
        known = json.loads(self._ids.read_text()) if number else []
        self._ids.write_text(json.dumps([*known, added.article.id]))

    def open(self, numbers: list[int]) -> None:
        self._known = json.loads(self._ids.read_text())

    def ask(self, number: int, question: str) -> tuple[list[str], list[str]]:
        found = self._library.ask(question, self._known[number])
        if isinstance(found, Answer):
            return [quote.text for quote in found.quotes], []
        # The candidates are shown by the button "closest passage".
        return [], [quote.text for quote in found.candidates] if isinstance(found, NoAnswer) else []


if __name__ == "__main__":
    run(Quoth)
