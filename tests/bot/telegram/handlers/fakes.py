"""What handlers work with, in memory: as much of it as their protocols ask for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import ParamSpec, TypeVar

from telegram import Update

from bot.state.chats import Given, Place, Said
from bot.state.tallies import Report
from bot.telegram.updates.quota import Quota
from index.errors import SourceError, UnknownArticle
from index.library import Added
from index.links.article_links import PUBLISHERS
from index.models import Article, Listing, Quote, Source, Summary
from tests.support.telegram import OWNER

P = ParamSpec("P")
T = TypeVar("T")


class FakeLibrary:
    def __init__(self, *articles: Article) -> None:
        self.kept = {one.id: one for one in articles}
        self.saves = 0

    def article(self, article_id: str) -> Article:
        if article_id not in self.kept:
            raise UnknownArticle(article_id)
        return self.kept[article_id]

    current = article

    def articles(self) -> list[Listing]:
        return [Listing(one.id, one.title, one.url, "2026-01-01", 3) for one in self.kept.values()]

    def listing(self, article_id: str) -> Listing:
        return next(one for one in self.articles() if one.id == self.article(article_id).id)

    def size(self) -> int:
        return len(self.kept)

    def newest(self) -> str | None:
        return next(reversed(self.kept), None)

    def at(self, address: str) -> str | None:
        return next((one.id for one in self.kept.values() if one.url == address), None)

    def versions(self) -> dict[str, str]:
        return {name: name for name in self.kept}

    def summary(self, article_id: str) -> Summary:
        return Summary(self.article(article_id), ())

    def sources(self, article_id: str) -> tuple[Source, ...]:
        return ()

    def add(self, article: Article) -> Added:
        change = "known" if article.id in self.kept else "new"
        self.kept[article.id] = article
        return Added(article, 1, 3, change)  # type: ignore[arg-type]

    def remove(self, article_id: str) -> None:
        del self.kept[article_id]

    def save_index(self) -> None:
        self.saves += 1


class FakeState:
    def __init__(self) -> None:
        self.answers: dict[tuple[int, int], Given] = {}
        self.chosen: dict[Place, str] = {}
        self.forgotten: list[int] = []
        self.met: list[int] = []

    def reply_to(self, chat: int, asked: int) -> Given | None:
        return self.answers.get((chat, asked))

    def chosen_article(self, place: Place) -> str | None:
        return self.chosen.get(place)

    def last_quotes(self, place: Place) -> tuple[Said, ...]:
        return ()

    def knows_chat(self, chat: int) -> bool:
        return chat in self.met

    def add_chat(self, chat: int) -> None:
        self.met.append(chat)

    def move(self, chat: int, to: int) -> None:
        self.met = [to if one == chat else one for one in self.met]

    def forget(self, chat: int) -> None:
        self.forgotten.append(chat)


class FakeTallies:
    def __init__(self) -> None:
        self.votes: list[tuple[int, int, int]] = []

    def vote(self, chat: int, asked: int, vote: int) -> None:
        self.votes.append((chat, asked, vote))

    def report(self, *, days: int, questions: int, today: date, articles: Mapping[str, str]) -> Report:
        return Report((), (), ())


class Forgotten:
    def __init__(self) -> None:
        self.chats: list[int] = []

    def forget(self, chat: int) -> None:
        self.chats.append(chat)


class AtOnce:
    async def run(self, work: Callable[[], T]) -> T:
        return work()


class FakeServices:
    def __init__(self, *articles: Article, presses: int = 100) -> None:
        self.library = FakeLibrary(*articles)
        self.state = FakeState()
        self.tallies = FakeTallies()
        self.memory = Forgotten()
        self.readers = AtOnce()
        self.press_quota = Quota(presses)
        self.links = PUBLISHERS

    async def index(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)

    def is_owner(self, update: Update) -> bool:
        return update.effective_user is not None and update.effective_user.id == OWNER

    def quotes(self, said: tuple[Said, ...]) -> list[Quote]:
        kept = [one for one in said if one.article in self.library.kept]
        return [Quote(self.library.article(one.article), one.start, one.end, one.paragraph) for one in kept]

    def outdated(self, quotes: Sequence[Quote]) -> list[Quote]:
        return []

    def choose(self, place: Place, below: Place | None, article_id: str) -> None:
        self.state.chosen[place] = article_id

    def article_of(self, place: Place) -> tuple[str | None, bool]:
        return self.state.chosen.get(place), place in self.state.chosen

    def latest(self, place: Place | None) -> str | None:
        return self.library.newest()


class FakeSources:
    """Sources by their address, or the text of a document; all others fail with ``kind``."""

    def __init__(self, kind: str = "unreachable", status: int | None = None, **articles: Article) -> None:
        self._kind, self._status, self._articles = kind, status, articles
        self.asked: list[str] = []

    def fetched(self, url: str) -> Article:
        return self._find(url)

    def extracted(self, data: bytes, name: str, content_type: str | None) -> Article:
        return self._find(f"{name}: {data.decode()[:20]}")

    def _find(self, source: str) -> Article:
        self.asked.append(source)
        if "article" not in self._articles:
            raise SourceError("This cannot be read.", self._kind, self._status)
        return self._articles["article"]
