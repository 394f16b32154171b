"""An article as it is searched: its passages with their vectors, words and answer types."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from index.embed.embedder import Embedder, Vectors
from index.models import Article, Passage
from index.retrieve.article_vectors import embed
from index.retrieve.late_interaction import PassageScorer, Tokens
from index.retrieve.postings import Words
from index.text.answer_types import AnswerTypes, answer_types_of
from index.text.sentences import split
from index.text.terms import terms

Terms = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class IndexedArticle:
    """An article with n passages, their vectors and their contexts' vectors (n, d), terms and answer types.

    ``tokens`` are the compressed token vectors of each passage, shape (t, k); None if there was no scorer.
    """

    article: Article
    passages: tuple[Passage, ...]
    sentences: Vectors
    contexts: Vectors
    terms: Terms
    answer_types: tuple[AnswerTypes, ...]
    tokens: tuple[Tokens, ...] | None = None

    @cached_property
    def words(self) -> Words:
        """The inverted indexes of the passages, built at the first question and then reused."""
        return Words.of(self.passages, self.terms, self.answer_types)

    def only(self, numbers: Sequence[int]) -> "IndexedArticle":
        """The same article with only the passages at these positions."""
        return replace(
            self,
            passages=tuple(self.passages[i] for i in numbers),
            sentences=self.sentences[list(numbers)],
            contexts=self.contexts[list(numbers)],
            terms=tuple(self.terms[i] for i in numbers),
            answer_types=tuple(self.answer_types[i] for i in numbers),
            tokens=tuple(self.tokens[i] for i in numbers) if self.tokens else None,
        )


def prepare(
    article: Article, embedder: Embedder, scorer: PassageScorer | None, passages: Sequence[Passage] | None = None
) -> IndexedArticle:
    """Split and embed an article. ``passages`` are its passages if it is already split."""
    passages = split(article) if passages is None else tuple(passages)
    embedded = embed(article, passages, embedder, scorer)
    words = tuple(tuple(terms(article.text[p.start : p.end], article.language)) for p in passages)
    return IndexedArticle(
        article,
        passages,
        embedded.sentences,
        embedded.contexts,
        words,
        answer_types_of(article, passages, words),
        embedded.tokens,
    )
