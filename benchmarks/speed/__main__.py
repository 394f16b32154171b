"""Measure speed and size: python -m benchmarks.speed [--model NAME]

It compares a question to the library with embedding the same question alone and with sentence-transformers and FAISS;
indexing with embedding alone; and a cold start with that of a script that uses sentence-transformers. It also measures
memory and installed size. The articles are generated; no data is read.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.results import DEFAULT_MODEL, keep, named
from benchmarks.speed.made_up import asked, made_up
from benchmarks.speed.timing import timed
from index.embed.embedder import Embedder, Vectors
from index.embed.model_loader import LazyEmbedder
from index.library import Library

ARTICLES, QUESTIONS = 20, 200  # only the figures of so many are kept
# Packages that are only needed to compile models, and that the container's image leaves out.
COMPILING = ("torch", "sentence-transformers", "transformers", "scikit-learn", "scipy", "sympy", "networkx", "onnx")
# Scripts as a reader of these libraries' introductions would write them: with a file, and with a stored index.
PLAIN = """
import sys
from sentence_transformers import SentenceTransformer
import faiss
model = SentenceTransformer(sys.argv[1], device="cpu")
sentences = open(sys.argv[2], encoding="utf-8").read().replace("\\n", " ").split(". ")
index = faiss.IndexFlatIP(model.get_embedding_dimension())
index.add(model.encode_document(sentences, normalize_embeddings=True))
_, found = index.search(model.encode_query([sys.argv[3]], normalize_embeddings=True), 3)
print(sentences[found[0][0]])
"""
COLD = """
import sys
from sentence_transformers import SentenceTransformer
import faiss
model = SentenceTransformer(sys.argv[1], device="cpu")
index = faiss.IndexFlatIP(model.get_embedding_dimension())
index.add(model.encode_query(["stored long ago"], normalize_embeddings=True))
index.search(model.encode_query([sys.argv[2]], normalize_embeddings=True), 1)
"""
RESIDENT = """
import sys
from pathlib import Path
from bot.settings import read_settings
from index.embed.model_loader import LazyEmbedder
from index.library import Library
import telegram.ext, bot.telegram.app
library = Library.open(Path(sys.argv[1]), LazyEmbedder(sys.argv[2]))
library.warm()
for n in range(50):
    library.ask(f"Who sold three boats in {1900 + n}?")
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


class Counted:
    """An embedder that records the texts it gets."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.texts: list[str] = []

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return self._embedder.passages(texts)

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.questions(texts)

    def passage_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        self.texts += texts
        return self._embedder.passage_tokens(texts)

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        return self._embedder.question_tokens(texts)

    def background(self) -> Vectors:
        return self._embedder.background()


def process(*command: str, times: int = 5) -> float:
    """The median wall-clock seconds of several runs of a Python process."""
    run = [sys.executable, *command]
    return statistics.median(
        timed(lambda: subprocess.run(run, check=True, capture_output=True))[0] for _ in range(times)
    )


def one_question(library: Library, embedder: Embedder, reference: str, count: int) -> dict[str, float]:
    """Median milliseconds for each way of asking."""
    import faiss
    import numpy as np

    from index.embed.embedder import SentenceTransformerEmbedder

    plain = SentenceTransformerEmbedder(reference).model()
    ids = [listing.id for listing in library.articles()]
    indexes = []
    for one in ids:
        article = library.article(one)
        sentences = [article.text[p.start : p.end] for p in library.passages(one)]
        indexes.append(faiss.IndexFlatIP(embedder.dimension))
        indexes[-1].add(np.asarray(embedder.passages(sentences)))

    def with_plain(question: str, n: int) -> None:
        vector = plain.encode_query([question], normalize_embeddings=True, show_progress_bar=False)
        indexes[n % len(ids)].search(vector, 3)

    works: dict[str, Callable[[str, int], object]] = {
        "its bare embedding": lambda question, n: embedder.questions([question]),
        "one article": lambda question, n: library.ask(question, ids[n % len(ids)]),
        "the whole library": lambda question, n: library.ask(question),
        "sentence-transformers and FAISS": with_plain,
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    # Many questions of the same kind in a row, as in normal use; in two halves, so that a busy moment affects all
    # kinds.
    for half in range(2):
        for name, work in works.items():
            for n in range(half, count, 2):
                seconds[name].append(timed(partial(work, asked(n), n))[0] * 1000)
    bare, mine, whole, theirs = (statistics.median(seconds[name]) for name in works)
    print("\na question                          median      p95")
    for name, values in seconds.items():
        print(f"  {name:32} {statistics.median(values):5.1f} ms {sorted(values)[int(0.95 * len(values))]:5.1f} ms")
    print(f"  one article / its bare embedding {mine / bare:.2f}; the whole library {whole / bare:.2f}")
    print(f"  sentence-transformers and FAISS / one article {theirs / mine:.1f}")
    return {
        "embedding": bare, "article": mine, "library": whole, "reference": theirs,
        "article / embedding": mine / bare, "reference / article": theirs / mine,
    }  # fmt: skip


def indexing(embedder: Embedder, count: int) -> tuple[Library, dict[str, float]]:
    """A library of ``count`` articles, and the figures of indexing them."""
    counted = Counted(embedder)
    articles = [made_up(seed) for seed in range(count)]
    library = Library.open(None, counted)
    seconds, passages = timed(lambda: sum(library.add(article).passages for article in articles))
    bare, _ = timed(lambda: embedder.passages(counted.texts))
    texts = len(counted.texts)
    print(f"\nindexing: {passages / seconds:.0f} sentences a second, {texts / seconds:.0f} texts with what is around")
    print(f"  the bare engine: {texts / bare:.0f} texts a second; share of it {bare / seconds:.0%}")
    return library, {"sentences a second": passages / seconds, "of the bare engine": bare / seconds}


def from_cold(model: str, reference: str) -> dict[str, float]:
    """The seconds of cold starts, and the megabytes of memory."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "article.txt"
        source.write_text(made_up(0).text)
        process("-m", "bot", "add", str(source), "--data", folder, times=1)
        scripts = {name: Path(folder) / name for name in ("cold.py", "plain.py")}
        scripts["cold.py"].write_text(COLD)
        scripts["plain.py"].write_text(PLAIN)
        ask = process("-m", "bot", "ask", asked(0), "--data", folder)
        read = process("-m", "bot", "ask", asked(0), "--article", str(source), "--data", folder)
        cold = process(str(scripts["cold.py"]), reference, asked(0))
        plain = process(str(scripts["plain.py"]), reference, str(source), asked(0))
        print(f"\nfrom cold, a question to the library: {ask:.2f} s; {cold:.1f} s with sentence-transformers")
        print(f"  to a file, which is read first: {read:.2f} s; {plain:.1f} s with sentence-transformers")
        helped = process("-m", "bot", "--help")
        print(f"  {cold / ask:.1f} and {plain / read:.1f} times as long; quoth --help: {helped:.2f} s")
        run = [sys.executable, "-c", RESIDENT, folder, model]
        resident = subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()
        print(f"\nresident memory, with all that the bot imports, after 50 questions: {resident} MB")
    return {
        "cold": ask, "cold reference": cold, "cold reference / cold": cold / ask, "cold, from a file": read,
        "help": helped, "resident": int(resident),
    }  # fmt: skip


def installed() -> dict[str, float]:
    """The megabytes of installed packages."""
    sizes: dict[str, float] = {}
    for one in distributions():
        files = [Path(str(one.locate_file(file))) for file in one.files or ()]
        sizes[one.name.lower()] = sum(file.stat().st_size for file in files if file.is_file()) / 1e6
    left_out = sum(sizes.get(name, 0) for name in COMPILING)
    print(f"\ninstalled here: {sum(sizes.values()):.0f} MB, of which {left_out:.0f} MB only compile models")
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:12]
    print("  " + ", ".join(f"{name} {size:.0f}" for name, size in largest))
    return {"installed": sum(sizes.values()), "installed for compiling": left_out, "torch": sizes.get("torch", 0.0)}


def main(arguments: Sequence[str] | None = None) -> None:
    from index.embed.bundled_models import BUNDLED, default_cache, folder_for

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    options = parser.parse_args(arguments)
    os.environ["QUOTH_MODEL"] = options.model
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, model {options.model}")
    embedder = LazyEmbedder(options.model)
    embedder.questions(["Is the model prepared?"])
    reference = options.model
    if reference in BUNDLED:
        reference = str(folder_for(reference, default_cache(), lambda share: None))
    figures = from_cold(options.model, reference)
    library, filled = indexing(embedder, options.articles)
    figures |= filled | one_question(library, embedder, reference, options.questions) | installed()
    if (options.articles, options.questions) == (ARTICLES, QUESTIONS):
        keep(named("speed", options.model), figures)


if __name__ == "__main__":
    main()
