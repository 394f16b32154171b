"""An RSS or Atom document -> its entries, by feedparser; and where a web page says that its feed is."""

from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urljoin

from index.errors import SourceError
from index.text.normalize import line
from index.text.urls import web_address

_HEAD = 500_000  # bytes, in which a page names its feed
MOST_ENTRIES = 200  # of the newest; real feeds have 10 to 100
_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")


@dataclass(frozen=True, slots=True)
class Entry:
    """An article that a feed names. ``updated`` is what the feed says of its last change, as it is written there."""

    url: str
    title: str
    updated: str


@dataclass(frozen=True, slots=True)
class Feed:
    """``entries`` in the feed's order, which is nearly always the newest first; each address once."""

    title: str
    entries: tuple[Entry, ...]


def parse(data: bytes, url: str, content_type: str | None = None) -> Feed:
    """The feed that was fetched from ``url``.

    Raises:
        SourceError: it is not a feed.
    """
    import feedparser  # type: ignore[import-untyped]

    headers = {"content-location": url, **({"content-type": content_type} if content_type else {})}
    try:
        # feedparser may take bytes for the name of a file, but not a stream.
        found = feedparser.parse(BytesIO(data), response_headers=headers, sanitize_html=False)
    except Exception as error:  # a parser of anything that calls itself a feed
        raise _no_feed(url) from error
    if not found.get("version"):
        raise _no_feed(url)
    entries: dict[str, Entry] = {}
    for one in found.entries[:MOST_ENTRIES]:
        address = _joined(url, str(one.get("link", "")))
        if address and address not in entries:
            updated = str(one["updated"] if "updated" in one else one.get("published", ""))
            entries[address] = Entry(address, line(str(one.get("title") or "")), updated)
    return Feed(line(str(found.feed.get("title") or "")) or url, tuple(entries.values()))


def feed_link(data: bytes, url: str) -> str | None:
    """The address of the feed that a web page names (``<link rel=alternate>``), if it does."""
    from lxml import html

    try:
        tree = html.document_fromstring(data[:_HEAD])
    except Exception:  # whatever it is, it is not a page
        return None
    for link in tree.iterfind(".//link[@href]"):
        if "alternate" in link.get("rel", "").lower().split() and link.get("type", "").lower().strip() in _TYPES:
            return _joined(url, link.get("href"))
    return None


def _joined(base: str, link: str) -> str | None:
    try:
        return web_address(urljoin(base, link.strip())) if link.strip() else None
    except ValueError:
        return None


def _no_feed(url: str) -> SourceError:
    return SourceError(f"{url}: is not an RSS or Atom feed. Give the feed's own address, or a page that names it.")
