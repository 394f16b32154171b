"""One hostile input at a time, in a process of its own that is watched: its time, its memory, whether it survives.

What comes out is held against what index/models.py promises of an article; that there is none may only be said by a
SourceError.
"""

import contextlib
import faulthandler
import multiprocessing
import os
import re
import signal
import time
import traceback
import unicodedata
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal, Self

from index.errors import SourceError
from index.models import Article

LONGEST = 20.0  # seconds of a processor, which others on the machine do not make more
PATIENCE = 3.0  # times that on the clock: it hangs
LARGEST = 1_500  # megabytes, resident
ADDRESSES = 6 << 30  # bytes of address space: what runs away is stopped before it takes the machine with it
MOST_PIECE = 65_536  # bytes that one step of unpacking may give

Kind = Literal["extract", "feed", "page's feed", "refresh", "unpack"]


@dataclass(frozen=True, slots=True)
class Case:
    """What is read, and as what: ``name`` as in ``extract``; of "unpack" it is the content coding."""

    kind: Kind
    data: bytes = field(repr=False)
    name: str = "-"
    content_type: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """``verdict`` is "accepted", "refused" or "failed"; ``detail`` the error's kind, or what went wrong."""

    verdict: str
    detail: str
    seconds: float
    megabytes: int


class Watched:
    """A process that reads cases; a new one takes its place when it hangs or crashes."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def run(self, case: Case) -> Outcome:
        if self._pipe is None:
            self._begin()
        assert self._pipe is not None
        assert self._process is not None
        started = time.perf_counter()
        try:
            self._pipe.send(case)
            if not self._pipe.poll(PATIENCE * LONGEST):
                self._end()
                seconds = time.perf_counter() - started
                return Outcome("failed", f"no end within {seconds:.0f} s", seconds, 0)
            outcome: Outcome = self._pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join(10)
            code = self._process.exitcode
            self._end()
            return Outcome("failed", f"the process died ({code})", time.perf_counter() - started, 0)
        if outcome.verdict != "failed" and outcome.seconds > LONGEST:
            return Outcome("failed", f"took {outcome.seconds:.0f} s", outcome.seconds, outcome.megabytes)
        if outcome.verdict != "failed" and outcome.megabytes > LARGEST:
            return Outcome("failed", f"took {outcome.megabytes} MB", outcome.seconds, outcome.megabytes)
        return outcome

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=False)
        self._process.start()
        theirs.close()
        self._pipe.recv()  # it has imported everything

    def _end(self) -> None:
        if self._process is not None and self._process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # with the readers of PDFs that it started
            self._process.join(10)
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _work(pipe: Connection) -> None:
    import resource  # not on Windows

    os.setsid()
    faulthandler.enable(all_threads=False)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, resource.RLIM_INFINITY))
    warm = b"<html lang=en><body><article><p>The mill of Vell closed in March, after a hundred years.</p></article>"
    _judge(Case("extract", warm, "a.html"))
    _judge(Case("feed", b"<rss version='2.0'><channel><title>a</title></channel></rss>", url="https://a.example/"))
    pipe.send(None)
    while True:
        try:
            case = pipe.recv()
        except EOFError:
            return
        pipe.send(_judge(case))


def _judge(case: Case) -> Outcome:
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    _forget_peak()
    started = _processor()
    try:
        verdict, detail = verdict_on(case)
    except BaseException as error:  # whatever it is, it is what we look for
        verdict, detail = "failed", f"{type(error).__name__}: {str(error)[:300]} at {_where(error)}"
    seconds = _processor() - started
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Outcome(verdict, detail, seconds, max(_peak(), children if children > before else 0) >> 10)


def _processor() -> float:
    """Seconds of a processor that this process and those that it has started took."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets VmHWM


def _peak() -> int:
    """Kilobytes that were resident at most since ``_forget_peak``."""
    match = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match.group(1))


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/index/" in frame.filename] or frames
    return ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in ours[-3:])


def verdict_on(case: Case) -> tuple[str, str]:
    """ "accepted" or "refused", and what it was or why.

    Raises:
        Exception: anything; it should not have.
    """
    from index.ingest.content_encoding import ContentEncodingError, decode_chunks
    from index.ingest.extract import extract
    from index.ingest.feed import feed_link, parse
    from index.ingest.html.meta_refresh import meta_refresh_target
    from index.text.urls import web_address

    url = case.url or "https://a.example/b"
    match case.kind:
        case "extract":
            try:
                article = extract(case.data, name=case.name, content_type=case.content_type, url=case.url)
            except SourceError as error:
                return "refused", _clear(error)
            check(article)
        case "feed":
            try:
                feed = parse(case.data, url, case.content_type)
            except SourceError as error:
                return "refused", _clear(error)
            assert _line(feed.title), f"a feed's title: {feed.title!r}"
            assert all(web_address(entry.url) for entry in feed.entries)
            assert all(not entry.title or _line(entry.title) for entry in feed.entries)
        case "page's feed":
            named = feed_link(case.data, url)
            assert named is None or web_address(named)
        case "refresh":
            try:
                meta_refresh_target(case.data, case.content_type, url)
            except ValueError:  # index/ingest/fetch.py tells it of the address
                return "refused", "address"
        case "unpack":
            pieces = (case.data[at : at + MOST_PIECE] for at in range(0, len(case.data), MOST_PIECE))
            try:
                longest = max(map(len, decode_chunks(pieces, case.name)), default=0)
            except ContentEncodingError as error:
                return "refused", str(error)
            assert longest <= MOST_PIECE, f"a piece of {longest} bytes"
    return "accepted", case.kind


def _clear(error: SourceError) -> str:
    """The error's kind, once its message is one clear sentence or two."""
    message = str(error)
    assert _line(message), f"an unclear error: {message!r}"
    assert len(message) < 500, f"a long error: {message[:200]!r}"
    return error.kind


def check(article: Article) -> None:
    """Raises AssertionError: the article is not as index/models.py says, or cannot be parted into passages."""
    from index.text.sentences import LIMIT, split
    from index.text.urls import web_address

    text = article.text
    assert text, "an empty text"
    text.encode()
    assert unicodedata.is_normalized("NFC", text), "not in NFC"
    assert text == text.strip(), "white space at an end"
    assert not re.search(r"\n\s*\n(?<!\n\n)|\n{3}", text), "paragraphs parted by more than one blank line"
    paragraphs = text.split("\n\n")
    assert all(part and part == part.strip() for part in paragraphs), "white space around a paragraph"
    assert _line(article.title), f"title {article.title[:200]!r}"
    for about in (article.site, article.author):
        assert about is None or _line(about), f"site or author {about!r}"
    assert article.url is None or web_address(article.url), f"url {article.url!r}"
    assert re.fullmatch("[a-z]{2}|und", article.language), f"language {article.language!r}"
    assert article.published is None or _is_date(article.published), f"published {article.published!r}"
    numbers = article.headings
    assert list(numbers) == sorted(set(numbers)), "headings out of order"
    assert all(1 <= number <= len(paragraphs) for number in numbers), "a heading outside of the text"
    assert list(article.pages) == sorted(article.pages), "pages out of order"
    assert article.pages[:1] in ((), (0,)), "the first page does not begin the text"
    assert all(page <= len(text) for page in article.pages), "a page outside of the text"
    end = 0
    for passage in split(article):
        assert end <= passage.start < passage.end <= len(text), "passages overlap"
        end = passage.end
        said = text[passage.start : end]
        assert said == said.strip(), "white space around a passage"
        assert len(said) <= LIMIT, "a passage that is too long"
        assert passage.paragraph not in numbers, "a heading that is a passage"


def _line(text: str) -> bool:
    """Whether it is one line that says something, without white space around it."""
    return bool(text) and text == text.strip() and len(text.splitlines()) == 1


def _is_date(stated: str) -> bool:
    from datetime import datetime

    try:
        datetime.fromisoformat(stated)
    except ValueError:
        return False
    return True
