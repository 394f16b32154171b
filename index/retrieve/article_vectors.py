"""What of an article is embedded, and how it is put together.

A sentence's own vector finds best; replacing it by a window of sentences finds much worse. So the sentence stays, and
its surroundings are a second vector: the mean of (title, heading, previous sentence, sentence) and of its paragraph.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.embed.embedder import Embedder, Vectors
from index.models import Article, Passage, split_paragraphs
from index.retrieve.late_interaction import PassageScorer, Tokens

CONTEXT_WEIGHT = 0.38


def blend(sentences: Vectors, contexts: Vectors) -> Vectors:
    """The vectors that questions are compared with, shape as given; their lengths are at most 1."""
    return np.ascontiguousarray((1 - CONTEXT_WEIGHT) * sentences + CONTEXT_WEIGHT * contexts, np.float32)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The passages' own vectors and their contexts', both of shape (n, d), and the compressed tokens of
    each passage; None where there is no scorer."""

    sentences: Vectors
    contexts: Vectors
    tokens: tuple[Tokens, ...] | None = None


def embed(
    article: Article, passages: Sequence[Passage], embedder: Embedder, scorer: PassageScorer | None = None
) -> Embedded:
    paragraphs = split_paragraphs(article.text)
    used = sorted({passage.paragraph for passage in passages})
    sentences = [article.text[p.start : p.end] for p in passages]
    # All in one call: what is embedded side by side waits for its slowest only once.
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
