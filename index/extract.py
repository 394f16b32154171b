"""Any source -> Article: what kind it is, and who reads that kind."""

import re
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from index.decoding import decode, inflate
from index.errors import SourceError
from index.markdown import from_markdown
from index.models import Article
from index.page import from_html
from index.plain import from_text

__all__ = ["decode", "extract", "from_html", "from_markdown", "from_text"]

_KINDS = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
}
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|article)\b", re.IGNORECASE | re.DOTALL
)
_MARKDOWN = re.compile(r"\ufeff?(?:#{1,6} \S|---[ \t]*\r?\n\w+:)")
# What a server says of anything, when it does not look.
_UNTOLD = frozenset(("", "text/plain", "application/octet-stream", "application/gzip", "application/x-gzip"))


def extract(raw: bytes, *, name: str, content_type: str | None = None, url: str | None = None) -> Article:
    """The article in ``raw``, a web page, Markdown or plain text, any of them packed by gzip.

    ``name`` is a path, an address, or ``-`` for standard input; ``content_type`` what a server said.

    Raises:
        SourceError: there is no article in it.
    """
    message = Message()
    message["Content-Type"] = re.sub(r"[\r\n]", " ", content_type or "")
    stated = message.get_content_type() if content_type else ""
    charset = message.get_param("charset")
    data = inflate(raw)
    if data.startswith(b"%PDF-"):
        raise SourceError("PDF files cannot be read yet. Copy the article's text and add that as a text file.")
    kind = _KINDS.get(stated) or _KINDS.get(_ending(name))
    if kind is None and stated not in _UNTOLD and not stated.startswith("text/"):
        raise SourceError(f"This is {stated}, not an article. Give a web page, text or Markdown.")
    if not data.strip():
        raise SourceError("The source is empty. Give one that holds an article.", "no_article")
    declared = charset if isinstance(charset, str) else None
    if kind == "html":
        return from_html(data, url, charset=declared)
    text = decode(data, declared)
    if kind is None:
        kind = "html" if _PAGE.match(text[:4096]) else "markdown" if _MARKDOWN.match(text) else "text"
        if kind == "html":
            return from_html(data, url, charset=declared)
    return from_markdown(text, url=url) if kind == "markdown" else from_text(text, url=url)


def _ending(name: str) -> str:
    """The ending that says what it is: ``.html`` for ``a/page.HTML.gz`` and for ``https://example.org/page.html?x=1``."""
    path = name
    if name.lower().startswith(("http://", "https://")):
        try:
            path = urlsplit(name).path
        except ValueError:
            return ""
    path = path.lower().removesuffix(".gz")
    return PurePosixPath(path).suffix
