"""Summarises an article by a few of its own sentences, in their order.

The first sentence is the first that can stand alone. Then the sentence that adds most is taken, one by one, by a
facility-location objective (Lin and Bilmes, "A Class of Submodular Functions for Document Summarization", ACL 2011): it
rewards no topic twice, and a long sentence less than two short ones. A sentence covers sentences that are similar and
sentences nearby, so that no part of the article is left out.

A sentence counts more the more similar it is to those after it, because news first says what it then explains (directed
centrality: Zheng and Lapata, "Sentence Centrality Revisited for Unsupervised Summarization", ACL 2019), and the more
words it shares with the title (Edmundson, "New Methods in Automatic Extracting", JACM 1969). The weights were chosen
with benchmarks/quality/summaries.py, cross-validated by page.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.models import Article, Passage, Quote, Summary
from index.retrieve.bm25 import idf
from index.retrieve.postings import Postings
from index.text.terms import terms

LENGTHS = ((10, 3), (20, 4))  # (the most passages of an article, the number of sentences in its summary)
LONGEST = 5  # the number of sentences for all longer articles
MOST = 2000  # the most passages compared, because memory is quadratic; of a longer text, this many evenly spaced ones
OPENING = 5  # the first sentence of the summary is among this many first sentences
TITLE = 2.0  # a sentence with all words of the title gets the weight 1 + this
NEARNESS = 0.5  # how much of a sentence's coverage comes from its neighbourhood; the rest from similarity
LENGTH = 0.5  # the merit is divided by this power of the sentence's length, in median lengths
THRESHOLD = 0.1  # similarities below this share of their range count as 0
ALIKE = 0.8  # two sentences above this share of the range say the same
LEANING = 0.25  # the weight of a sentence that needs the sentence before it
SHORT = 0.4  # a sentence below this share of the median length is too short for a summary
TINY = 1e-3  # the merit of the least central sentence; above that of a question, which is 0

_MARKS = "\"'“”„«»‘’([—–- "
_SPEECH = re.compile(r"[\"“„«][^\"”»]*[\"”»]?\s*$")  # a quotation without its speaker
_LEANS = re.compile(
    r"(?:he|she|it|they|we|i|you|this|that|these|those|his|her|its|their|there|but|and|so|or|yet|however|also|then|thus|"
    r"moreover|meanwhile|instead|still|such|both|another|other|others|one|here|"
    r"er|sie|es|wir|ich|dies|diese|dieser|dieses|das|aber|und|doch|auch|dann|jedoch|"
    r"él|ella|ellos|ellas|esto|esta|este|estos|estas|eso|pero|y|también|además|sin embargo|"
    r"он|она|оно|они|мы|я|это|этот|эта|эти|его|её|их|но|а|и|также|однако|затем|"
    r"він|вона|воно|вони|ми|це|цей|ця|ці|його|її|їх|але|та|й|також|проте|однак|потім)\b",
    re.IGNORECASE,
)


def summary(article: Article, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> Summary:
    """Three to five of the passages (all, if there are fewer), in the article's order.

    ``vectors`` holds the unit vectors of the passages, shape (n, d). Only their similarities relative to each other
    count, so any model will do. A quote's score is the share of the article that it adds, 0 to 1.
    """
    if not passages:
        return Summary(article, ())
    if len(passages) > MOST:
        kept = np.linspace(0, len(passages) - 1, MOST).astype(int)
        passages, vectors = [passages[n] for n in kept], vectors[kept]
    texts = [article.text[passage.start : passage.end] for passage in passages]
    weights = _weights(texts)
    merit = weights * (1.0 + TITLE * _titled(article, texts)) / _lengths(texts) ** LENGTH
    first = next((n for n, weight in enumerate(weights[:OPENING]) if weight > 0), None)
    picked = _picked(_similarities(vectors), merit, _length(len(passages)), first)
    return Summary(
        article,
        tuple(
            Quote(article, passages[n].start, passages[n].end, passages[n].paragraph, score=picked[n])
            for n in sorted(picked)
        ),
    )


def _length(passages: int) -> int:
    return next((count for limit, count in LENGTHS if passages <= limit), LONGEST)


def _similarities(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """The cosines between passages (n, n), scaled so that the smallest is 0 and the largest 1; 1 on the diagonal."""
    rows = np.nan_to_num(np.asarray(vectors, dtype=np.float64), posinf=0.0, neginf=0.0)
    cosines = rows @ rows.T
    others = cosines[~np.eye(len(rows), dtype=bool)]
    low, high = (others.min(), others.max()) if others.size else (0.0, 0.0)
    stretched: NDArray[np.float64] = np.zeros_like(cosines)
    if high > low:
        stretched = np.clip((cosines - low) / (high - low), 0.0, 1.0)
    np.fill_diagonal(stretched, 1.0)
    return stretched


def _weights(texts: Sequence[str]) -> NDArray[np.float64]:
    """The weight of each sentence (n,): 1; less if it needs the one before it; 0 for questions and fragments."""
    typical = float(np.median([len(text) for text in texts]))
    weights = np.ones(len(texts))
    for n, text in enumerate(texts):
        bare = text.strip(_MARKS)
        if bare.endswith(("?", "？", "؟")) or len(text) < SHORT * typical or _SPEECH.match(text):
            weights[n] = 0.0
        elif _LEANS.match(bare) or text[0] in _MARKS or bare[:1].islower():
            weights[n] = LEANING
    return weights


def _lengths(texts: Sequence[str]) -> NDArray[np.float64]:
    """The length of each sentence (n,) in median lengths, at least ``SHORT``."""
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    return np.maximum(lengths / np.median(lengths), SHORT)


def _titled(article: Article, texts: Sequence[str]) -> NDArray[np.float64]:
    """The share of the title's words that each sentence holds (n,), 0 to 1; rare words weigh more."""
    sentences = [frozenset(terms(text, article.language)) for text in texts]
    title = sorted(set(terms(article.title, article.language)))
    rarity = idf(title, Postings(sentences).counts(title))
    rarity = {word: weight for word, weight in rarity.items() if any(word in words for words in sentences)}
    whole = sum(rarity.values())
    return np.array(
        [sum(w for word, w in rarity.items() if word in words) / whole if whole else 0.0 for words in sentences]
    )


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values scaled to 0..1; all 1 if they do not differ."""
    spread = float(np.ptp(values))
    return (values - values.min()) / spread if spread > 0 else np.ones_like(values)


def _picked(
    similarities: NDArray[np.float64], merit: NDArray[np.float64], count: int, first: int | None
) -> dict[int, float]:
    """The indexes of the chosen sentences, each with the share of the article that it added.

    They are chosen greedily; of equally good sentences the earlier one is taken.
    """
    edges = np.clip((similarities - THRESHOLD) / (1.0 - THRESHOLD), 0.0, 1.0)
    merit = (_unit(np.triu(edges, 1).sum(axis=1)) + TINY) * merit
    worth = _unit(similarities.sum(axis=1))  # a sentence that resembles few others need not be covered
    worth /= worth.sum()
    places = np.arange(len(edges))
    near = np.exp(-np.abs(np.subtract.outer(places, places)) * (2.0 * count / len(edges)))
    reach = (1.0 - NEARNESS) * edges + NEARNESS * near
    covered = np.zeros(len(edges))
    free = np.ones(len(edges), dtype=bool)
    picked: dict[int, float] = {}
    while len(picked) < count and free.any():
        added = np.maximum(reach - covered, 0.0) @ worth
        # Rounded, so that the order in which floats are added cannot decide a tie.
        best = int(np.argmax(np.round(np.where(free, (added + TINY) * merit, -1.0), 9)))
        if not picked and first is not None:
            best = first
        picked[best] = min(float(added[best]), 1.0)
        covered = np.maximum(covered, reach[best])
        free[best] = False
        others = free & (similarities[best] <= ALIKE)
        if len(picked) + int(others.sum()) >= min(count, len(edges)):
            free = others
    return picked
