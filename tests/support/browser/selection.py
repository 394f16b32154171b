"""The text of a page as a person would select it with the mouse, all of it."""

import re
from typing import Any

from index.text.normalize import tidy

BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "br", "button", "caption", "center", "dd", "details"),
        *("dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "option", "p", "pre", "section", "select"),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul"),
    )
)
INVISIBLE = frozenset(("script", "style", "noscript", "template", "svg", "head", "iframe", "object", "textarea"))


def visible(raw: bytes) -> list[str]:
    """The whole page as a person would select it: a paragraph for each block element."""
    from lxml import html

    charset = re.search(rb"charset=[\"']?([\w-]+)", raw[:4000])
    tree = html.document_fromstring(raw, html.HTMLParser(encoding=charset.group(1).decode() if charset else "utf-8"))
    blocks: list[str] = []
    pending: list[str] = []

    def walk(element: Any) -> None:
        if not isinstance(element.tag, str) or element.tag in INVISIBLE:
            return
        if element.tag in BLOCKS:
            end()
        pending.append(element.text or "")
        for child in element:
            walk(child)
            pending.append(child.tail or "")
        if element.tag in BLOCKS:
            end()

    def end() -> None:
        if text := tidy(" ".join("".join(pending).split())):
            blocks.append(text)
        pending.clear()

    walk(tree)
    end()
    return blocks
