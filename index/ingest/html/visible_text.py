"""A web page -> all of its text as a browser shows and searches it, its menus and asides too.

A link to a sentence must not open another place with the same words, so the whole page has to be known.
"""

import re
from typing import Any

from index.models import PARAGRAPH_BREAK
from index.text.normalize import normalize

# Where a line ends: HTML Living Standard, section 15.3 "Non-replaced elements", what is displayed as a block there.
BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details"),
        *("dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "header", "hr", "html", "legend", "li", "main", "nav", "ol", "optgroup", "option", "p", "pre"),
        *("search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
# What a browser's search does not look into, and does not look across either.
APART = frozenset(
    (
        *("audio", "br", "canvas", "datalist", "embed", "head", "iframe", "img", "input", "meter", "noscript"),
        *("object", "progress", "script", "select", "style", "svg", "template", "textarea", "title", "video"),
    )
)
LONGEST = 2_000_000  # code points; a longer page is not worth keeping for its links
_HIDDEN = re.compile(r"(?:^|;)\s*display\s*:\s*none\b", re.IGNORECASE)


def visible_text(html: str) -> str | None:
    """The text of a page in canonical form: a paragraph for each block, lines parted where no search goes across.

    Only what the page's own style sheets hide is in it too. None for a page without text, or an endless one.
    """
    from lxml import etree
    from lxml import html as parser

    try:
        tree = parser.document_fromstring(html.encode(), parser.HTMLParser(encoding="utf-8", huge_tree=True))
    except (etree.LxmlError, ValueError):
        return None
    pieces: list[str] = []
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            if element.tag in APART or _is_hidden(element):
                walk.skip_subtree()
            else:
                pieces += [PARAGRAPH_BREAK * (element.tag in BLOCKS), _plain(element.text)]
            continue
        if event == "end":
            pieces.append(PARAGRAPH_BREAK if element.tag in BLOCKS else "\n" if element.tag in APART else "")
        pieces.append(_plain(element.tail))
    text = normalize("".join(pieces))
    return text if 0 < len(text) <= LONGEST else None


def _is_hidden(element: Any) -> bool:
    return (
        "hidden" in element.attrib
        or bool(_HIDDEN.search(element.get("style", "")))
        or (element.tag == "dialog" and "open" not in element.attrib)
    )


def _plain(text: str | None) -> str:
    """White space in the source is a space on the page."""
    return re.sub(r"\s+", " ", text or "")
