"""The library: what ``bot/`` uses of the engine."""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from index.embed.embedder import Embedder, Vectors
from index.errors import Fault, SourceError, UnknownArticle
from index.models import (
    Answer,
    Article,
    Closest,
    Listing,
    NoAnswer,
    NotAQuestion,
    Outcome,
    Passage,
    Quote,
    Source,
    Summary,
)
from index.read.conversation import REMEMBERED, asks_for_more, completed, is_small_talk, parts, referring, small_talk
from index.read.decision import Thresholds, decide, joined
from index.retrieve.indexed_article import IndexedArticle, prepare
from index.retrieve.late_interaction import PassageScorer, scorer_for
from index.retrieve.ranker import Ranker, default_ranker
from index.retrieve.search import Question, articles_for, ask, rank
from index.store.protocol import LibraryStore
from index.store.sqlite.library_store import Store
from index.text.language import detect
from index.text.sentences import split

ARTICLES_TRIED = 2
ONE_WRONG_IN = 9.0


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a source: ``change`` is "new", "known" with this text, or "corrected", when an article that was
    there has this text now."""

    article: Article
    paragraphs: int
    passages: int
    change: Literal["new", "known", "corrected"] = "new"


class Library:
    """Articles that can be asked. Safe to use from several threads.

    Every method that needs the embedding model loads it on first use.
    """

    def __init__(
        self,
        store: LibraryStore,
        embedder: Embedder,
        ranker: Ranker,
        scorer: PassageScorer | None = None,
        one_wrong_in: float = ONE_WRONG_IN,
        show_closest: bool = True,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._ranker = ranker
        self._scorer = scorer
        shown_from = ranker.closest if show_closest else math.inf
        self._thresholds = Thresholds(ranker.threshold(one_wrong_in), shown_from)
        self._background: Vectors | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: Path | None,
        embedder: Embedder,
        *,
        one_wrong_in: float = ONE_WRONG_IN,
        show_closest: bool = True,
    ) -> Self:
        """Open or make the library in ``folder``; without one it lives in memory. Raises StoreError and its kin.

        ``one_wrong_in``: of about how many answers one may be wrong. The higher it is, the fewer are asserted. Without
        ``show_closest`` what is not sure is not shown.
        """
        scorer = scorer_for(embedder.name)
        store = Store(folder, embedder.name, scorer.width if scorer else 0)
        return cls(store, embedder, default_ranker(), scorer, one_wrong_in, show_closest)

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # The articles

    def add(self, article: Article, *, corrects: str | None = None) -> Added:
        """Index an article. What is there already, unchanged, is not indexed again.

        It becomes a new version of the article ``corrects``, without that of one from the same page. Questions are
        answered from the new version; the text of the old one stays for what was quoted from it.

        Raises:
            SourceError: it holds no sentence.
            UnknownArticle: there is no article that it could correct.
            StoreError: it cannot be written.
        """
        passages = split(article)
        if not passages:
            raise SourceError(
                "This text holds no sentence, only headings. Give the article's whole text.", "no_article"
            )
        if corrects is None and article.url:
            corrects = self._store.at(article.url)
        change = self._change(article, corrects)
        if change == "known" and self._store.article(article.id) == article:
            self._store.note(article)
        else:
            self._store.add(prepare(article, self._embedder, self._scorer, passages), corrects)
        return Added(article, len(article.paragraphs), len(passages), change)

    def remove(self, article_id: str) -> None:
        """Remove an article with all its versions. Raises UnknownArticle."""
        self._store.remove(article_id)

    def articles(self) -> list[Listing]:
        """All articles in their current version, the newest first."""
        return self._store.listings()

    def listing(self, article_id: str) -> Listing:
        """That of the current version of an article, whichever version is named. Raises UnknownArticle."""
        return self._store.listing(article_id)

    def versions(self) -> dict[str, str]:
        """The id of each article's current version, by the ids of all its versions, itself among them."""
        return self._store.versions()

    def size(self) -> int:
        """How many articles there are."""
        return self._store.size()

    def passage_count(self) -> int:
        """How many passages all articles have together."""
        return self._store.passage_count()

    def newest(self) -> str | None:
        """The id of the article added last, if there is any."""
        return self._store.newest()

    def at(self, address: str) -> str | None:
        """The id of the newest article from this page, however its address is written, else of the one that the address
        led to; None for an unknown one."""
        return self._store.at(address) or self._store.behind(address)

    def article(self, article_id: str) -> Article:
        """This very version of an article. Raises UnknownArticle, DamagedLibrary."""
        return self._store.article(article_id)

    def current(self, article_id: str) -> Article:
        """The current version of an article, whichever version is named. Raises UnknownArticle, DamagedLibrary."""
        return self._store.article(self._store.current(article_id))

    def still_says(self, quote: Quote) -> bool:
        """Whether the current version of its article says what is quoted. Raises UnknownArticle, DamagedLibrary."""
        current = self._store.current(quote.article.id)
        return current == quote.article.id or quote.stands_in(self._store.article(current))

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        """Of this very version. Raises UnknownArticle, DamagedLibrary, ModelMismatch."""
        document = self._store.document(article_id)
        return document.passages if document.article.id == article_id else split(self._store.article(article_id))

    # Questions

    def ask(
        self, question: str, article_id: str | None = None, *, history: Sequence[str] = (), candidates: int = 1
    ) -> Outcome:
        """Answer a question from one article, or from the article of the whole library that answers it best.

        ``history`` holds the earlier questions of the conversation, oldest first; only a question that names no subject
        of its own ("And when was that?") is read together with them.

        Raises:
            UnknownArticle, DamagedLibrary, ModelMismatch, ModelError
        """
        if kind := small_talk(question):
            if article_id is not None:
                self._store.document(article_id)  # raises what a question to it would
            return NotAQuestion(question, kind)
        before = [earlier for earlier in history if not is_small_talk(earlier)][-REMEMBERED:]
        found, _ = self._converse(question, before, article_id, candidates)
        return replace(found, question=question)

    def _converse(
        self, question: str, history: Sequence[str], article_id: str | None, candidates: int
    ) -> tuple[Answer | Closest | NoAnswer, tuple[Quote, ...]]:
        """The answer, and all that was said up to here on the same subject."""
        said: tuple[Quote, ...] = ()
        if whole := completed(question, history):
            if asks_for_more(question):
                _, said = self._converse(history[-1], history[:-1], article_id, 0)
            found = self._ask(whole, article_id, candidates, last=question, said=said)
        elif whole := referring(question, history):
            found = self._ask(question, article_id, candidates, within=whole)
        else:
            found = self._ask(question, article_id, candidates)
            asked = parts(question)
            if len(asked) > 1:
                answered = [self._ask(part, article_id, candidates, last=last) for part, last in asked]
                found = joined(found, answered)
        return found, (*said, *found.quotes) if isinstance(found, Answer | Closest) else said

    def _ask(
        self,
        text: str,
        article_id: str | None,
        candidates: int,
        *,
        last: str = "",
        said: Sequence[Quote] = (),
        within: str = "",
    ) -> Answer | Closest | NoAnswer:
        """``within`` is the same question with those before it, where it speaks of their subject."""
        question = self._question(text, last)
        whole = self._question(within, text) if within else question
        ids = [article_id] if article_id is not None else articles_for(whole, self._store, ARTICLES_TRIED)
        found: list[Answer | Closest | NoAnswer] = []
        for one in ids:
            try:
                document = self._store.document(one)
            except UnknownArticle:
                if article_id is not None:
                    raise
                continue  # removed since it was found
            document = _unsaid(document, said)
            ranking = rank(question, document, self._ranker, self._scorer)
            wider = rank(whole, document, self._ranker, self._scorer) if within else None
            if ranking:
                found.append(decide(text, ranking, self._ranker, self._thresholds, candidates, wider))
        return max(found, key=lambda result: result.confidence, default=NoAnswer(text, 0.0))

    def summary(self, article_id: str) -> Summary:
        """Raises UnknownArticle, DamagedLibrary, ModelMismatch."""
        from index.digest.summary import summary

        document = self._store.document(article_id)
        return summary(document.article, document.passages, document.sentences)

    def sources(self, article_id: str) -> tuple[Source, ...]:
        """Whom the article names as its sources. Raises UnknownArticle, DamagedLibrary, ModelMismatch."""
        from index.digest.sources import sources

        document = self._store.document(article_id)
        return sources(document.article, document.passages)

    # Care

    def warm(self) -> None:
        """Load whatever a question needs, so that the first one does not wait for it.

        Raises:
            ModelError, ModelMismatch, DamagedLibrary
        """
        if self._background is None:
            self._store.load_index()  # while the model is on its way
            detect("What language is this?")
            self._ask("Is all of it loaded?", None, 0)

    def save_index(self) -> None:
        """Write the FAISS index, so that the next start need not make it. Raises StoreError."""
        self._store.save_index()

    def verify(self) -> list[Fault]:
        """What is wrong with the stored library; an empty list when all is well."""
        return self._store.verify()

    def rebuild(self, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Split and embed every article again with this library's model; returns how many.

        ``progress`` is called with the articles done and their number. Until all are done nothing changes; cut short,
        it can simply be started again.

        Raises:
            DamagedLibrary: an article's text does not match its hash.
            ModelError: the model cannot be loaded.
        """
        total, done = self._store.size(), 0
        # A model that cannot be loaded shall say so at once.
        self._embedder.questions(["Is the model there?"])
        with self._store.rebuilding():
            while missing := self._store.move_staged():  # also what others have added meanwhile
                for article_id in missing:
                    try:
                        article = self._store.article(article_id)
                    except UnknownArticle:
                        continue  # removed meanwhile
                    self._store.stage(prepare(article, self._embedder, self._scorer))
                    done += 1
                    progress(done, max(done, total))
        self._store.save_index()
        return done

    # Inside

    def _change(self, article: Article, corrects: str | None) -> Literal["new", "known", "corrected"]:
        try:
            current = self._store.current(article.id)
        except UnknownArticle:
            return "corrected" if corrects else "new"
        if current != article.id:
            return "corrected"  # back to what it was once
        if corrects and self._store.current(corrects) != current:
            return "corrected"  # to what another one says already
        return "known"

    def _question(self, text: str, last: str) -> Question:
        with self._lock:
            if self._background is None:
                self._background = self._embedder.background()
        if self._scorer is None:
            return ask(text, self._embedder.questions([text])[0], self._background, last=last)
        vectors, tokens = self._embedder.question_tokens([text])
        return ask(text, vectors[0], self._background, tokens[0], last)


def checked(folder: Path) -> tuple[int, list[Fault]]:
    """How many articles the library in ``folder`` holds, and what is wrong with it; needs no model.

    Raises:
        StoreError and its kin: it cannot even be read.
    """
    store = Store(folder, "")
    try:
        return store.size(), store.verify()
    finally:
        store.close()


def _unsaid(document: IndexedArticle, said: Sequence[Quote]) -> IndexedArticle:
    """The article without the passages that were quoted already."""
    spans = [(quote.start, quote.end) for quote in said if quote.article.id == document.article.id]
    if not spans:
        return document
    return document.only(
        [
            i
            for i, passage in enumerate(document.passages)
            if not any(start <= passage.start < end for start, end in spans)
        ]
    )
