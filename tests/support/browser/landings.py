"""Which characters of a page a browser marks at a text fragment, and whether these are the quoted text.

What is marked is read from the pixels (``marked.js``). A link lands if it is the quoted text, nothing more and nothing
less but for white space, at its own place: where the page says the same words twice, that place counts whose
neighbourhood is the article's. The pages come from a server on this machine; their scripts do not run and nothing else
is loaded.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Self

from index.links.text_fragments import text_fragment
from index.models import Article
from tests.support.browser.chromium import Tab

MARKED = Path(__file__).with_name("marked.js")
PATIENCE = 1.5  # seconds until what is not marked is taken for not found
NEIGHBOURHOOD = 300  # letters to each side by which equal words are told apart


LANDED = "landed"
APART = "landed, with what the page has between the two paragraphs"
ELSEWHERE = "the same words elsewhere"  # with the same neighbours, or the article alone cannot tell
ABSENT_TEXT = "not visible on the page"

Runs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Landing:
    """One link: the quoted text, the fragment, the text that was marked, and what became of it."""

    quoted: str
    fragment: str
    marked: str
    outcome: str


class Pages:
    """``with Pages() as pages:`` a web server on this machine; ``pages.url(html)`` is where one page is."""

    def __enter__(self) -> Self:
        self._html: list[bytes] = []
        html = self._html

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                number = self.path.strip("/")
                found = number.isdigit() and int(number) < len(html)
                body = html[int(number)] if found else b""
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html" + "; charset=utf-8" * _is_utf8(body))
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, html: bytes) -> str:
        self._html.append(html)
        return f"http://127.0.0.1:{self._server.server_port}/{len(self._html) - 1}"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


class Opened:
    """One page in the browser: ``text`` is its visible characters, without white space."""

    def __init__(self, tab: Tab, url: str) -> None:
        self._tab, self._url = tab, url
        tab.navigate(url)
        self.text: str = tab.evaluate(MARKED.read_text("utf-8"))

    def marked(self, fragment: str, expected: Sequence[Runs] = ()) -> Runs:
        """What the browser marks at the fragment. It searches after the page is shown, so there is waiting for one of
        ``expected``."""
        self._tab.navigate(f"{self._url}#{fragment}")
        deadline = monotonic() + PATIENCE
        while (runs := self._look()) not in expected and monotonic() < deadline:
            pass
        if runs not in expected and len(runs) > 1:
            runs = tuple(run for run in runs if self._alone(run))
        self._tab.evaluate("unmark()")
        return runs

    def _look(self) -> Runs:
        image = self._tab.call("Page.captureScreenshot", format="png", optimizeForSpeed=True)["data"]
        return tuple((first, end) for first, end in self._tab.evaluate(f"markedRuns('{image}')"))

    def _alone(self, run: tuple[int, int]) -> bool:
        """Whether the run is marked still when no other text is shown."""
        self._tab.evaluate(f"showOnly({run[0]}, {run[1]})")
        seen = any(first < run[1] and run[0] < end for first, end in self._look())
        self._tab.evaluate("showOnly()")
        return seen


class Folded:
    """Text as it is compared here: without white space and invisible characters, case and compatibility folded."""

    def __init__(self, text: str) -> None:
        pieces = [self._folded(char) for char in text]
        self.text = "".join(pieces)
        self.origin = [number for number, piece in enumerate(pieces) for _ in piece]  # folded -> given
        self._starts = [0]
        for piece in pieces:
            self._starts.append(self._starts[-1] + len(piece))

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self._starts[start], self._starts[end]

    @staticmethod
    def _folded(char: str) -> str:
        # A bar parts the cells of a row in our text; the page has none.
        plain = [c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) not in {"Cf", "Cc"}]
        return "".join("".join(plain).casefold().replace("|", "").split())


def places(article: Folded, page: Folded, start: int, end: int) -> list[Runs]:
    """Where the page says ``article.text[start:end]`` as the article does, in numbers of the page's characters."""
    words = article.text[start:end]
    before, after = article.text[max(0, start - NEIGHBOURHOOD) : start], article.text[end : end + NEIGHBOURHOOD]
    found: list[tuple[int, int]] = []
    at = page.text.find(words)
    while at >= 0 and words:
        left = _common(reversed(before), reversed(page.text[max(0, at - NEIGHBOURHOOD) : at]))
        right = _common(after, page.text[at + len(words) :][:NEIGHBOURHOOD])
        found.append((left + right, at))
        at = page.text.find(words, at + 1)
    best = max(found, default=(0, 0))[0]
    return [((page.origin[at], page.origin[at + len(words) - 1] + 1),) for likeness, at in found if likeness == best]


def places_apart(article: Folded, page: Folded, text: str, start: int, end: int) -> list[Runs]:
    """The same for a range of paragraphs between which the page has something of its own, which is marked with them."""
    first, last = text[start:end].partition("\n\n")[0], text[start:end].rpartition("\n\n")[2]
    begins = places(article, page, *article.span(start, start + len(first)))
    ends = places(article, page, *article.span(end - len(last), end))
    return [((begin[0][0], stop[0][1]),) for begin in begins for stop in ends if begin[0][0] < stop[0][1]]


def _common(one: Iterator[str] | str, other: Iterator[str] | str) -> int:
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        length += 1
    return length


def landings(article: Article, spans: Sequence[tuple[int, int]], opened: Opened) -> Iterator[Landing]:
    """Each quoted range of the article, opened in the page."""
    page, text = Folded(opened.text), Folded(article.text)
    for start, end in spans:
        quoted = article.text[start:end]
        fragment = text_fragment(article.text, start, end, article.visible_text)
        expected = places(text, page, *text.span(start, end))
        apart = [] if expected or "\n\n" not in quoted else places_apart(text, page, article.text, start, end)
        runs = opened.marked(fragment, [*expected, *apart])
        marked = " ... ".join(opened.text[first:last] for first, last in runs)
        if runs in expected:
            outcome = LANDED
        elif runs in apart:
            outcome = APART
        elif not expected and not apart:
            outcome = f"{ABSENT_TEXT}, {'something' if runs else 'nothing'} marked"
        elif not runs:
            outcome = "nothing marked"
        elif Folded(marked).text == Folded(quoted).text:
            outcome = ELSEWHERE
        else:
            outcome = "something else marked"
        yield Landing(quoted, fragment, marked, outcome)
