"""Embeds the passages of an article, each with its context.

The vector of a passage alone retrieves better than the vector of a window around it, so it is kept. The context is a
second vector: the mean of the vectors of (title, heading, previous passage, passage) and of the whole paragraph.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.embed.embedder import Embedder, Vectors
from index.models import Article, Passage, split_paragraphs
from index.retrieve.late_interaction import PassageScorer, Tokens

CONTEXT_WEIGHT = 0.38


def blend(sentences: Vectors, contexts: Vectors) -> Vectors:
    """The weighted sum of both vectors, which questions are compared with: shape (n, d), lengths at most 1."""
    return np.ascontiguousarray((1 - CONTEXT_WEIGHT) * sentences + CONTEXT_WEIGHT * contexts, np.float32)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of n passages and of their contexts, both (n, d), and their compressed token vectors.

    ``tokens`` is None if there is no scorer.
    """

    sentences: Vectors
    contexts: Vectors
    tokens: tuple[Tokens, ...] | None = None


def embed(
    article: Article, passages: Sequence[Passage], embedder: Embedder, scorer: PassageScorer | None = None
) -> Embedded:
    paragraphs = split_paragraphs(article.text)
    used = sorted({passage.paragraph for passage in passages})
    sentences = [article.text[p.start : p.end] for p in passages]
    # One call for all texts: they run in parallel, and each call waits for its slowest text.
    texts = [*sentences, *_windows(article, passages, paragraphs), *(paragraphs[n - 1] for n in used)]
    count = len(passages)
    tokens = None
    if scorer is None:
        vectors = embedder.passages(texts)
    else:
        vectors, every = embedder.passage_tokens(texts)
        tokens = tuple(scorer.compress(one) for one in every[:count])
    rows = {n: 2 * count + i for i, n in enumerate(used)}
    around = vectors[[rows[p.paragraph] for p in passages]] if passages else vectors[:0]
    contexts = (vectors[count : 2 * count] + around) / 2
    return Embedded(vectors[:count].copy(), contexts.astype(np.float32), tokens)


def _windows(article: Article, passages: Sequence[Passage], paragraphs: Sequence[str]) -> Iterator[str]:
    # A title that was taken from the first sentence adds nothing.
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
