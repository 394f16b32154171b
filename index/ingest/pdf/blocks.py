"""The lines of a paged document, in reading order -> its paragraphs and headings, and where its pages begin."""

import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, islice, pairwise
from statistics import median

from index.ingest.pdf.hyphens import Joiner
from index.ingest.pdf.layout import Line
from index.models import PARAGRAPH_BREAK

_ENDS = re.compile(r"[.!?…؟।。！？:：][\"'”’“»)\]」』]*$")
_ITEM = re.compile(r"(?:[-*•‣◦▪·–—●○■]|\(?\d{1,3}[.)]|\(?[a-z][.)]|\[\d{1,3}\])\s")
_CAPTION = re.compile(
    r"(?:fig(?:ure|ura|\.)?|table|tab(?:elle|la|\.)|tabl(?:eau|\.)|abb(?:ildung|\.)|grafik|рис(?:унок|\.)|табл(?:ица|иця|\.)"
    r"|rys(?:unek|\.)|그림|표)\s*\d+",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?:\d{1,3}(?![\d.)\]:,%])|[*†‡§])\s?[^\W\d_]")
_LEADER = re.compile(r"(?:\s?[.…·_]){5,}\s*\w{1,6}$")  # a line of a table of contents
_LARGER = 1.08  # times the text's size: a heading
_SMALLER = 0.93  # times the text's size: a note, a caption
_HEADING = 160  # code points of the longest


@dataclass
class TextBlock:
    """Lines that are one paragraph, or one heading."""

    lines: list[Line]
    heading: bool = False

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def raw(self) -> str:
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True)
class Text:
    """Paragraphs, the numbers (1-based) of those that are headings, and the offsets, in the paragraphs joined by blank
    lines, at which the pages begin."""

    paragraphs: tuple[str, ...]
    headings: tuple[int, ...]
    pages: tuple[int, ...]


def body_size(lines: Sequence[Line]) -> float:
    """The size that most of the text is in."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0]


def blocks_of(lines: Sequence[Line]) -> list[TextBlock]:
    """Paragraphs and headings in reading order; sentences that a column's end, a page's end, a caption or a table
    interrupts are whole. A table of contents is left out, and notes at the foot of a column too."""
    body = body_size(lines)
    lines = [line for line in lines if not _LEADER.search(line.text[-60:])]
    columns = groupby(lines, lambda line: (line.page, line.column))
    kept = [line for _, column in columns for line in _noteless(list(column), body)]
    gaps = [_leading(a, b) for a, b in pairwise(kept) if _neighbours(a, b) and b.y > a.y]
    leading = median(gap for gap in gaps if gap < 2.2) if any(gap < 2.2 for gap in gaps) else 1.2
    bold_body = sum(len(line.text) for line in kept if line.bold) > 0.5 * sum(len(line.text) for line in kept)
    found: list[TextBlock] = []
    for line in kept:
        if found and _goes_on(found[-1], line, leading, body):
            found[-1].lines.append(line)
        else:
            found.append(TextBlock([line]))
    for block in found:
        block.heading = _is_heading(block, body, bold_body=bold_body)
    return _whole(found, body)


def text_of(blocks: Sequence[TextBlock], pages: int, language: str) -> Text:
    """The blocks as text. Headings at the end, which name nothing, are left out."""
    joiner = Joiner((line.text for block in blocks for line in block.lines), language)
    kept = list(blocks)
    while kept and kept[-1].heading:
        kept.pop()
    paragraphs: list[str] = []
    begins: dict[int, int] = {}
    at = 0
    for block in kept:
        parts: list[str] = []
        for line in block.lines:
            if parts:
                seam = joiner.seam(parts[-1], line.text)
                at += len(seam) - len(parts[-1])
                parts[-1] = seam
            begins[line.page] = min(begins.get(line.page, at), at)
            parts.append(line.text)
            at += len(line.text)
        text = "".join(parts).rstrip("\u00ad")
        at += len(text) - sum(map(len, parts)) + len(PARAGRAPH_BREAK)
        paragraphs.append(text)
    starts: list[int] = []
    after = max(at - len(PARAGRAPH_BREAK), 0)
    for page in reversed(range(pages)):
        after = min(after, begins.get(page, after))
        starts.append(after)
    starts.reverse()
    if starts:
        starts[0] = 0
    return Text(tuple(paragraphs), tuple(n for n, block in enumerate(kept, 1) if block.heading), tuple(starts))


def _noteless(lines: list[Line], body: float) -> list[Line]:
    tail = len(lines)
    while tail and lines[tail - 1].size < _SMALLER * body:
        tail -= 1
    for n in range(tail, len(lines)):
        if _NOTE.match(lines[n].text) and lines[n].y > 0.5 * lines[-1].y:
            return lines[:n]
    return lines


def _neighbours(a: Line, b: Line) -> bool:
    return (a.page, a.column) == (b.page, b.column)


def _leading(a: Line, b: Line) -> float:
    return (b.y - a.y) / max(a.size, b.size, 0.1)


def _goes_on(block: TextBlock, line: Line, leading: float, body: float) -> bool:
    """Whether a line belongs to the paragraph above it."""
    last = block.lines[-1]
    em = last.size
    if not _neighbours(last, line) or last.cells or line.cells or _ITEM.match(line.text):
        return False
    unfinished = not _ENDS.search(last.text)
    runs_on = unfinished and line.text[0].islower()
    sized = abs(line.size - em) <= (0.15 if runs_on else 0.08) * em
    if not sized or not 0 < _leading(last, line) <= 1.3 * leading:
        return False
    full = last.right - last.x1 < 0.1 * (last.right - last.left)
    if line.bold != last.bold and (line.bold or len(block.lines) > 1 or not full) and not runs_on:
        return False  # a heading in bold, and no sentence that begins so
    if last.size >= _LARGER * body or runs_on:  # lines of a heading are as long as they look well
        return True
    if not unfinished and line.x0 - last.x0 > 0.7 * em and last.x0 <= last.left + 0.5 * em:
        return False  # indented
    has_room = last.right - last.x1 >= line.first + 0.8 * em
    return not has_room or (unfinished and not line.text[0].isupper())


def _is_heading(block: TextBlock, body: float, *, bold_body: bool) -> bool:
    text = block.raw
    if len(text) > _HEADING or len(block.lines) > 4 or block.lines[0].cells or not any(map(str.isalpha, text)):
        return False
    if block.size >= _LARGER * body:
        return True
    if block.size < _SMALLER * body or text.endswith((".", ",", ";")) or _CAPTION.match(text):
        return False
    bold = all(line.bold for line in block.lines) and not bold_body
    return bold or (len(block.lines) == 1 and text.isupper() and sum(map(str.isalpha, text)) > 3 and len(text) < 80)


def _whole(blocks: list[TextBlock], body: float) -> list[TextBlock]:
    """Sentences put together over what interrupts them: that comes before the paragraph if it is on the page on which
    the paragraph begins, else after it."""
    found: list[TextBlock] = []
    left = deque(blocks)
    while left:
        block = left.popleft()
        found.append(block)
        while _is_open(block, body):
            near = list(islice(left, 6))
            n = next((n for n, other in enumerate(near) if not _floats(other, body)), None)
            if n is None or not _continues(block, near[n], body, between=n):
                break
            before = [other for other in near[:n] if other.lines[0].page == block.lines[0].page]
            found[-1:] = [*before, block]
            block.lines += near[n].lines
            for _ in range(n + 1):
                left.popleft()
            left.extendleft(other for other in reversed(near[:n]) if other not in before)
    return found


def _is_open(block: TextBlock, body: float) -> bool:
    return not block.heading and not _floats(block, body) and not _ENDS.search(block.lines[-1].text)


def _floats(block: TextBlock, body: float) -> bool:
    return block.lines[0].cells or block.size < _SMALLER * body or bool(_CAPTION.match(block.lines[0].text))


def _continues(block: TextBlock, other: TextBlock, body: float, *, between: int) -> bool:
    last, first = block.lines[-1], other.lines[0]
    if other.heading or _ITEM.match(first.text) or abs(first.size - last.size) > 0.08 * last.size:
        return False
    if _neighbours(last, first) and not between:
        return False
    return first.text[0].islower() or (
        not between and len(block.lines[0].text) > 40 and last.right - last.x1 < 0.25 * (last.right - last.left)
    )
