"""How a library grows: python -m benchmarks.large [--passages 1000 10000 100000 1000000] [--plot docs/growth.svg]

Synthesised libraries, from a thousand passages to a million (thirty thousand articles): the time of a question to the
whole library and to one article, how much of an exact search's first ten the index finds, start, memory, and what it
takes to add an article and to remove one. Their words are drawn by Zipf's law; their vectors are those of real
sentences of ``benchmarks/own``, mixed and shaken, so that they lie as closely as a model's do.
"""

import argparse
import json
import os
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.growth import svg
from benchmarks.load import at
from index.embed.embedder import Vectors
from index.embed.model_loader import LazyEmbedder
from index.library import Library
from index.models import Article
from index.retrieve.indexed_article import IndexedArticle
from index.retrieve.late_interaction import scorer_for
from index.retrieve.search import POOL
from index.store.sqlite.index_sync import blended_after
from index.store.sqlite.library_store import Store
from index.text.answer_types import answer_types_of
from index.text.sentences import split
from index.text.terms import terms

PASSAGES = 33  # of an article
QUESTIONS = 200
WORDS = 200_000
SHAKEN = 0.35  # length of the noise on a unit vector
ASKED = 0.5  # and on that of a question


class Made:
    """Articles and questions made up, always the same for the same seed."""

    def __init__(self, sentences: Vectors) -> None:
        self._sentences = sentences
        self._random = np.random.default_rng(1)
        r = random.Random(1)
        parts = [a + b for a in "bdfgklmnprstv" for b in ("a", "e", "i", "o", "u", "al", "en", "ir", "os")]
        self._words = ["".join(r.choices(parts, k=r.choice((2, 3, 3, 4)))) for _ in range(WORDS)]

    def vectors(self, count: int) -> Vectors:
        """Unit vectors (count, d): each a mixture of two real ones and noise."""
        n, d = self._sentences.shape
        one, two = self._random.integers(0, n, (2, count))
        share = self._random.uniform(0.3, 0.7, (count, 1))
        found = share * self._sentences[one] + (1 - share) * self._sentences[two]
        found += self._random.standard_normal((count, d)) * SHAKEN / d**0.5
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def words(self, count: int) -> list[str]:
        ranks = np.minimum(self._random.zipf(1.1, count), WORDS) - 1
        return [self._words[rank] for rank in ranks]

    def document(self, number: int) -> IndexedArticle:
        lines = [" ".join(self.words(int(self._random.integers(8, 25)))).capitalize() + "." for _ in range(PASSAGES)]
        text = "\n\n".join(" ".join(lines[i : i + 4]) for i in range(0, PASSAGES, 4))
        article = Article(text, f"Article {number}", language="en")
        passages = split(article)
        count = len(passages)
        known = tuple(tuple(terms(text[p.start : p.end], "en")) for p in passages)
        tokens = tuple(self._random.integers(-60, 60, (22, 96), np.int8) for _ in passages)
        vectors = self.vectors(count)
        context = vectors.mean(0) + 0.5 * vectors
        context = (context / np.linalg.norm(context, axis=1, keepdims=True)).astype(np.float32)
        return IndexedArticle(
            article, passages, vectors, context, known, answer_types_of(article, passages, known), tokens
        )


class QuestionHandler(LazyEmbedder):
    """The real model at work, but its questions' vectors lie where the next of ``vectors`` does."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__("multilingual")
        self._vectors = vectors
        self._next = 0

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        _, tokens = super().question_tokens(texts)
        self._next += 1
        return self._vectors[self._next % len(self._vectors)][None], tokens


def questions(folder: Path, count: int) -> tuple[list[str], Vectors]:
    """Questions about passages of the library: three of a passage's words, and a vector near its own."""
    random = np.random.default_rng(2)
    db = sqlite3.connect(folder / "library.sqlite3")
    highest = db.execute("SELECT max(id) FROM passages").fetchone()[0]
    texts, vectors = [], []
    for number in random.integers(1, highest + 1, count):
        sentence, known = db.execute(
            "SELECT sentence_vec, terms FROM passages p JOIN passages_fts f ON f.rowid = p.id WHERE p.id >= ? LIMIT 1",
            (int(number),),
        ).fetchone()
        texts.append(f"Who saw {' '.join(random.choice(known.split(), 3, replace=False))}?")
        vector = np.frombuffer(sentence, np.float32)
        vector = vector + random.standard_normal(len(vector)) * ASKED / len(vector) ** 0.5
        vectors.append(vector / np.linalg.norm(vector))
    db.close()
    return texts, np.asarray(vectors, np.float32)


def fill(folder: Path, made: Made, passages: int) -> None:
    embedder = LazyEmbedder("multilingual")
    scorer = scorer_for(embedder.name)
    store = Store(folder, embedder.name, scorer.width if scorer else 0)
    started = time.perf_counter()
    have = sum(one.passages for one in store.listings())
    number = store.size()
    while have < passages:
        document = made.document(number)
        store.add(document)
        number += 1
        have += len(document.passages)
    filled = time.perf_counter()
    store.save_index()
    print(
        f"  {number} articles, {have} passages; filled in {filled - started:.0f} s, index in "
        f"{time.perf_counter() - filled:.0f} s; {sum(p.stat().st_size for p in folder.iterdir()) / 1e9:.2f} GB",
        flush=True,
    )
    store.close()


def measure(folder: Path) -> dict[str, float]:
    """Run in a process of its own."""
    texts, vectors = questions(folder, QUESTIONS)
    started = time.perf_counter()
    library = Library.open(folder, QuestionHandler(vectors))
    library.warm()
    found = {"start": time.perf_counter() - started}
    ids = [one.id for one in library.articles()[:50]]
    for name, article in (("library", False), ("article", True)):
        times = []
        for n, text in enumerate(texts):
            before = time.perf_counter()
            library.ask(text, ids[n % len(ids)] if article else None)
            times.append((time.perf_counter() - before) * 1000)
        times.sort()
        found[name], found[f"{name} p95"] = statistics.median(times), at(times, 0.95)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    found["resident"] = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    found["recall"] = recall(library._store, vectors)
    text = " ".join(f"The {word} of {n} was seen in May." for n, word in enumerate(texts[0].split() * 7))
    article = Article(text, "New", language="en")
    before = time.perf_counter()
    library.add(article)
    library.save_index()
    found["add"] = time.perf_counter() - before
    before = time.perf_counter()
    library.remove(article.id)
    library.save_index()
    found["remove"] = time.perf_counter() - before
    library.close()
    return found


def recall(store: Store, asked: Vectors) -> float:
    """Of the ten passages nearest to a question, by exact search, the share that is found.

    As a question does it: from the index as many as it takes, and those compared exactly.
    """
    count = len(asked)
    best, named = np.zeros((count, 0)), np.zeros((count, 0), np.int64)
    for ids, vectors in blended_after(store._db, 0):
        scores = np.hstack([best, asked @ vectors.T])
        names = np.hstack([named, np.broadcast_to(ids, (count, len(ids)))])
        top = np.argsort(-scores, axis=1)[:, :10]
        best, named = np.take_along_axis(scores, top, 1), np.take_along_axis(names, top, 1)
    hits = 0
    for i in range(count):
        owners, vectors = store.blended(store.nearest(asked[i], POOL))
        order = np.argsort(-(vectors @ asked[i]))[:10]
        hits += len(set(named[i].tolist()) & {owners[n][0] for n in order})
    return hits / count / 10


def real_sentences() -> Iterator[str]:
    for path in sorted((Path(__file__).parent / "own").glob("*.md")):
        text = path.read_text("utf-8")
        article = Article(text, path.stem, language="en")
        yield from (text[p.start : p.end] for p in split(article))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="keep the library there, and go on from what is there")
    parser.add_argument("--plot", type=Path, help="draw what was measured there, as SVG")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    sentences = LazyEmbedder("multilingual").passages(list(real_sentences()))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    made = Made(sentences)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        for passages in sorted(options.passages):
            fill(folder, made, passages)
            command = [sys.executable, "-m", "benchmarks.large", "--measure", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append({"passages": passages} | json.loads(done.stdout.splitlines()[-1]))
            print("  " + ", ".join(f"{name} {value:.3g}" for name, value in rows[-1].items()), flush=True)
    if options.plot:
        options.plot.write_text(svg(rows), "utf-8")


if __name__ == "__main__":
    main()
