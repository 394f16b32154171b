"""A site with a feed that is followed, and who follows it."""

from pathlib import Path

from bot.feeds.followed import FeedStore, Followed
from bot.feeds.schedule import Follower
from bot.state.database import Database
from index.library import Library
from index.models import Article
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import RANKER
from tests.support.pages.vell import MILL, PIER, page
from tests.support.web import WebServer

EVERY = 1800
CHAT = "-100123"
START = 1_800_000_000


def rss(server: WebServer, *paths: str, updated: str = "Fri, 01 May 2026 10:00:00 GMT") -> bytes:
    items = "".join(
        f"<item><title>{path}</title><link>{server.url}{path}</link><pubDate>{updated}</pubDate></item>"
        for path in paths
    )
    return f"<rss version='2.0'><channel><title>Vell Daily</title>{items}</channel></rss>".encode()


class PowerCut(BaseException): ...


class World:
    """A site with a feed, a library, a clock, and what was announced."""

    def __init__(self, server: WebServer, folder: Path) -> None:
        self.server = server
        self.library = Library(Store(folder, "words"), WordEmbedder(), RANKER)
        self.database = Database(folder)
        self.feeds = FeedStore(self.database)
        self.now = START
        self.announced: list[str] | None = []  # None: the power goes
        self.telegram_takes_it = True
        self.deaf: str | None = None  # a chat that cannot be told anything
        self.pauses = 0
        self.stop = False
        server.pages["/mill"] = page("The mill closes", *MILL), {}
        server.pages["/pier"] = page("The pier stands again", *PIER), {}
        self.feed("/mill")
        self.feeds.follow(f"{server.url}/feed", "Vell Daily", EVERY, CHAT)

    def feed(self, *paths: str, updated: str = "Fri, 01 May 2026 10:00:00 GMT", etag: str = "") -> None:
        more = {"ETag": etag} if etag else {}
        self.server.pages["/feed"] = rss(self.server, *paths, updated=updated), {"Content-Type": "text/xml", **more}

    def visit(self, later: int = 0) -> list[str]:
        """The paths that were asked for."""
        self.now += later
        self.server.requests.clear()

        self.follower().visit_due()
        return [path for path, _ in self.server.requests]

    def follower(self) -> Follower:
        def announce(chat: str, article: Article) -> bool:
            if self.announced is None:
                raise PowerCut
            takes_it = self.telegram_takes_it and chat != self.deaf
            if takes_it:
                self.announced.append(f"{article.title} in {chat}")
            return takes_it

        def pause() -> bool:
            self.pauses += 1
            return self.stop

        return Follower(self.feeds, self.library, announce, allow_private=True, pause=pause, now=lambda: self.now)

    def titles(self) -> list[str]:
        return [one.title for one in self.library.articles()]

    def only(self) -> Followed:
        (feed,) = self.feeds.all()
        return feed
