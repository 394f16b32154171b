"""A web server on the loopback for all tests of a file."""

from collections.abc import Iterator

import pytest

from tests.support.web import WebServer, served


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    with served() as server:
        yield server


@pytest.fixture
def base(server: WebServer) -> str:
    return server.url
