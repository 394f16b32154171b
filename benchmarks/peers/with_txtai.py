"""txtai's hybrid search: vectors (FAISS) and BM25. It gets Quoth's sentences: its own splitter needs a download."""

from pathlib import Path

from benchmarks.peers.course import Told, run

SHOWN = 3  # txtai's own default


class Txtai:
    def __init__(self, model: str, folder: Path) -> None:
        self._folder = folder
        self._shared: dict[str, object] = {}
        self._config = {"path": model, "method": "meanpooling", "hybrid": True, "content": True, "gpu": False}

    def index(self, number: int, article: Told) -> None:
        from txtai import Embeddings

        embeddings = Embeddings(self._config, models=self._shared)
        embeddings.index(article["sentences"])
        embeddings.save(str(self._folder / str(number)))

    def open(self, numbers: list[int]) -> None:
        from txtai import Embeddings

        self._indexes = {}
        for number in numbers:
            self._indexes[number] = Embeddings(self._config, models=self._shared)
            self._indexes[number].load(str(self._folder / str(number)))

    def ask(self, number: int, question: str) -> tuple[list[str], list[str]]:
        # As a parameter, because a question that looks like SQL would run as SQL.
        sql = f"select text from txtai where similar(:question) limit {SHOWN}"
        found = self._indexes[number].search(sql, SHOWN, parameters={"question": question})
        return [one["text"] for one in found], []


if __name__ == "__main__":
    run(Txtai)
