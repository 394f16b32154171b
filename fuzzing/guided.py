"""The fuzzer of this folder, led by which lines of index/ an input reaches:

    pip install '.[fuzz]'; python -m fuzzing.guided [--minutes 60] [--corpus FOLDER] [--keep FOLDER]

atheris (libFuzzer) grows its own inputs, into the corpus, from those of ``tests/support/corpus`` and the documents made
in ``fuzzing/cases.py``: many a second, and small, where ``python -m fuzzing`` has few and large ones. It ends at the
first failure, whose input it keeps in the folder; ``--repeat FILE`` reads that once more. ``--smallest`` only puts the
fewest of the corpus into ``tests/support/corpus`` that reach, together, each line that all of it reaches.
"""

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import atheris

with atheris.instrument_imports(include=["index"]):
    from fuzzing.cases import by_first_byte, seeds
    from fuzzing.watched import LARGEST, LONGEST, verdict_on

ROOT = Path(__file__).parent.parent
INDEX, SMALL = str(ROOT / "index"), ROOT / "tests" / "support" / "corpus"
SMALLEST = 4_000  # bytes of an input that is kept
Line = tuple[str, int]
FORMS = {"html": 1, "markdown": 2, "text": 3, "docx": 5, "feed": 6}


def read(data: bytes) -> None:
    verdict_on(by_first_byte(data))


def main() -> None:
    parser = argparse.ArgumentParser(description="Inputs that reach new lines")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--corpus", type=Path, help="where it grows; without one, it is forgotten")
    parser.add_argument("--smallest", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path("failed"), help="a folder for what failed")
    parser.add_argument("--repeat", type=Path, help="a file that failed")
    given = parser.parse_args()
    if given.repeat:
        read(given.repeat.read_bytes())
        return
    if given.smallest:
        take_smallest(given.corpus)
        return
    given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = given.corpus or Path(folder)
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(None)):
            if seed.form in FORMS:
                (corpus / f"seed-{number}").write_bytes(bytes([FORMS[seed.form]]) + seed.data)
        limits = [f"-timeout={LONGEST:.0f}", f"-rss_limit_mb={LARGEST}", f"-max_total_time={60 * given.minutes:.0f}"]
        others = [f"-artifact_prefix={given.keep}/", "-max_len=20000", "-print_final_stats=1", "-verbosity=0"]
        atheris.Setup([sys.argv[0], str(corpus), str(SMALL), *limits, *others], read)
        atheris.Fuzz()


def take_smallest(corpus: Path) -> None:
    """By greed: again and again the one that reaches most lines which none before it has, the smaller first."""
    SMALL.mkdir(exist_ok=True)
    paths = sorted([*corpus.iterdir(), *SMALL.iterdir()], key=lambda path: path.stat().st_size)
    inputs = [path.read_bytes() for path in paths if path.stat().st_size <= SMALLEST]
    for path in SMALL.iterdir():
        path.unlink()
    reached = {data: lines_of(data) for data in inputs}
    missing = set[Line]().union(*reached.values())
    print(f"{len(inputs)} inputs reach {len(missing)} lines")
    while missing:
        data = max(inputs, key=lambda one: len(reached[one] & missing))
        missing -= reached[data]
        (SMALL / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
    print(f"{len(list(SMALL.iterdir()))} of them are enough")


def lines_of(data: bytes) -> set[Line]:
    """Those of index/ that are run while it is read."""
    lines = set[Line]()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(INDEX):
            return None
        lines.add((name, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        read(data)
    finally:
        sys.settrace(None)
    return lines


if __name__ == "__main__":
    main()
