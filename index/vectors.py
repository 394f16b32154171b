"""What of an article is embedded, and how it is put together.

A sentence's own vector finds best; replacing it by a window of sentences finds much worse. So the sentence stays, and
its surroundings are a second vector: the mean of (title, heading, previous sentence, sentence) and of its paragraph.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from index.embedder import Embedder, Vectors
from index.models import Article, Passage

CONTEXT_WEIGHT = 0.38


def blend(sentences: Vectors, contexts: Vectors) -> Vectors:
    """The vectors that questions are compared with, shape as given; their lengths are at most 1."""
    return np.ascontiguousarray((1 - CONTEXT_WEIGHT) * sentences + CONTEXT_WEIGHT * contexts, np.float32)


def embed(article: Article, passages: Sequence[Passage], embedder: Embedder) -> tuple[Vectors, Vectors]:
    """The passages' own vectors and their contexts', both of shape (len(passages), dimension)."""
    paragraphs = article.text.split("\n\n")
    used = sorted({passage.paragraph for passage in passages})
    sentences = [article.text[p.start : p.end] for p in passages]
    windows = list(_windows(article, passages, paragraphs))
    vectors = embedder.passages([*sentences, *windows, *(paragraphs[n - 1] for n in used)])
    count = len(passages)
    rows = {n: 2 * count + i for i, n in enumerate(used)}
    around = vectors[[rows[p.paragraph] for p in passages]] if passages else vectors[:0]
    return vectors[:count], ((vectors[count : 2 * count] + around) / 2).astype(np.float32)


def _windows(article: Article, passages: Sequence[Passage], paragraphs: Sequence[str]) -> Iterator[str]:
    # A title that was only taken from the first sentence says nothing about the others.
    title = "" if article.text.startswith(article.title.rstrip("…")) else article.title
    previous: Passage | None = None
    for passage in passages:
        heading = next((n for n in reversed(article.headings) if n < passage.paragraph), None)
        parts = [title, paragraphs[heading - 1] if heading else ""]
        line = ". ".join(part for part in parts if part)
        before = ""
        if previous and previous.paragraph == passage.paragraph:
            before = article.text[previous.start : previous.end]
        yield " ".join(
            part for part in (line + "." if line else "", before, article.text[passage.start : passage.end]) if part
        )
        previous = passage
