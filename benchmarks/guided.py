"""The fuzzer of benchmarks/fuzz.py, led by which lines of index/ an input reaches:

    pip install '.[fuzz]'; python -m benchmarks.guided [--minutes 10] [--keep FOLDER]

atheris (libFuzzer) grows its own inputs from the documents made in ``benchmarks/cases.py``: many a second, and small,
where ``benchmarks.fuzz`` has few and large ones. It ends at the first failure, whose input it keeps in the folder;
``--repeat FILE`` reads that once more.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["index"]):
    from benchmarks.cases import seeds
    from benchmarks.watched import LARGEST, LONGEST, Case, Kind, verdict_on

# By the first byte of an input. PDFs are read in a process of their own, which cannot be followed.
READ_AS: tuple[tuple[Kind, str, str | None], ...] = (
    ("extract", "-", None),
    ("extract", "a.html", None),
    ("extract", "a.md", None),
    ("extract", "a.txt", None),
    ("extract", "a.txt", "text/plain; charset=shift_jis"),
    ("extract", "a.docx", None),
    ("feed", "-", "application/xml"),
    ("page's feed", "-", None),
    ("refresh", "-", None),
    ("unpack", "gzip", None),
    ("unpack", "deflate", None),
)
FORMS = {"html": 1, "markdown": 2, "text": 3, "docx": 5, "feed": 6}


def read(data: bytes) -> None:
    kind, name, content_type = READ_AS[data[0] % len(READ_AS)] if data else READ_AS[0]
    verdict_on(Case(kind, data[1:], name, content_type))


def main() -> None:
    parser = argparse.ArgumentParser(description="Inputs that reach new lines")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keep", type=Path, default=Path("failed"), help="a folder for what failed")
    parser.add_argument("--repeat", type=Path, help="a file that failed")
    given = parser.parse_args()
    if given.repeat:
        read(given.repeat.read_bytes())
        return
    given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(None)):
            if seed.form in FORMS:
                (Path(folder) / str(number)).write_bytes(bytes([FORMS[seed.form]]) + seed.data)
        limits = [f"-timeout={LONGEST:.0f}", f"-rss_limit_mb={LARGEST}", f"-max_total_time={60 * given.minutes:.0f}"]
        others = [f"-artifact_prefix={given.keep}/", "-max_len=20000", "-print_final_stats=1", "-verbosity=0"]
        atheris.Setup([sys.argv[0], folder, *limits, *others], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
