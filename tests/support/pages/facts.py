"""Pages that state facts about themselves: in meta elements, in JSON-LD, in their text."""

import html
import json
from typing import Any

from index.ingest.extract import from_html
from index.models import Article

TITLE = "Mill pond at Skarn will be drained"
ENGLISH = (
    "The mill pond at Skarn will be drained in the spring, the council said. Its wall has leaked since the flood. "
    "Fishing there ends in March, and the carp will be moved to the lake above the town."
)


def meta(**content: str) -> str:
    """Meta elements by their property, "__" for ":"."""
    pairs = ((name.replace("__", ":"), value) for name, value in content.items())
    return "".join(f'<meta property="{name}" content="{html.escape(value)}">' for name, value in pairs)


def ld(*nodes: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def news(**known: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", **known}


def article(head: str = "", body: str = "", *, title: str = TITLE, lang: str = "en", text: str = ENGLISH) -> Article:
    # Its words come twice, for trafilatura takes a shorter text for none.
    return from_html(
        f"<!doctype html><html lang='{lang}'><head><meta charset=utf-8><title>{html.escape(title)}</title>{head}</head>"
        f"<body><article>{body}<p>{text}</p><p>{text}</p></article></body></html>"
    )
