"""The words of a page and where they stand -> its lines in the order in which they are read: rows, columns, bands.

All lengths are points, ``y`` a baseline's distance from the top of the page. An em is the size of the type.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from unicodedata import is_normalized

_NOTE_MARK = re.compile(r"[\d,*†‡§]{1,7}")
_MARKABLE = re.compile(r"(?:[^\W\d_]{3}|[.,;:!?)\]\"'”’»])$")  # not "m", whose raised 2 makes it a square
_GAP = 0.9  # ems: no space between words is wider, but where a narrow column is justified
_SAME_ROW = 0.3  # ems between two baselines
_NARROWEST = 9.0  # ems: no narrower column has prose in it
_EDGES = 20  # left edges that many lines begin at, one of which is that of a column
_DEEPEST = 8  # columns and bands within one another
_CELLS = 40  # of the widest table
_FULL = 0.55  # of a column's width, that its middling line fills


@dataclass(frozen=True, slots=True)
class Word:
    """``spaced``: whether white space stands before it."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    spaced: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a column, which reaches from ``left`` to ``right``. ``cells``: a row of a table, whose cells are parted
    by " | ". ``first`` is the width of its first word, ``column`` a number of its own for each column of the page."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    first: float
    left: float = 0.0
    right: float = 0.0
    cells: bool = False
    column: int = 0
    page: int = 0


def segments(words: Sequence[Word]) -> list[Line]:
    """Runs of words on one baseline without a wide gap, from the top: lines, or the parts of lines in columns."""
    if not words:
        return []
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[word.size] += len(word.text)
    em = sizes.most_common(1)[0][0] or 1.0
    rows: list[list[Word]] = []
    for word in sorted(_settled(words, em), key=lambda word: word.y):
        if rows and word.y - rows[-1][0].y <= _SAME_ROW * min(em, word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    found: list[Line] = []
    for row in rows:
        row.sort(key=lambda word: word.x0)
        run, end = [row[0]], row[0].x1
        for word in row[1:]:
            if word.x0 - end > _GAP * max(word.size, run[-1].size):
                found.append(_line(run))
                run = []
            run.append(word)
            end = max(end, word.x1)
        found.append(_line(run))
    return found


def _settled(words: Sequence[Word], em: float) -> list[Word]:
    """Raised and lowered letters on their line's baseline, marks of notes left out, initials with their words."""
    settled: list[Word] = []
    for word in words:
        before = settled[-1] if settled else None
        if before is None:
            settled.append(word)
        elif _is_initial(before, word, em):
            settled[-1] = replace(word, text=before.text + word.text, x0=before.x0, spaced=True)
        elif not _is_note_mark(before, word):
            near = -0.5 * em < word.x0 - before.x1 < 0.5 * em and abs(word.y - before.y) < 0.6 * before.size
            if near and before.size < 0.85 * word.size:
                settled[-1] = replace(before, y=word.y)
            settled.append(replace(word, y=before.y) if near and word.size < 0.85 * before.size else word)
    return settled


def _is_initial(before: Word, word: Word, em: float) -> bool:
    """Whether ``before`` is a large first letter of ``word``, some lines tall."""
    large = len(before.text) == 1 and before.text.isupper() and before.size > 1.8 * max(em, word.size)
    beside = -0.2 * em < word.x0 - before.x1 < em and before.y - before.size < word.y <= before.y
    return large and beside and not word.spaced


def _is_note_mark(before: Word, word: Word) -> bool:
    raised = word.size < 0.85 * before.size and not word.spaced and 0 < before.y - word.y < before.size
    return raised and bool(_NOTE_MARK.fullmatch(word.text) and _MARKABLE.search(before.text))


def _line(words: Sequence[Word]) -> Line:
    """A line of words that stand from left to right."""
    x0, x1 = words[0].x0, max(word.x1 for word in words)
    read = words[::-1] if _is_rtl(words) else words
    parts = [read[0].text]
    for before, word in pairwise(read):
        gap = max(word.x0 - before.x1, before.x0 - word.x1)
        glued = not word.spaced and gap <= 0.25 * word.size and is_normalized("NFC", before.text[-1] + word.text[0])
        parts += ["" if glued else " ", word.text]
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[word.size] += len(word.text)
    size = sizes.most_common(1)[0][0]
    bold = all(word.bold for word in words)
    text = "".join(parts)
    # Within a line, a soft hyphen divides nothing.
    text = text.replace("\u00ad", "") + "\u00ad" * text.endswith("\u00ad")
    return Line(text, x0, x1, median(word.y for word in words), size, bold, read[0].x1 - read[0].x0)


def _is_rtl(words: Iterable[Word]) -> bool:
    kinds = Counter(unicodedata.bidirectional(letter) for word in words for letter in word.text)
    return kinds["R"] + kinds["AL"] > kinds["L"]


def reading_order(found: Sequence[Line]) -> list[Line]:
    """The segments of a page as whole lines, column by column; what crosses the columns parts them into bands."""
    lines: list[Line] = []
    for number, column in enumerate(_columns(sorted(found, key=lambda line: (line.y, line.x0)))):
        whole = _whole_lines(column)
        left = min(line.x0 for line in whole)
        right = max(line.x1 for line in whole)
        lines += [replace(line, left=left, right=right, column=number) for line in whole]
    return lines


def _columns(found: Sequence[Line], depth: int = 0) -> list[Sequence[Line]]:
    gutter = _gutter(found) if depth < _DEEPEST else None
    if gutter is None:
        return [found] if found else []
    columns: list[Sequence[Line]] = []
    across: list[Line] = []
    for band in _bands(found, gutter):
        left, right = [line for line in band if line.x0 < gutter], [line for line in band if line.x0 >= gutter]
        begins = any(abs(line.x0 - gutter) < line.size for line in right)
        if _crosses(band[0], gutter) or not right or (not begins and not _are_columns(left, right)):
            across += band
            continue
        columns += _columns(across, depth + 1)
        across = []
        rtl = sum(unicodedata.bidirectional(letter) in ("R", "AL") for line in band for letter in line.text[:1])
        for side in (right, left) if rtl > len(band) / 2 else (left, right):
            columns += _columns(side, depth + 1)
    return columns + (_columns(across, depth + 1) if len(across) < len(found) else [across])


def _gutter(found: Sequence[Line]) -> float | None:
    """Where a second column begins: the left edge that has most lines in columns on both its sides."""
    edges = Counter(round(line.x0) for line in found)
    best, most = None, 0
    for edge, count in edges.most_common(_EDGES):
        if count + edges[edge - 1] + edges[edge + 1] < 2:
            continue
        held = 0
        for band in _bands(found, edge - 1.5):
            left = [line for line in band if line.x0 < edge - 1.5]
            right = band[len(left) :] if not left else [line for line in band if line.x0 >= edge - 1.5]
            if not _crosses(band[0], edge - 1.5) and _are_columns(left, right):
                held += len(band)
        if held > most:
            best, most = edge - 1.5, held
    return best


def _bands(found: Sequence[Line], x: float) -> list[list[Line]]:
    """The segments, from the top, in runs of those that cross ``x`` and of those that do not."""
    bands: list[list[Line]] = []
    for line in found:
        if bands and _crosses(bands[-1][0], x) == _crosses(line, x):
            bands[-1].append(line)
        else:
            bands.append([line])
    return bands


def _crosses(line: Line, x: float) -> bool:
    return line.x0 < x and line.x1 > x + line.size


def _are_columns(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether both are prose, side by side: lines that fill most of a width that is fit for reading."""
    if min(len(left), len(right)) < 2 or len(left) + len(right) < 6:
        return False
    for side in (left, right):
        width = max(line.x1 for line in side) - min(line.x0 for line in side)
        em = median(line.size for line in side)
        # What the lines of one height fill together: a side may hold several columns.
        filled: Counter[int] = Counter()
        for line in side:
            filled[int(line.y / (1.3 * em))] += round(line.x1 - line.x0)
        if width < _NARROWEST * em or median(filled.values()) < _FULL * width:
            return False
    top, bottom = max(left[0].y, right[0].y), min(left[-1].y, right[-1].y)
    shorter = min(left[-1].y - left[0].y, right[-1].y - right[0].y)
    return bottom - top >= 0.3 * shorter


def _whole_lines(column: Sequence[Line]) -> list[Line]:
    """Segments of one row put together; where rows with gaps follow each other, they are those of a table."""
    rows: list[list[Line]] = []
    for line in column:
        if rows and line.y - rows[-1][0].y <= _SAME_ROW * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda line: line.x0)
    cells = [1 < len(row) <= _CELLS and (len(row) > 2 or len(row[0].text) > 3) for row in rows]
    lines = []
    for n, row in enumerate(rows):
        around = [rows[m] for m in (n - 1, n + 1) if 0 <= m < len(rows) and cells[m]]
        in_table = cells[n] and any(_aligned(row, other) for other in around)
        lines.append(_together(row, " | " if in_table else " ", cells=in_table))
    return lines


def _aligned(row: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether all parts of a row begin, end or are centred where parts of the other are."""
    return all(any(_apart(a, b) < 2 for b in other[1:]) for a in row[1:])


def _apart(a: Line, b: Line) -> float:
    """Points between the nearest of two cells' edges. A right edge counts for numbers only: prose has one too."""
    edges = [abs(a.x0 - b.x0), abs(a.x0 + a.x1 - b.x0 - b.x1) / 2]
    return min(edges) if not a.text[-1].isdigit() else min(*edges, abs(a.x1 - b.x1))


def _together(row: Sequence[Line], between: str, *, cells: bool) -> Line:
    if len(row) == 1:
        return row[0]
    rtl = sum(unicodedata.bidirectional(line.text[0]) in ("R", "AL") for line in row) > len(row) / 2
    read = row[::-1] if rtl else row
    longest = max(row, key=lambda line: len(line.text))
    return replace(
        longest,
        text=between.join(line.text for line in read),
        x0=row[0].x0,
        x1=max(line.x1 for line in row),
        first=read[0].first,
        bold=all(line.bold for line in row),
        cells=cells,
    )
