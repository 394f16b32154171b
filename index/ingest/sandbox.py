"""Strangers' bytes -> an article or a feed, read in a process of its own.

Parsers read what anyone may have made. There they have so much memory and time and no more, cannot write a file, see
none of our settings, and should one hang or crash, it takes nothing else with it.

The child is given a line of JSON (``{"what": "article" | "feed" | "feed_link", "named": {...}}``) and then the bytes
on its standard input; it answers with one line, ``{"made": ...}`` or ``{"error": [message, kind]}``.
"""

import json
import sys
from dataclasses import asdict
from typing import Any

from index import child_process
from index.errors import SourceError
from index.ingest import feed
from index.models import Article

_MOST_MEMORY = 3 << 30  # bytes of address space, of which libraries take a good part without using it
_MOST_SECONDS = 60  # of a processor
_PATIENCE = 2.0 * _MOST_SECONDS  # on a busy machine
_MOST_BYTES = 64 * 1024 * 1024  # of an answer
_CHILD = ("-m", "index.ingest.sandbox")


def extract_sandboxed(raw: bytes, *, name: str, content_type: str | None = None, url: str | None = None) -> Article:
    """What ``index.ingest.extract.extract`` makes of it.

    Raises:
        SourceError: the same, or it takes too much time or memory.
    """
    said = _read("article", raw, name=name, content_type=content_type, url=url)
    fields: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in said.items()}
    return Article(**fields)


def parse_feed_sandboxed(data: bytes, url: str, content_type: str | None = None) -> feed.Feed:
    """What ``index.ingest.feed.parse`` makes of it. Raises SourceError as ``extract_sandboxed``."""
    said = _read("feed", data, url=url, content_type=content_type)
    return feed.Feed(said["title"], tuple(feed.Entry(**entry) for entry in said["entries"]))


def feed_link_sandboxed(data: bytes, url: str) -> str | None:
    """What ``index.ingest.feed.feed_link`` makes of it. Raises SourceError as ``extract_sandboxed``."""
    link: str | None = _read("feed_link", data, url=url)
    return link


def _read(what: str, data: bytes, **named: str | None) -> Any:
    """What the child has made, as JSON."""
    task = json.dumps({"what": what, "named": named}).encode()
    try:
        written = child_process.run(_CHILD, task + b"\n" + data, seconds=_PATIENCE, most_bytes=_MOST_BYTES)
        answer: dict[str, Any] = json.loads(written)
    except (child_process.ChildFailed, ValueError) as error:
        raise SourceError(
            "This takes too much time or memory to read. Copy the article's text and add that as a text file."
        ) from error
    if "error" in answer:
        raise SourceError(*answer["error"])
    return answer["made"]


def main() -> None:
    """The child."""
    child_process.limit(memory=_MOST_MEMORY, seconds=_MOST_SECONDS)
    task = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {"made": _made(task["what"], data, task["named"])}
    except SourceError as error:
        answer = {"error": [str(error), error.kind]}
    sys.stdout.write(json.dumps(answer))


def _made(what: str, data: bytes, named: dict[str, Any]) -> object:
    if what == "feed":
        return asdict(feed.parse(data, **named))
    if what == "feed_link":
        return feed.feed_link(data, **named)
    from index.ingest.extract import extract

    return asdict(extract(data, **named))


if __name__ == "__main__":
    main()
