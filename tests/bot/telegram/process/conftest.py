"""Bots that run for all tests of a file, which may have another ``bot`` of its own."""

import re
from collections.abc import Iterator

import pytest

from index.library import Library
from tests.support.access import GONE, NOBODY, OWNER, SPARE, Stage
from tests.support.articles import POTTERY, RIVER
from tests.support.bot_api import BotApi
from tests.support.process import Bot, embedder, free_port, stock


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A bot with owners, and people of every role."""
    folder = tmp_path_factory.mktemp("access")
    with Library.open(folder, embedder()) as library:
        for article in (SPARE, GONE, RIVER, POTTERY):
            library.add(article)
        library.remove(GONE.id)
    settings = {"QUOTH_OWNER_IDS": str([OWNER, *NOBODY.values()]), "QUOTH_QUESTIONS_A_MINUTE": "1000"}
    with BotApi(privacy=False) as api, Bot(api, folder, **settings) as bot:
        one = Stage(api, {SPARE.title, RIVER.title, POTTERY.title})
        yield one
        assert api.violations == []
        assert "Traceback" not in bot.log
        assert not re.search(r" (ERROR|CRITICAL) |level=(error|critical)", bot.log)
    with Library.open(folder, embedder()) as library:
        assert {article.title for article in library.articles()} == one.titles


@pytest.fixture(scope="module", params=["polling", "webhook"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def api(mode: str) -> Iterator[BotApi]:
    with BotApi(privacy=False) as server:
        yield server
        assert server.violations == []


@pytest.fixture(scope="module")
def bot(api: BotApi, mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A bot over the two articles, once by polling and once by webhook."""
    folder = tmp_path_factory.mktemp("manners")
    settings, port = {}, free_port()
    if mode == "webhook":
        settings = {"QUOTH_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook", "QUOTH_WEBHOOK_PORT": str(port)}
    stock(folder)
    with Bot(api, folder, **settings) as running:
        yield running
