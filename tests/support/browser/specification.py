"""What a browser opens at a text fragment, by the steps of the specification, without one.

Source: https://wicg.github.io/scroll-to-text-fragment/
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote


def bounded(text: str, at: int) -> bool:
    return not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum())


def find(text: str, query: str, start: int, *, start_bound: bool, end_bound: bool) -> tuple[int, int] | None:
    """ "Find a string in range": case and width of white space do not matter, line breaks end a block."""
    pattern = re.compile(r"[^\S\n]+".join(map(re.escape, query.split())), re.IGNORECASE)
    while match := pattern.search(text, start):
        if (not start_bound or bounded(text, match.start())) and (not end_bound or bounded(text, match.end())):
            return match.span()
        start = match.start() + 1
    return None


def skip_space(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip())


def beginnings(text: str, prefix: str | None, query: str, *, end_bound: bool) -> Iterator[tuple[int, int]]:
    """Each place where the start of the directive matches, behind its prefix if it has one."""
    search = 0
    while True:
        before = find(text, prefix or query, search, start_bound=True, end_bound=end_bound and not prefix)
        if before is None:
            return
        search = before[0] + 1
        if prefix is None:
            yield before
            continue
        begin = skip_space(text, before[1])
        match = find(text, query, begin, start_bound=False, end_bound=end_bound)
        if match is None:
            return
        if match[0] == begin:
            yield match


def browse(text: str, fragment: str) -> tuple[int, int] | None:
    """ "Find a range from a text directive", step by step, on the text of a page."""
    assert fragment.startswith(":~:text=")
    parts = fragment.removeprefix(":~:text=").split(",")
    prefix = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else None
    suffix = unquote(parts.pop()[1:]) if parts[-1].startswith("-") else None
    assert len(parts) in {1, 2}
    text_start, *text_end = map(unquote, parts)
    for start, first_end in beginnings(text, prefix, text_start, end_bound=bool(text_end) or suffix is None):
        end, more = first_end, True
        while more:
            if text_end:
                last = find(text, text_end[0], end, start_bound=True, end_bound=suffix is None)
                if last is None:
                    return None
                end = last[1]
            behind = skip_space(text, end)
            if suffix is None or find(text, suffix, behind, start_bound=False, end_bound=True) == (
                behind,
                behind + len(suffix),
            ):
                return start, end
            more = bool(text_end)
    return None
