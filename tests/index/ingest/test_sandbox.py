"""Strangers' bytes are read in another process: the same comes of them, and nothing else can."""

from pathlib import Path

import pytest

from index.errors import SourceError
from index.ingest import sandbox
from index.ingest.extract import extract
from index.ingest.feed import parse
from index.ingest.sandbox import extract_sandboxed, feed_link_sandboxed, parse_feed_sandboxed
from index.models import Article

PAGE = (
    "<html lang='en'><head><meta property='article:published_time' content='2026-06-14T08:00:00+02:00'></head><body>"
    "<article><h1>The lock at Brenn</h1><p>The lock was drained on Tuesday. Divers found a crack — “as long as a "
    "barge”, its keeper said.</p><h2>The repair</h2><p>It costs two million crowns 🛶 and takes until Friday.</p>"
    "</article></body></html>"
)
ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>Brenn Post</title><entry><title>The lock</title>"
    "<link href='https://brenn.example/lock'/><updated>2026-06-14T08:00:00Z</updated></entry></feed>"
)


def fields(article: Article) -> tuple[object, ...]:
    return article, article.visible_text, article.aliases


@pytest.mark.parametrize(
    ("raw", "name"), [(PAGE, "lock.html"), ("# The lock\n\nIt was drained.", "a.md"), ("It was drained.", "-")]
)
def test_the_same_article_comes_of_it(raw: str, name: str) -> None:
    url = "https://brenn.example/lock?utm_source=x"
    here = extract(raw.encode(), name=name, url=url)
    assert fields(extract_sandboxed(raw.encode(), name=name, url=url)) == fields(here)


def test_the_same_feed_comes_of_it() -> None:
    url = "https://brenn.example/feed"
    assert parse_feed_sandboxed(ATOM.encode(), url) == parse(ATOM.encode(), url)
    link = b"<link rel='alternate' type='application/atom+xml' href='/feed'>"
    assert feed_link_sandboxed(link, "https://brenn.example/") == url
    assert feed_link_sandboxed(PAGE.encode(), url) is None


@pytest.mark.parametrize(
    ("raw", "kind"), [(b"", "empty"), (b"\x00\x01\x02", "unreadable"), (b"%PDF-1.7", "unreadable")]
)
def test_the_same_error_comes_of_it(raw: bytes, kind: str) -> None:
    with pytest.raises(SourceError) as here:
        extract(raw, name="-")
    with pytest.raises(SourceError) as there:
        extract_sandboxed(raw, name="-")
    assert (str(there.value), there.value.kind) == (str(here.value), here.value.kind)
    assert there.value.kind == kind
    with pytest.raises(SourceError, match="not an RSS or Atom feed"):
        parse_feed_sandboxed(raw, "https://brenn.example/feed")


@pytest.mark.parametrize(
    "child",
    [
        "import os; os.abort()",
        "bytes(4 << 30)",
        "while True: pass",
        "open(r'{file}', 'w').write('x' * 10)",
        "print('x' * 1_000_000)",
    ],
)
def test_one_that_hangs_crashes_or_goes_astray_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, child: str
) -> None:
    file = tmp_path / "written"
    limits = "from index.child_process import limit; limit(memory=3 << 30, seconds=60)"
    monkeypatch.setattr(sandbox, "_CHILD", ("-c", f"{limits}\n{child.format(file=file)}"))
    monkeypatch.setattr(sandbox, "_MOST_BYTES", 1000)
    if "while" in child:
        monkeypatch.setattr(sandbox, "_PATIENCE", 1.0)
    with pytest.raises(SourceError, match="too much time or memory"):
        extract_sandboxed(b"", name="-")
    assert not file.exists() or file.read_bytes() == b""


def test_it_does_not_see_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_TELEGRAM_TOKEN", "1:secret")
    child = "import json, os; print(json.dumps({'error': [str(dict(os.environ)), 'unreadable']}))"
    monkeypatch.setattr(sandbox, "_CHILD", ("-c", child))
    with pytest.raises(SourceError) as caught:
        extract_sandboxed(b"", name="-")
    assert "PATH" in str(caught.value)
    assert "secret" not in str(caught.value)
