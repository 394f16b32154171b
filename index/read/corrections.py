"""What a correction does to what was quoted before it.

A module of its own: it compares an answer with a later version of its article, and knows nothing of how it was found.
"""

import re

from index.models import Article, Quote

_WORD = re.compile(r"\w")


def still_stands(quote: Quote, current: Article) -> bool:
    """Whether the article still says this, word for word; white space may have changed, and the place in it."""
    said = r"\s+".join(map(re.escape, quote.text.split()))
    before, after = (r"\b" if _WORD.match(edge) else "" for edge in (quote.text.strip()[:1], quote.text.strip()[-1:]))
    return bool(re.search(before + said + after, current.text))
