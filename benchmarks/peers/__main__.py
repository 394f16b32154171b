"""Compare Quoth with other tools: python -m benchmarks.peers [--data DIR] [--model NAME] [--environment DIR]

The same questions about the same articles go through Quoth and through tools that a user may choose instead, txtai and
LangChain, with the same model. The others are installed in a separate environment. The questions are XQuAD's English
ones, as written and loosely worded; each is asked to its article and to another one.

``right``: what is shown as the answer contains the whole answer. For Quoth that are its quotes, for the others, which
return a list, its first piece (``in list``: any piece). ``to read``: the characters up to the end of the answer, in the
order shown. If the answer is not shown, the reader then reads the article from its beginning; a reader who is told that
the article has no answer first presses the button for the closest passage. ``said so``: the share of the questions to
another article for which the tool says that there is no answer.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.corpus import LOOSE, Told, load, questions
from benchmarks.results import DEFAULT_MODEL, keep, named
from benchmarks.speed.timing import at
from index.embed.bundled_models import BUNDLED, default_cache, folder_for
from index.embed.model_loader import LazyEmbedder

REQUIRED = (
    "torch==2.13.0", "sentence-transformers", "faiss-cpu", "txtai", "langchain-community", "langchain-huggingface",
    "langchain-text-splitters",
)  # fmt: skip
OTHER = 7  # a question is also asked to the article this many places further on, which does not answer it
STARTS = 3
# What is installed for each. Quoth is already in this environment.
NAMES = {"with_quoth": "Quoth", "with_txtai": "txtai hybrid", "with_langchain": "LangChain 1000/200, FAISS"}


@dataclass(frozen=True, slots=True)
class Put:
    """A question to an article. ``answer`` is the range of the answer in its text; None if it has no answer."""

    article: int
    question: str
    wording: str
    answer: tuple[int, int] | None


def put(told: Sequence[Told], folder: Path) -> list[Put]:
    found = []
    for wording in ("en", LOOSE):
        asked = questions(folder, wording)
        for number, one in enumerate(told):
            for case in one.cases:
                if case.id in asked:
                    found.append(Put(number, asked[case.id], wording, (case.start, case.end)))
                    found.append(Put((number + OTHER) % len(told), asked[case.id], wording, None))
    return found


def read(text: str, answer: tuple[int, int], shown: Sequence[str]) -> tuple[int, int]:
    """The characters up to the end of the answer, and the index of the piece that contains it; -1 if none does."""
    before = 0
    for number, piece in enumerate(shown):
        start = text.find(piece)
        if start >= 0 and start <= answer[0] and answer[1] <= start + len(piece):
            return before + answer[1] - start, number
        before += len(piece)
    return before + answer[1], -1


def environment(folder: Path) -> Path:
    """The Python of the peers' environment, which is made if it does not exist."""
    python = folder / "bin" / "python"
    if not python.exists():
        print("installing the peers: a few minutes", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *REQUIRED], check=True, stderr=subprocess.DEVNULL)
    return python


def process(python: Path, module: str, mode: str, job: Path) -> tuple[float, dict[str, Any]]:
    """The wall-clock seconds of a process, and the JSON that it printed."""
    command = [str(python), "-m", f"benchmarks.peers.{module}", mode, str(job)]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", "LANGCHAIN_TRACING_V2": "false"}
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=offline)
    return time.perf_counter() - started, json.loads(done.stdout.splitlines()[-1]) if mode == "ask" else {}


def compared(
    module: str, python: Path, model: str, told: Sequence[Told], asked: Sequence[Put]
) -> dict[str, dict[str, float]]:
    """The columns of the table for each wording."""
    with tempfile.TemporaryDirectory() as temporary:
        articles = [
            {
                "text": (text := one.document.article.text),
                "sentences": [text[p.start : p.end] for p in one.document.passages],
            }
            for one in told
        ]
        job = {"model": model, "folder": temporary, "articles": articles}
        path, one = Path(temporary) / "job.json", Path(temporary) / "one.json"
        path.write_text(json.dumps(job | {"questions": [(p.article, p.question) for p in asked]}))
        one.write_text(json.dumps(job | {"articles": [], "questions": [(0, asked[0].question)]}))
        process(python, module, "index", path)
        cold = statistics.median(process(python, module, "ask", one)[0] for _ in range(STARTS))
        _, found = process(python, module, "ask", path)
    mine = module == "with_quoth"
    rows: dict[str, dict[str, float]] = {}
    for wording in ("en", LOOSE):
        which = [i for i, p in enumerate(asked) if p.wording == wording]
        own = [i for i in which if asked[i].answer]
        off = [i for i in which if not asked[i].answer]
        reads = []
        for i in own:
            text, answer = told[asked[i].article].document.article.text, asked[i].answer
            reads.append(read(text, answer or (0, 0), found["shown"][i] + found["behind"][i]))
        counts = [count for count, _ in reads]
        listed = sum(number >= 0 for _, number in reads) / len(own)
        # The answer is all quotes for Quoth, and the first piece of the list for the others.
        first = [len(s) if mine else 1 for s in found["shown"]]
        right = sum(0 <= number < first[i] for i, (_, number) in zip(own, reads, strict=True)) / len(own)
        seconds = sorted(found["seconds"][i] for i in own)
        shown = [sum(map(len, found["shown"][i][: first[i]])) for i in own if found["shown"][i]]
        rows[wording] = {
            "right": right,
            "in the list": listed,
            "shown": statistics.mean(shown),
            "read": statistics.mean(counts),
            "median read": statistics.median(counts),
            "said so": sum(not found["shown"][i] for i in off) / len(off),
            "ms": statistics.median(seconds) * 1000,
            "p95": at(seconds, 0.95) * 1000,
            "cold": cold,
            "resident": found["resident"],
        }
    return rows


def row(name: str, wording: str, values: dict[str, float]) -> str:
    right, listed, shown, read, median, said, ms, p95, cold, resident = values.values()
    return (
        f"{name:26} {wording:6} {right:6.3f} {listed:7.3f} {shown:7.0f} {read:7.0f} {median:6.0f} {said:7.3f} "
        f"{ms:6.1f} {p95:6.1f} {cold:5.2f} {resident:6.0f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--environment", type=Path, help="keep the peers' environment there, and use it again")
    options = parser.parse_args(arguments)
    told = load(options.data, LazyEmbedder(options.model), None)
    asked = put(told, options.data)
    folder = options.model
    if folder in BUNDLED:
        folder = str(folder_for(folder, default_cache(), lambda share: None))
    with tempfile.TemporaryDirectory() as temporary:
        python = environment(options.environment or Path(temporary))
        listed = subprocess.run([python, "-m", "pip", "list"], check=True, capture_output=True, text=True).stdout
        names = ("txtai", "langchain-core", "sentence-transformers")
        versions = ", ".join(" ".join(line.split()) for line in listed.splitlines() if line.split()[0] in names)
        print(f"{platform.machine()}, {os.cpu_count()} cores, model {options.model}; {versions}")
        print(f"{'':26} {'asked':6}  right in list   shown    read median said so   ms    p95  cold    MB", flush=True)
        figures: dict[str, Any] = {}
        for module, peer in NAMES.items():
            mine = module == "with_quoth"
            at_hand, model = (Path(sys.executable), options.model) if mine else (python, folder)
            figures[module] = compared(module, at_hand, model, told, asked)
            for wording, values in figures[module].items():
                print(row(peer, wording, values), flush=True)
        keep(named("peers", options.model), {"versions": versions, **figures})


if __name__ == "__main__":
    main()
