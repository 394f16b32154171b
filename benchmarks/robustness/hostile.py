"""Try inputs that are made to take long, each in two sizes: python -m benchmarks.robustness.hostile [--only WORD]

Four times the input should take four times as long. If "growth" is well above 1, something is not linear. No input may
take more than 20 s or 1.5 GB, and each must end in an article or a clear error.
"""

import argparse
from collections.abc import Iterator

from benchmarks.results import keep
from benchmarks.robustness.hostile_files import FEEDS, HEADS, PDFS, UNPACKED, WORDS
from benchmarks.robustness.hostile_texts import MARKDOWN, MEGA, PAGES, TEXTS, Maker
from fuzzing.watched import Case, Kind, Outcome, Watched

TYPES = {"feed": "application/xml"}
LEAST = 0.2  # seconds; growth is not reported for shorter times


def groups() -> Iterator[tuple[str, dict[str, tuple[int, Maker]], Kind, str]]:
    yield "page", PAGES, "extract", "a.html"
    yield "page of no name", {name: PAGES[name] for name in ("<!---->", "<", "spaces")}, "extract", "-"
    yield "text", TEXTS, "extract", "a.txt"
    yield "text of no name", TEXTS, "extract", "-"
    yield "Markdown", MARKDOWN, "extract", "a.md"
    yield "feed", FEEDS, "feed", "-"
    yield (
        "page's feed",
        {n: PAGES[n] for n in ("<", "nested div", "links rel", "unclosed p", "a long attribute")},
        "page's feed",
        "-",
    )
    yield "gzip", UNPACKED, "unpack", "gzip"
    yield "gzip of a text", UNPACKED, "extract", "a.txt.gz"
    yield "head", HEADS, "refresh", "-"
    yield "PDF", PDFS, "extract", "a.pdf"
    yield "Word", WORDS, "extract", "a.docx"


def main() -> None:
    parser = argparse.ArgumentParser(description="Inputs made to take long")
    parser.add_argument("--only", default="", help="a part of the names of those to try")
    wanted = parser.parse_args().only
    print("| input | MB | s | growth | peak MB | ends in |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    outcomes: list[Outcome] = []
    with Watched() as watched:
        for group, inputs, kind, name in groups():
            for what, (count, make) in inputs.items():
                if wanted in f"{group}: {what}":
                    few = watched.run(Case(kind, make(max(count // 4, 1)), name, TYPES.get(kind)))
                    data = make(count)
                    many = watched.run(Case(kind, data, name, TYPES.get(kind)))
                    print(f"| {group}: {what} | {len(data) / MEGA:.2f} | {row(few, many)} |", flush=True)
                    outcomes += few, many
    failed = sum(one.verdict == "failed" for one in outcomes)
    print(f"\n{failed or 'none'} failed")
    if not wanted:
        longest, largest = max(one.seconds for one in outcomes), max(one.megabytes for one in outcomes)
        keep("hostile", {"inputs": len(outcomes), "failed": failed, "longest": longest, "largest": largest})
    if failed:
        raise SystemExit(1)


def row(few: Outcome, many: Outcome) -> str:
    growth = f"{many.seconds / few.seconds / 4:.1f}" if many.seconds > LEAST else ""
    return f"{many.seconds:.1f} | {growth} | {max(few.megabytes, many.megabytes)} | {many.verdict}: {many.detail}"


if __name__ == "__main__":
    main()
