"""The tasks of every peer. Each runs in a separate process and, except Quoth, in a separate environment.

``MODULE index JOB`` makes an index of each article of the job in the job's folder. ``MODULE ask JOB`` opens these and
asks the job's questions. A job is JSON: ``model`` (a sentence-transformers folder), ``folder``, ``articles`` (each with
its ``text`` and its ``sentences``) and ``questions`` (each a pair of an article's number and the question). The output
is JSON: for each question the ``seconds`` it took, the pieces ``shown``, best first, and those ``behind`` a button; and
the ``resident`` memory in megabytes.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypedDict


class Told(TypedDict):
    text: str
    sentences: list[str]


class Peer(Protocol):
    """A tool under test, made from the model's folder and the folder for indexes."""

    def index(self, number: int, article: Told) -> None: ...

    def open(self, numbers: list[int]) -> None: ...

    def ask(self, number: int, question: str) -> tuple[list[str], list[str]]:
        """The pieces shown to the reader, best first, and those shown when the reader asks for more.

        The first list is empty if the tool says that there is no answer.
        """
        ...


def run(make: Callable[[str, Path], Peer]) -> None:
    job = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    peer = make(job["model"], Path(job["folder"]))
    if sys.argv[1] == "index":
        for number, article in enumerate(job["articles"]):
            peer.index(number, article)
        return
    peer.open(sorted({number for number, _ in job["questions"]}))
    seconds, replies = [], []
    for number, question in job["questions"]:
        started = time.perf_counter()
        replies.append(peer.ask(number, question))
        seconds.append(time.perf_counter() - started)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    shown, behind = zip(*replies, strict=True)
    print(json.dumps({"seconds": seconds, "shown": shown, "behind": behind, "resident": resident}))
