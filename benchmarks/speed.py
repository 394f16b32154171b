"""How fast and how large: python -m benchmarks.speed [--model NAME]

Times the whole way of a question through the library and what of it is not the embedding, indexing, start-up and
memory. The articles are made up on the spot; nothing is read from elsewhere.
"""

import argparse
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from index.embedder import Vectors
from index.engine import LazyEmbedder
from index.library import Library
from index.models import Article

PEOPLE = ("the mayor", "a fisherman", "the council", "our teacher", "the coast guard", "a doctor", "an engineer")
DEEDS = ("repaired", "described", "measured", "sold", "praised", "moved", "painted", "opened", "photographed")
THINGS = ("the old bridge", "a lighthouse", "three boats", "the market hall", "a rare orchid", "the harbour wall")
TIMES = ("in 1987", "last spring", "before the storm", "on a Monday in May", "after nine years", "within two hours")


def made_up(seed: int, paragraphs: int = 8, sentences: int = 4) -> Article:
    """An article of grammatical nonsense, always the same for the same seed."""
    r = random.Random(seed)
    blocks = [
        " ".join(
            f"{r.choice(PEOPLE).capitalize()} {r.choice(DEEDS)} {r.choice(THINGS)} {r.choice(TIMES)}, and "
            f"{r.choice(PEOPLE)} paid {r.randrange(2, 900)} crowns for it."
            for _ in range(sentences)
        )
        for _ in range(paragraphs)
    ]
    return Article("\n\n".join(blocks), f"Notes from the harbour, part {seed}", language="en")


def asked(seed: int) -> str:
    r = random.Random(-seed)
    return f"Who {r.choice(DEEDS)} {r.choice(THINGS)} {r.choice(TIMES)}?"


class Timed(LazyEmbedder):
    """Counts the seconds that questions spend in the model."""

    seconds = 0.0

    def question_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        started = time.perf_counter()
        found = super().question_tokens(texts)
        self.seconds += time.perf_counter() - started
        return found

    def questions(self, texts: Sequence[str]) -> Vectors:
        started = time.perf_counter()
        found = super().questions(texts)
        self.seconds += time.perf_counter() - started
        return found


def whole_process(*command: str) -> float:
    """Median wall seconds of three runs."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bot", *command], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def median_ms(work: Sequence[float]) -> str:
    ordered = sorted(work)
    return f"median {statistics.median(ordered):.1f} ms, p95 {ordered[int(0.95 * len(ordered))]:.1f} ms"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="multilingual")
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args(arguments)
    os.environ["QUOTH_MODEL"] = options.model
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, model {options.model}")

    embedder = Timed(options.model)
    started = time.perf_counter()
    library = Library.open(None, embedder)
    library.warm()
    print(f"library and model ready: {time.perf_counter() - started:.1f} s")

    started = time.perf_counter()
    count = sum(library.add(made_up(seed)).passages for seed in range(options.articles))
    seconds = time.perf_counter() - started
    print(f"indexing: {count / seconds:.0f} sentences a second ({count} in {seconds:.1f} s)")

    ids = [listing.id for listing in library.articles()]
    questions = [asked(seed) for seed in range(options.questions)]
    for name, work in {
        "a question to one article": lambda i: library.ask(questions[i], ids[i % len(ids)]),
        "a question to the library": lambda i: library.ask(questions[i]),
        "its embedding alone": lambda i: embedder.questions([questions[i]]),
    }.items():
        times, beside = [], []
        for i in range(len(questions)):
            before, started = embedder.seconds, time.perf_counter()
            work(i)
            seconds = time.perf_counter() - started
            times.append(seconds * 1000)
            beside.append((seconds - embedder.seconds + before) * 1000)
        print(
            f"{name}: {median_ms(times)}"
            + (f"; beside the embedding {median_ms(beside)}" if name.startswith("a question") else "")
        )
    print(f"memory of this process, highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "article.txt"
        source.write_text(made_up(0).text)
        print(f"quoth --help: {whole_process('--help'):.2f} s")
        command = ("ask", asked(0), "--article", str(source), "--data", folder)
        print(f"quoth ask about a file, from cold: {whole_process(*command):.1f} s")


if __name__ == "__main__":
    main()
