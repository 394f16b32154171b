"""JSON-LD in a page: https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents"""

import json
import re
from typing import Any

# What keeps older parsers from reading it as markup.
_WRAPPING = re.compile(r"\A\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*\Z")


def json_ld(script: Any) -> Any | None:
    """What a ``script`` element holds; None where that is no JSON-LD, or broken, as many a page's is."""
    if "ld+json" not in (script.get("type") or "").lower():
        return None
    try:
        return json.loads(_WRAPPING.sub("", script.text or ""), strict=False)
    except (ValueError, RecursionError):
        return None
