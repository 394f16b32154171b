"""Measure large libraries: python -m benchmarks.speed.large [--passages 1000 10000 100000 1000000] [--plot SVG]

The libraries are synthetic, with a thousand to a million passages (thirty thousand articles). Measured are the time of
a question to the whole library and to one article, the recall of the index among the ten nearest passages, the start,
the memory, and the time to add an article and to remove one. Words are drawn by Zipf's law. Vectors are mixtures of
vectors of real sentences (``tests/support/own_questions``) with noise, so that they are as close to each other as a
model's.
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

from benchmarks.results import keep
from benchmarks.speed.growth import svg
from benchmarks.speed.timing import at
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
from tests.support import own_questions

SIZES = [1_000, 10_000, 100_000, 1_000_000]  # passages of a library
PASSAGES = 33  # in each article
QUESTIONS = 200
WORDS = 200_000
SHAKEN = 0.35  # length of the noise added to the unit vector of a passage
ASKED = 0.5  # length of the noise added to that of a question


class Made:
    """Generates articles and questions, always the same for the same seed."""

    def __init__(self, sentences: Vectors) -> None:
        self._sentences = sentences
        self._random = np.random.default_rng(1)
        r = random.Random(1)
        parts = [a + b for a in "bdfgklmnprstv" for b in ("a", "e", "i", "o", "u", "al", "en", "ir", "os")]
        self._words = ["".join(r.choices(parts, k=r.choice((2, 3, 3, 4)))) for _ in range(WORDS)]

    def vectors(self, count: int) -> Vectors:
        """Unit vectors (count, d), each a mixture of two real vectors and noise."""
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


class PlacedQuestions(LazyEmbedder):
    """Runs the real model, but returns the next of ``vectors`` as the vector of a question."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__("multilingual")
        self._vectors = vectors
        self._next = 0

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        _, tokens = super().question_tokens(texts)
        self._next += 1
        return self._vectors[self._next % len(self._vectors)][None], tokens


def questions(folder: Path, count: int) -> tuple[list[str], Vectors]:
    """Questions about passages of the library: each has three words of a passage and a vector near the passage's."""
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
    """Measure a library. Run this in a separate process."""
    texts, vectors = questions(folder, QUESTIONS)
    started = time.perf_counter()
    library = Library.open(folder, PlacedQuestions(vectors))
    library.warm()
    found = {"start": time.perf_counter() - started}
    ids = [one.id for one in library.articles()[:50]]
    for name, alone in (("library", False), ("article", True)):
        times = []
        for n, text in enumerate(texts):
            before = time.perf_counter()
            library.ask(text, ids[n % len(ids)] if alone else None)
            times.append((time.perf_counter() - before) * 1000)
        times.sort()
        found[name], found[f"{name} p95"] = statistics.median(times), at(times, 0.95)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    found["resident"] = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    assert isinstance(library._store, Store)
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
    """The share of the ten passages nearest to a question, by exact search, that a question finds.

    A question takes its pool of passages from the index and then compares these exactly.
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
    for path in sorted(own_questions.FOLDER.glob("*.md")):
        text = path.read_text("utf-8")
        article = Article(text, path.stem, language="en")
        yield from (text[p.start : p.end] for p in split(article))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=SIZES)
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
            command = [sys.executable, "-m", "benchmarks.speed.large", "--measure", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append({"passages": passages} | json.loads(done.stdout.splitlines()[-1]))
            print("  " + ", ".join(f"{name} {value:.3g}" for name, value in rows[-1].items()), flush=True)
    if options.plot:
        options.plot.write_text(svg(rows), "utf-8")
    if options.passages == SIZES:
        keep("large", {f"{row.pop('passages'):,.0f}": row for row in rows})


if __name__ == "__main__":
    main()
