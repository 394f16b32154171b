"""Pages that only send their visitor on."""

import html
import re
from urllib.parse import urljoin

_HEAD = 16_384  # bytes: where such a page says so
_MOST_SECONDS = 5  # a page that goes on later is there to be read
_NOT_FOR_US = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|noscript|style|template)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL
)
_META = re.compile(r"<meta\s([^<>]{0,2000})>", re.IGNORECASE)
_REFRESH = re.compile(r"http-equiv\s*=\s*[\"']?\s*refresh\b", re.IGNORECASE)
_CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
# HTML Standard, "shared declarative refresh steps": seconds, a separator, maybe "url=", maybe quotes.
_STEPS = re.compile(
    r"\s*(\d{1,9})(?:\.[\d.]*)?\s*[;,\s]\s*(?:url\s*=\s*)?([\"']?)(.+?)\2\s*", re.IGNORECASE | re.DOTALL
)


def meta_refresh_target(data: bytes, content_type: str | None, url: str) -> str | None:
    """Where a web page at ``url`` sends its visitor within seconds (``<meta http-equiv=refresh>``), or None."""
    if content_type is not None and "html" not in content_type.lower():
        return None
    head = _NOT_FOR_US.sub(" ", data[:_HEAD].decode("utf-8", "replace"))
    for match in _META.finditer(head):
        if not _REFRESH.search(match.group(1)):
            continue
        content = _CONTENT.search(match.group(1))
        steps = _STEPS.fullmatch(html.unescape(next(filter(None, content.groups()), ""))) if content else None
        if steps is None or int(steps.group(1)) > _MOST_SECONDS:
            continue
        target: str = urljoin(url, steps.group(3).strip())
        if target.partition("#")[0] != url.partition("#")[0]:  # else it only wants to be fresh
            return target
    return None
