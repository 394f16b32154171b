"""A site with a feed, a library and a clock, new for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.feeds import World
from tests.support.web import served


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served() as server:
        world = World(server, tmp_path)
        yield world
        world.library.close()
        world.database.close()
