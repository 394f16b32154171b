"""A bad line of a batch is an error object, and the next one is answered."""

import json

import pytest

from bot.cli.json_lines import Where, answered
from index.errors import UnknownArticle
from index.library import Library
from index.links.article_links import PUBLISHERS
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import HARBOUR, RANKER


def find(name: str | None) -> Where:
    if name not in (None, HARBOUR.id):
        raise UnknownArticle(str(name))
    library = Library(Store(None, "words"), WordEmbedder(), RANKER)
    library.add(HARBOUR)
    return library, name


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"question": 5}',
        '{"question": "Who?", "article": 5}',
        '{"question": "Who?", "article": ["a"]}',
        '{"question": "Who?", "history": "abc"}',
        '{"question": "Who?", "history": [1]}',
        '{"question": "\\ud800"}',
        "[" * 100_000,
        '{"question": "Who?", "article": "nobody"}',
    ],
    ids=lambda line: line[:40],
)
def test_a_bad_line_is_an_error(line: str) -> None:
    found = answered(line, find, 0, lambda library: PUBLISHERS)
    assert list(found) == ["error"]
    json.dumps(found, ensure_ascii=False).encode()


def test_a_good_line_is_answered() -> None:
    found = answered(
        json.dumps({"question": "Who built the crane?", "article": HARBOUR.id}), find, 1, lambda library: PUBLISHERS
    )
    assert found["question"] == "Who built the crane?"
    assert "answered" in found
