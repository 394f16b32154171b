"""A server for each test."""

from collections.abc import Iterator

import pytest

from tests.support.bot_api import BotApi


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api
