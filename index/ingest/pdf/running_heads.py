"""Running heads and feet, and page numbers: what stands at the same height on page after page."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from index.ingest.pdf.layout import Line

_ZONE = 0.13  # of a page's height, at its top and at its bottom
_OUTERMOST = 3  # rows of a page at its top, and at its bottom, outside of that zone
_SAME_HEIGHT = 4.0  # points
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(
    r"[^\w\s]{0,2}\s?(?:[^\W\d_]{1,8}\.?\s)?\d{1,4}(?:\s?(?:/|[^\W\d_]{1,4})\s?\d{1,4})?\s?[^\w\s]{0,2}"
)
_WHEN_OR_WHERE = re.compile(r"[\d\s/.:,-]{6,}(?:[ap]m)?|(?:https?|file)://\S+", re.IGNORECASE)  # as a browser prints
_ROMAN = re.compile(r"[^\w\s]?\s?[ivxl]{1,7}\s?[^\w\s]?")


def remove_running_heads(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[list[Line]]:
    """The segments of each page without those that its head and foot repeat; digits do not count."""
    outer = [_outer(lines, height) for lines, height in zip(pages, heights, strict=True)]
    places: dict[tuple[str, int], set[int]] = defaultdict(set)
    for number, edges in enumerate(outer):
        for line in edges:
            text, height = _place(line)
            for near in (height - 1, height, height + 1):
                places[text, near].add(number)
    repeated = {place for place, where in places.items() if _repeats(where)}
    kept = []
    for number, lines in enumerate(pages):
        ys = sorted(line.y for line in lines)
        numbers = {line.y for line in outer[number] if _is_number(line, ys, heights[number])}
        # What stands beside a page's number is its head or foot.
        dropped = {
            line for line in outer[number] if _place(line) in repeated or any(abs(line.y - y) <= 2 for y in numbers)
        }
        peeled = {*_peeled(lines, dropped), *_peeled(lines[::-1], dropped)}
        kept.append([line for line in lines if line not in peeled])
    return kept


def _peeled(lines: Sequence[Line], dropped: set[Line]) -> Iterator[Line]:
    """Those that are dropped, from the edge inwards, as far as whole rows are: text that repeats itself is text."""
    for _, row in groupby(lines, lambda line: round(line.y / _SAME_HEIGHT)):
        found = list(row)
        yield from (line for line in found if line in dropped)
        if not dropped.issuperset(found):
            return


def _outer(lines: Sequence[Line], height: float) -> list[Line]:
    heights = sorted({round(line.y) for line in lines})
    top = [*heights[:_OUTERMOST], 0][min(_OUTERMOST, len(heights)) - 1] if heights else 0
    bottom = heights[-min(_OUTERMOST, len(heights))] if heights else 0
    # A short page is all edges: there only the zone counts.
    if len(heights) <= 2 * _OUTERMOST:
        top, bottom = 0, round(height)
    return [
        line
        for line in lines
        if line.y < max(_ZONE * height, top + 1) or line.y > min((1 - _ZONE) * height, bottom - 1)
    ]


def _place(line: Line) -> tuple[str, int]:
    """The text without its digits and spaces, and the height."""
    return "".join(_DIGITS.sub("#", line.text.casefold()).split()), round(line.y / _SAME_HEIGHT)


def _repeats(where: set[int]) -> bool:
    """On three pages, or on two that are next to each other or face the same way."""
    return len(where) > 2 or (len(where) == 2 and max(where) - min(where) <= 2)


def _is_number(line: Line, ys: Sequence[float], height: float) -> bool:
    """A number alone in the outermost row, in the zone and apart from the text, whose heights ``ys`` are sorted."""
    if not any(kind.fullmatch(line.text) for kind in (_NUMBER, _ROMAN, _WHEN_OR_WHERE)):
        return False
    first, after = bisect_left(ys, line.y - 2), bisect_right(ys, line.y + 2)
    if line.y > (1 - _ZONE) * height:
        return after == len(ys) and (not first or ys[first - 1] < line.y - 1.3 * line.size)
    return line.y < _ZONE * height and not first and (after == len(ys) or ys[after] > line.y + 1.3 * line.size)
