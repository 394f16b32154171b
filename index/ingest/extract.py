"""Any source -> Article: what kind it is, and who reads that kind."""

import re
from collections.abc import Callable
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from index.errors import SourceError
from index.ingest.encodings import decode, inflate
from index.ingest.html.page import from_html
from index.ingest.pdf.document import from_pdf
from index.ingest.plain.markdown import from_markdown
from index.ingest.plain.pasted import from_text
from index.ingest.plain.word import from_docx, is_docx
from index.models import Article

__all__ = ["decode", "extract", "from_docx", "from_html", "from_markdown", "from_pdf", "from_text"]

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
    ".pdf": "pdf",
    ".docx": "docx",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_SIGNED = {"pdf": "PDF", "docx": "Word document"}  # kinds that are known by how they begin, whatever they are called
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body|article)\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(r"\ufeff?(?:#{1,6} \S|---[ \t]*\r?\n\w+:)")
LONGEST = 1_000_000  # code points of text: a novel of 600 pages
MOST_LINES = 50_000
# What a server says of anything, when it does not look.
_UNTOLD = frozenset(("", "text/plain", "application/octet-stream", "application/gzip", "application/x-gzip"))


def extract(raw: bytes, *, name: str, content_type: str | None = None, url: str | None = None) -> Article:
    """The article in ``raw``: a web page, PDF, Word document, Markdown or plain text, any of them packed by gzip.

    ``name`` is a path, an address, or ``-`` for standard input; ``content_type`` what a server said.

    Raises:
        SourceError: there is no article in it.
    """
    message = Message()
    message["Content-Type"] = re.sub(r"[\r\n]", " ", content_type or "")
    stated = message.get_content_type() if content_type else ""
    charset = message.get_param("charset")
    data = inflate(raw)
    if (binary := _binary(data)) is not None:
        return binary(data, url)
    kind = _KINDS.get(stated) or _KINDS.get(_ending(name))
    if kind in _SIGNED and data.strip():
        raise SourceError(f"This is not a {_SIGNED[kind]}, though its name says so. Download or save it again.")
    if kind is None and stated not in _UNTOLD and not stated.startswith("text/"):
        raise SourceError(f"This is {stated}, not an article. Give a web page, PDF, Word document, text or Markdown.")
    if not data.strip():
        raise SourceError("The source is empty. Give one that holds an article.", "empty")
    declared = charset if isinstance(charset, str) else None
    if kind == "html":
        return _page(data, url, declared)
    text = decode(data, declared)
    if kind is None and _PAGE.match(text[:4096]):
        return _page(data, url, declared)
    _check_length(text)
    if kind is None:
        kind = "markdown" if _MARKDOWN.match(text) else "text"
    return from_markdown(text, url=url) if kind == "markdown" else from_text(text, url=url)


def _page(data: bytes, url: str | None, charset: str | None) -> Article:
    article = from_html(data, url, charset=charset)
    _check_length(article.text)
    return article


def _check_length(text: str) -> None:
    """Raises SourceError for a text that would keep everything busy for minutes."""
    if len(text) > LONGEST or text.count("\n") > MOST_LINES:
        raise SourceError(
            f"This is longer than any article ({len(text):,} characters). Give the article alone.", "too_large"
        )


def _binary(data: bytes) -> Callable[[bytes, str | None], Article] | None:
    """Who reads it, if its own bytes say that it is a PDF or a Word document.

    A PDF may begin anywhere in the first 1,024 bytes (ISO 32000-1, annex H.3, implementation note 13); where those
    before are text, they must be white space, for a text may speak of PDFs.

    Raises:
        SourceError: an office document of another kind.
    """
    begin = data.find(b"%PDF-", 0, 1024)
    if begin >= 0 and (not data[:begin].strip() or b"\x00" in data[:begin] or b"%%EOF" in data[-2048:]):
        return from_pdf
    if is_docx(data):
        return from_docx
    if data.startswith(_OLE):
        raise SourceError("This is a Word document of the old kind (.doc), or one with a password. Save it as .docx.")
    if data.startswith(b"PK\x03\x04") and b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:200]:
        raise SourceError("OpenDocument files (.odt) cannot be read. Save it as .docx or PDF.")
    return None


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
