"""Strangers' bytes -> an article or a feed, read in a process of its own.

Parsers read what anyone may have made. There they have so much memory and time and no more, cannot write a file, see
none of our settings, and should one hang or crash, it takes nothing else with it.

The child is given a line of JSON (``{"what": "article" | "feed", "named": {...}}``) and then the bytes on its standard
input; it answers with one line, ``{"article": {...}}``, ``{"feed": {...}}`` or ``{"error": [message, kind]}``.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.errors import SourceError
from index.ingest.feed import Entry, Feed
from index.models import Article

MOST_MEMORY = 3 << 30  # bytes of address space, of which libraries take a good part without using it
MOST_SECONDS = 60  # of a processor
_PATIENCE = 2.0 * MOST_SECONDS  # on a busy machine
_MOST_BYTES = 64 * 1024 * 1024  # of an answer
# Its own folder is no place to import from (-P), but the one that this package was imported from is.
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from index.ingest.sandbox import main; main()"


def extract_sandboxed(raw: bytes, *, name: str, content_type: str | None = None, url: str | None = None) -> Article:
    """What ``index.ingest.extract.extract`` makes of it.

    Raises:
        SourceError: the same, or it takes too much time or memory.
    """
    said = _read("article", raw, name=name, content_type=content_type, url=url)
    fields: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in said.items()}
    return Article(**fields)


def parse_feed_sandboxed(data: bytes, url: str, content_type: str | None = None) -> Feed:
    """What ``index.ingest.feed.parse`` makes of it. Raises SourceError as ``extract_sandboxed``."""
    said = _read("feed", data, url=url, content_type=content_type)
    return Feed(said["title"], tuple(Entry(**entry) for entry in said["entries"]))


def _read(what: str, data: bytes, **named: str | None) -> dict[str, Any]:
    """The fields of what the child has made."""
    root = str(Path(__file__).parents[2])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUOTH_")}
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-P", "-c", _CHILD, root],
            input=json.dumps({"what": what, "named": named}).encode() + b"\n" + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_hard() from error
    if done.returncode or len(done.stdout) > _MOST_BYTES:
        raise _too_hard()
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise _too_hard() from error
    if "error" in answer:
        raise SourceError(*answer["error"])
    return dict(answer[what])


def _too_hard() -> SourceError:
    return SourceError(
        "This takes too much time or memory to read. Copy the article's text and add that as a text file."
    )


def main() -> None:
    """The child."""
    _limit()
    asked = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {asked["what"]: asdict(_made(asked["what"], data, asked["named"]))}
    except SourceError as error:
        answer = {"error": [str(error), error.kind]}
    sys.stdout.write(json.dumps(answer))


def _made(what: str, data: bytes, named: dict[str, Any]) -> Article | Feed:
    if what == "feed":
        from index.ingest.feed import parse

        return parse(data, **named)
    from index.ingest.extract import extract

    return extract(data, **named)


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > most:
            resource.setrlimit(kind, (most, most))
