"""An HTML page as a browser reads it, strictly."""

import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "link", "img"}


class Page(HTMLParser):
    """A page as a browser reads it: its elements with their attributes and texts. Raises where tags do not match."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any], list[str]]] = []
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self.feed(page.decode("utf-8"))
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = tag, dict(attrs), list[str]()
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, _, texts in self._open:
            texts.append(data)

    def texts(self, tag: str, **attributes: str) -> list[str]:
        return [
            "".join(texts) for name, has, texts in self.elements if name == tag and attributes.items() <= has.items()
        ]

    @property
    def paragraphs(self) -> list[str]:
        found = [
            (has["id"], "".join(texts)) for _, has, texts in self.elements if re.fullmatch(r"p\d+", has.get("id", ""))
        ]
        assert [name for name, _ in found] == [f"p{n}" for n in range(1, len(found) + 1)]
        return [text for _, text in found]
