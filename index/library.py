"""The library of articles: the engine's interface for ``bot/``."""

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
    """The result of adding an article.

    ``change`` is "new", "known" (the library has it with this text), or "corrected" (it had it with another text).
    ``paragraphs`` and ``passages`` are numbers.
    """

    article: Article
    paragraphs: int
    passages: int
    change: Literal["new", "known", "corrected"] = "new"


class Library:
    """Articles, and answers from them. Safe to use from several threads.

    The embedding model is loaded when a method first needs it.
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
        """Open or make the library in ``folder``; without a folder it exists in memory only.

        About one answer in ``one_wrong_in`` may be wrong. The higher it is, the fewer are asserted.
        Without ``show_closest`` what is not sure is not shown.

        Raises:
            StoreError or one of its subclasses
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
        """Index an article, unless the library already has it unchanged.

        It becomes a new version of the article with the id ``corrects``, or without one, of an article from the same
        page. Questions are then answered from the new version; the text of the old one is kept for its quotes.

        Raises:
            SourceError: the article has no sentences.
            UnknownArticle: there is no article ``corrects``.
            StoreError: the library cannot be written.
            ModelError
        """
        passages = split(article)
        if not passages:
            raise SourceError("This text has no sentences, only headings. Give the article's whole text.", "no_article")
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
        """The listings of all articles in their current version, the newest first."""
        return self._store.listings()

    def listing(self, article_id: str) -> Listing:
        """The listing of an article's current version, given the id of any version. Raises UnknownArticle."""
        return self._store.listing(article_id)

    def versions(self) -> dict[str, str]:
        """For the id of every version of every article the id of its current version."""
        return self._store.versions()

    def size(self) -> int:
        """The number of articles."""
        return self._store.size()

    def passage_count(self) -> int:
        """The number of passages of all articles."""
        return self._store.passage_count()

    def newest(self) -> str | None:
        """The id of the article added last; None if there are no articles."""
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
        """Answer a question from one article or, without ``article_id``, from the article that answers it best.

        ``history`` holds the earlier questions of the conversation, oldest first. Only follow-up questions ("And when
        was that?") are read together with them. The result has at most ``candidates`` candidates.

        Raises:
            UnknownArticle, DamagedLibrary, ModelMismatch, ModelError
        """
        if kind := small_talk(question):
            if article_id is not None:
                self._store.document(article_id)  # raises the same errors as a question to this article
            return NotAQuestion(question, kind)
        before = [earlier for earlier in history if not is_small_talk(earlier)][-REMEMBERED:]
        found, _ = self._converse(question, before, article_id, candidates)
        return replace(found, question=question)

    def _converse(
        self, question: str, history: Sequence[str], article_id: str | None, candidates: int
    ) -> tuple[Answer | Closest | NoAnswer, tuple[Quote, ...]]:
        """The answer, and all quotes given so far on the same subject."""
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
        """The answer to one question.

        ``last`` is the latest message, if ``text`` is a follow-up joined with the questions before it. Passages in
        ``said`` are not quoted again. ``within`` is ``text`` joined with the questions before it, if it refers to them.
        """
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
                continue  # removed in the meantime
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
        """The sources that the article names. Raises UnknownArticle, DamagedLibrary, ModelMismatch."""
        from index.digest.sources import sources

        document = self._store.document(article_id)
        return sources(document.article, document.passages)

    # Maintenance

    def warm(self) -> None:
        """Load everything that a question needs, so that the first question need not wait for it.

        Raises:
            ModelError, ModelMismatch, DamagedLibrary
        """
        if self._background is None:
            self._store.load_index()  # while the model is being loaded
            detect("What language is this?")
            self._ask("Is all of it loaded?", None, 0)

    def save_index(self) -> None:
        """Write the FAISS index, so that the next start need not build it. Raises StoreError."""
        self._store.save_index()

    def verify(self) -> list[Fault]:
        """The faults of the stored library; an empty list if there are none."""
        return self._store.verify()

    def rebuild(self, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Split and embed every article again with this library's model. Returns their number.

        ``progress`` is called with the number of articles done and of all articles. Nothing changes until all are done;
        after an interruption it can simply be started again.

        Raises:
            DamagedLibrary: an article's text does not match its hash.
            ModelError: the model cannot be loaded.
        """
        total, done = self._store.size(), 0
        # Report at once if the model cannot be loaded.
        self._embedder.questions(["Is the model there?"])
        with self._store.rebuilding():
            while missing := self._store.move_staged():  # includes articles that were added in the meantime
                for article_id in missing:
                    try:
                        article = self._store.article(article_id)
                    except UnknownArticle:
                        continue  # removed in the meantime
                    self._store.stage(prepare(article, self._embedder, self._scorer))
                    done += 1
                    progress(done, max(done, total))
        self._store.save_index()
        return done

    def _change(self, article: Article, corrects: str | None) -> Literal["new", "known", "corrected"]:
        try:
            current = self._store.current(article.id)
        except UnknownArticle:
            return "corrected" if corrects else "new"
        if current != article.id:
            return "corrected"  # it has the text of an earlier version again
        if corrects and self._store.current(corrects) != current:
            return "corrected"  # it now has the text of another article
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
    """The number of articles of the library in ``folder``, and its faults. Needs no model.

    Raises:
        StoreError or one of its subclasses: the library cannot be read at all.
    """
    store = Store(folder, "")
    try:
        return store.size(), store.verify()
    finally:
        store.close()


def _unsaid(document: IndexedArticle, said: Sequence[Quote]) -> IndexedArticle:
    """The article without the passages that were already quoted."""
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
