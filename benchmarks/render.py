"""Render the tables of the docs from the results of the benchmarks: python -m benchmarks.render [--check]

README.md and the pages of docs/ have places for tables, between ``<!-- table: NAME -->`` and ``<!-- end -->``. Each is
filled from ``benchmarks/tables/NAME.md``: ``{speed[article]:.1f}`` is a figure of ``results/speed.json``, ``:.1p``
writes a share as a percentage, and ``{source}`` says when and where the figures were measured. ``--check`` writes
nothing, and exits with 1 if a page differs from what would be rendered.
"""

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from benchmarks.results import ROOT, kept

TEMPLATES = Path(__file__).parent / "tables"
PLACE = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
SOURCE = "source"

Results = Mapping[str, Mapping[str, Any]]


class Figures(Formatter):
    """A ``str.format`` that writes 0.5 as "50.0 %" for ``:.1p``."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.endswith("p"):
            return f"{100 * value:{format_spec[:-1]}f} %"
        return format(value, format_spec)


def rendered(page: str, templates: Mapping[str, str], results: Results) -> str:
    """The page with its tables filled from the present results.

    Raises:
        KeyError: a table, a result or a figure is missing.
    """
    return PLACE.sub(lambda place: place[1] + table(templates[place[2]], results) + place[3], page)


def table(template: str, results: Results) -> str:
    names = {re.split(r"[.\[]", field)[0] for _, field, _, _ in Formatter().parse(template) if field}
    used = {name: results[name] for name in sorted(names - {SOURCE})}
    figures = {name: result["figures"] for name, result in used.items()}
    return Figures().vformat(template, (), {**figures, SOURCE: source(list(used.values()))})


def source(used: Sequence[Mapping[str, Any]]) -> str:
    """When and where the figures were measured, with one sentence for each result."""
    return ". ".join(dict.fromkeys(map(_measured, used)))


def _measured(result: Mapping[str, Any]) -> str:
    if note := result.get("note"):
        return str(note)
    return f"Measured on {result['date']} at {result['commit']}, {result['machine']}"


def pages() -> Iterator[Path]:
    yield from (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args(arguments).check
    templates = {path.stem: path.read_text("utf-8") for path in TEMPLATES.glob("*.md")}
    results = kept()
    stale = []
    for path in pages():
        text = path.read_text("utf-8")
        new = rendered(text, templates, results)
        if new != text:
            stale.append(path.relative_to(ROOT))
            if not check:
                path.write_text(new, "utf-8")
    for page in stale:
        print(f"{page}: {'not as its figures are; run python -m benchmarks.render' if check else 'rendered'}")
    if check and stale:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
