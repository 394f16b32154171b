"""A process at work on a library is killed at any moment, again and again; nothing may be lost, nothing made up.

The worker tells of each change before it begins and once it is committed. After the kill, what it said is compared with
what the library says. In some runs what the dead process had not synced yet is torn as well, as a power cut does it.
"""

import json
import os
import random
import signal
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import DamagedLibrary
from index.library import Library
from index.models import Answer, Article
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import RANKER

FEWEST, MOST = 10, 30  # articles
LONGEST = 0.4  # seconds that a worker is let work
TORN = 3  # one run in so many
PAGE = 4096  # bytes, of SQLite's
ASKED = 5  # articles, each in two ways
OPERATIONS = {"add": 12, "refresh": 9, "remove": 9, "rebuild": 1, "save the index": 6}  # how often, of all
CHANGING = {"add", "refresh", "remove"}
Change = tuple[str, int, int]  # the operation, the article's number and its version, which is 0 once it is removed


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one kill. ``faults`` is what ``verify`` found, ``unanswered`` counts questions that were not answered and not
    told why, ``seconds`` go from opening the library to the first answer."""

    during: str
    torn: bool
    lost: int
    returned: int
    wrong: int
    unanswered: int
    faults: tuple[str, ...]
    mended: bool
    seconds: float


def article(number: int, version: int) -> Article:
    return Article(
        f"The mast number {number} was painted by Painter{version} in spring. It is {number % 70 + 9} metres tall.\n\n"
        f"Its rope came from Yard{version}. Nobody has climbed mast {number} since then.",
        f"Mast {number}",
        url=f"https://masts.example/{number}",
        language="en",
    )


def opened(folder: Path) -> Library:
    return Library(Store(folder, "words"), WordEmbedder(), RANKER)


def numbers(library: Library) -> dict[int, str]:
    """The id of each article by its number."""
    return {int((one.url or "").rpartition("/")[2]): one.id for one in library.articles()}


# The process that is killed


def work(folder: Path, seed: int) -> None:
    """Change the library at random for ever, and say so."""
    rng = random.Random(seed)
    wal = folder / "library.sqlite3-wal"
    say("ready")
    with opened(folder) as library:
        while True:
            there = numbers(library)
            operation = rng.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
            if len(there) < FEWEST or (operation == "remove" and len(there) == FEWEST):
                operation = "add"
            elif operation == "add" and len(there) >= MOST:
                operation = "remove"
            number = rng.randrange(10**9) if operation == "add" else rng.choice(sorted(there))
            version = rng.randrange(1, 10**6) if operation in {"add", "refresh"} else 0
            say("begin", operation, number, version)
            match operation:
                case "add":
                    library.add(article(number, version))
                case "refresh":
                    library.add(article(number, version), corrects=there[number])
                case "remove":
                    library.remove(there[number])
                case "rebuild":
                    library.rebuild()
                case _:
                    library.save_index()
            say("done", wal.stat().st_size)


def say(*what: object) -> None:
    print(json.dumps(what), flush=True)


# Who kills it


def killed(folder: Path, seed: int, seconds: float) -> tuple[list[Change], Change | None, int]:
    """What a worker has committed, what it was at when it was killed, and how long its WAL was at its last word."""
    command = [sys.executable, "-m", "benchmarks.library_faults", str(folder), str(seed)]
    root = Path(__file__).parents[1]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done: list[Change] = []
    preload: Change | None = None
    synced = sys.maxsize
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(seconds)
        worker.kill()
        lines = worker.stdout.read().splitlines(keepends=True)
    if worker.returncode != -signal.SIGKILL:
        raise RuntimeError(f"the worker ended by itself ({worker.returncode})")
    for line in lines:
        if not line.endswith("\n"):
            break  # it was killed while it spoke
        match json.loads(line):
            case ["begin", operation, number, version]:
                preload = operation, number, version
            case ["done", size]:
                assert preload is not None
                done.append(preload)
                preload, synced = None, size
    return done, preload, synced


def _copied(folder: Path) -> int:
    """How much of the WAL SQLite has begun to copy into the library's file: no power cut can take that back, for it was
    synced before (``nBackfillAttempted``, https://sqlite.org/walformat.html#the_wal_index_file_format)."""
    index = folder / "library.sqlite3-shm"
    frames = struct.unpack_from("=I", index.read_bytes(), 128)[0] if index.exists() else 0
    return int(32 + frames * (24 + PAGE))


def tear(folder: Path, synced: int, rng: random.Random) -> bool:
    """Spoil what was written to the WAL after its last sync that is known of; whether there was any."""
    wal = folder / "library.sqlite3-wal"
    size = wal.stat().st_size if wal.exists() else 0
    synced = max(synced, _copied(folder))
    if size <= synced:
        return False
    cut = rng.randrange(synced, size)
    with wal.open("r+b") as file:
        if rng.random() < 0.5:
            file.truncate(cut)
        else:
            file.seek(cut)
            file.write(rng.choice((bytes(size - cut), rng.randbytes(size - cut))))
    return True


def run(folder: Path, runs: int, seed: int) -> list[Outcome]:
    """Kill so many workers one after the other, all at the same library."""
    rng = random.Random(seed)
    known: dict[int, int] = {}
    outcomes = []
    for n in range(runs):
        done, preload, synced = killed(folder, rng.randrange(10**9), rng.uniform(0, LONGEST))
        # To save the index is two steps, of which the first is synced before the second begins.
        single = preload is not None and preload[0] in CHANGING | {"rebuild"}
        torn = n % TORN == 0 and single and tear(folder, synced, rng)
        known.update({number: version for operation, number, version in done if operation in CHANGING})
        outcomes.append(_examined(folder, known, preload, torn, rng))
    return outcomes


def _examined(folder: Path, known: dict[int, int], preload: Change | None, torn: bool, rng: random.Random) -> Outcome:
    """Compare the library with what is ``known`` of it, its articles' versions, and bring that up to date."""
    during, changed, version = preload or ("between two", -1, 0)
    allowed = {number: {at} for number, at in known.items()}
    if during in CHANGING:
        allowed.setdefault(changed, {0}).add(version)
    started = time.perf_counter()
    with opened(folder) as library:
        there = numbers(library)
        first = next(iter(there), None)
        if first is not None:
            _ask(library, first, None)
        seconds = time.perf_counter() - started
        faults = tuple(str(fault) for fault in library.verify())
        lost = returned = 0
        for number, versions in allowed.items():
            texts = {article(number, one).text: one for one in versions if one}
            said = library.article(there[number]).text if number in there else None
            lost += (0 not in versions) if said is None else (bool(texts) and said not in texts)
            returned += said is not None and not texts
            known[number] = texts.get(said, 0) if said is not None else 0
        returned += len(there.keys() - allowed.keys())
        asked = rng.sample(sorted(there), min(ASKED, len(there)))
        if changed in there and changed not in asked:
            asked.append(changed)
        wrong = unanswered = 0
        for number in asked:
            for where in (there[number], None):
                verdict = _ask(library, number, where, article(number, known[number]))
                wrong += verdict == "wrong"
                unanswered += verdict == "unanswered"
        if faults:
            library.rebuild()
        mended = not library.verify() and numbers(library) == there
    return Outcome(during, torn, lost, returned, wrong, unanswered, faults, mended, seconds)


def _ask(library: Library, number: int, where: str | None, expected: Article | None = None) -> str:
    """Whether it is answered from the article as it is ``expected``, and in its words."""
    try:
        found = library.ask(f"By whom was the mast number {number} painted in spring?", where)
    except DamagedLibrary:
        return "told why"
    if not isinstance(found, Answer):
        return "unanswered"
    text = expected.text if expected else ""
    right = all(q.text == q.article.text[q.start : q.end] and q.text in text for q in found.quotes)
    return "right" if right else "wrong"


def table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "| killed during | runs | of them torn | articles lost | removed ones back | wrong quotes | unanswered "
        "| to be mended | mended by quoth rebuild | seconds to the first answer, median / longest |",
        "| --- |" + " ---: |" * 9,
    ]
    each = sorted({one.during for one in outcomes})
    for name in (*each, "any"):
        some = [one for one in outcomes if name in {one.during, "any"}]
        sums = [sum(getattr(one, field) for one in some) for field in ("lost", "returned", "wrong", "unanswered")]
        faulty = [one for one in some if one.faults]
        times = [one.seconds for one in some]
        lines.append(
            f"| {name} | {len(some)} | {sum(one.torn for one in some)} | {' | '.join(map(str, sums))} | {len(faulty)} "
            f"| {sum(one.mended for one in faulty)} | {statistics.median(times):.2f} / {max(times):.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
