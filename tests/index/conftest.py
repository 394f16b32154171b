"""A library in a folder, empty and full."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.library import Library
from index.store.sqlite.library_store import Store
from tests.support.embedder import CountingEmbedder
from tests.support.engine import ARTICLES, RANKER


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def library(tmp_path: Path, embedder: CountingEmbedder) -> Iterator[Library]:
    with Library(Store(tmp_path, "words"), embedder, RANKER) as library:
        yield library


@pytest.fixture
def full(library: Library) -> Library:
    for article in ARTICLES:
        library.add(article)
    return library
