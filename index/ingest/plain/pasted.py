"""Pasted or saved plain text -> Article."""

import re
from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from index.errors import SourceError
from index.ingest.plain.boilerplate import article_blocks
from index.models import Article, split_paragraphs
from index.text.language import detect
from index.text.normalize import normalize, normalize_paragraphs, shorten
from index.text.urls import web_address

_LABELLED_URL = re.compile(r"[^\W\d_]{2,12}:\s*(https?://\S+)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LIST_ITEM = re.compile(r"(?:[-*•‣◦▪·–—]|\(?\d{1,3}[.)])\s")
_SENTENCE_END = re.compile(r"[.!?…؟।。！？:：;,][\"'”’“»)\]」』]*$")
_LONGEST_HEADING = 120  # code points
_NARROWEST_WRAP = 55  # code points: nobody wraps prose to shorter lines
_LONGEST_WRAP = 100  # ... nor to longer ones
_LONGEST_TITLE = 200
_TITLE_AT_MOST_ABOVE = 30  # paragraphs


def from_text(raw: str, *, url: str | None = None) -> Article:
    """An article from text as a person pastes it: lines unwrapped, the page's boilerplate left out.

    A last or first line such as ``Source: https://...`` gives the URL, unless ``url`` does.

    Raises:
        SourceError: there is not a word in it.
    """
    text = normalize(raw)
    if not any(character.isalnum() for character in text):
        raise SourceError("The text is empty. Paste the article's text, or give a file that holds it.", "empty")
    title = ""
    # Each round can only drop or part paragraphs, so there is a last one; what it leaves would be left as it is again.
    while True:
        rest, found = _without_url(text)
        url = url or found
        before, kept = _article(rest)
        title = title or _title_above(before, kept)
        again = normalize_paragraphs(kept)
        if again == text:
            break
        text = again
    headings = _headings(kept)
    title = title or (kept[0] if 1 in headings else _first_sentence(kept[0]))
    return Article(text, shorten(title), url=web_address(url), language=detect(text), headings=headings)


def _without_url(text: str) -> tuple[str, str | None]:
    """``text`` without first or last lines that only say where it is from, and the first such address."""
    lines = deque(text.split("\n"))
    found: list[str] = []
    for number, take in ((0, lines.popleft), (-1, lines.pop)):
        while len(lines) > 1 and (match := _LABELLED_URL.fullmatch(lines[number])):
            found.append(match.group(1))
            take()
            while not lines[number]:
                take()
    return "\n".join(lines), found[0] if found else None


def _article(text: str) -> tuple[list[str], list[str]]:
    """The paragraphs before the article, and those of the article."""
    paragraphs = _paragraphs(text)
    run = article_blocks(paragraphs, detect(text))
    return paragraphs[: run.start], paragraphs[run.start : run.stop]


def _paragraphs(text: str) -> list[str]:
    blocks = split_paragraphs(text)
    if len(blocks) > 1:
        return [paragraph for block in blocks for paragraph in _unwrapped(block, lines_matter=True)]
    return _unwrapped(text, lines_matter=False)


def _unwrapped(block: str, *, lines_matter: bool) -> list[str]:
    """The paragraphs of a block without blank lines.

    A line break is soft, made by the width of a page, when the next line's first word would not have fitted before
    it. With no soft break, short lines in a text that has blank lines elsewhere are a list, a poem or an address.
    """
    lines = block.split("\n")
    width = max(map(len, lines))
    if len(lines) == 1 or sum(_LIST_ITEM.match(line) is not None for line in lines) > 1:
        return [block]
    soft = [
        _NARROWEST_WRAP <= width <= _LONGEST_WRAP and len(line) + 1 + _first_word(after) > width
        for line, after in pairwise(lines)
    ]
    if sum(soft) < 0.6 * len(soft):  # the longest of any lines seems wrapped
        soft = [False] * len(soft)
    if lines_matter and width <= _LONGEST_WRAP and not any(soft):
        return [block]
    paragraphs = [lines[0]]
    for line, is_soft in zip(lines[1:], soft, strict=True):
        if not is_soft:
            paragraphs.append(line)
        elif _UNSPACED.match(paragraphs[-1][-1]) and _UNSPACED.match(line):
            paragraphs[-1] += line
        else:
            paragraphs[-1] += " " + line
    return paragraphs


def _first_word(line: str) -> int:
    return 1 if _UNSPACED.match(line) else len(line.split(" ", 1)[0])


def _title_above(before: Sequence[str], kept: Sequence[str]) -> str:
    """The line shortly above the article that names most of what the article speaks of; "" when none does."""
    said = {stem for paragraph in kept for stem in _stems(paragraph)}
    best, most = "", 1
    for line in before[-_TITLE_AT_MOST_ABOVE:]:
        stems = _stems(line)
        shared = len(stems & said)
        if len(line) <= _LONGEST_TITLE and not line.endswith((".", ":")) and shared >= max(most, 2, len(stems) / 2):
            best, most = line, shared
    return best


def _stems(text: str) -> set[str]:
    """The beginnings of the words that carry meaning; a Korean particle stays behind."""
    words = (word.lower() for word in _WORD.findall(text))
    return {
        word[:2] if "\uac00" <= word[0] <= "\ud7a3" else word[:6] for word in words if len(word) > 3 or word > "\u3000"
    }


def _headings(paragraphs: Sequence[str]) -> tuple[int, ...]:
    """Short lines that end no sentence, with prose right below, and above unless the text begins with them."""
    found = []
    for i, paragraph in enumerate(paragraphs[:-1]):
        above = i == 0 or not _may_be_heading(paragraphs[i - 1]) or i - 1 == 0
        if _may_be_heading(paragraph) and above and not _may_be_heading(paragraphs[i + 1]):
            found.append(i + 1)
    if len(paragraphs) > 2 and found[:1] == [2] and _may_be_heading(paragraphs[0]):
        found.insert(0, 1)  # a title, then the first section's heading
    return tuple(found)


def _may_be_heading(paragraph: str) -> bool:
    return (
        "\n" not in paragraph
        and len(paragraph) <= _LONGEST_HEADING
        and not _SENTENCE_END.search(paragraph)
        and _LIST_ITEM.match(paragraph) is None
        and _WORD.search(paragraph) is not None
    )


def _first_sentence(paragraph: str) -> str:
    from index.text.sentences import sentences

    start, end = next(iter(sentences(paragraph)))
    return paragraph[start:end]
