"""Whatever it is given, the extractor makes an article or says why not, in bounded time and memory."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.extract import LONGEST, MOST_LINES, extract
from index.passages import split

PAGE = (
    b'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The mill</title></head><body><article>'
    b"<h1>The mill</h1><p>The cotton mill of Vell closed in March, after <b>a hundred</b> years.</p><ul><li>Forty "
    b"spinners lost their work.</li></ul><p>The council wants a school &amp; a park.<br>So it says.</p></article>"
)
MARKDOWN = b"---\ntitle: The mill\n---\n\n# The mill\n\nThe *mill* [closed](https://a.example).\n\n- Forty\n- men\n"
TEXT = "Das Mühlrad steht still.\n\nSeit März dreht es sich nicht mehr, sagt die Müllerin.\n".encode()
NAMES = ("a.html", "a.htm.gz", "a.md", "a.txt", "a.pdf", "a.docx", "-", "https://a.example/x", "a")
TYPES = (None, "text/html", "text/html; charset=utf-16", "text/plain; charset=latin1", "text/markdown", "text/x", "a/b")
SENTENCE = b"The quick brown fox jumps over the lazy dog again. "


def made(data: bytes, name: str, content_type: str | None = None) -> bool:
    """Whether an article could be made; then it is as articles are."""
    try:
        article = extract(data, name=name, content_type=content_type, url=name if "://" in name else None)
    except SourceError:
        return False
    assert unicodedata.is_normalized("NFC", article.text)
    assert article.text == article.text.strip()
    assert all(part and part == part.strip("\n") for part in article.text.split("\n\n"))
    article.text.encode()  # no surrogates
    for passage in split(article):
        assert article.text[passage.start : passage.end].strip()
    return True


@given(st.binary(max_size=400), st.sampled_from(NAMES), st.sampled_from(TYPES))
def test_any_bytes(data: bytes, name: str, content_type: str | None) -> None:
    made(data, name, content_type)


@given(st.sampled_from((PAGE, MARKDOWN, TEXT)), st.data(), st.sampled_from(NAMES), st.sampled_from(TYPES))
def test_any_damage(seed: bytes, data: st.DataObject, name: str, content_type: str | None) -> None:
    at, until = sorted(data.draw(st.tuples(*[st.integers(0, len(seed))] * 2)))
    made(seed[:at] + data.draw(st.binary(max_size=20)) + seed[until:], name, content_type)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "cp1251", "koi8-u", "big5", "euc-kr", "shift_jis"])
@given(st.text(max_size=200))
def test_any_text_in_any_encoding(encoding: str, text: str) -> None:
    made(text.encode(encoding, "replace"), "a.txt", f"text/plain; charset={encoding}")


@pytest.mark.parametrize("depth", [10_000, 100_000])
@pytest.mark.parametrize("tag", ["div", "b", "table", "ul", "blockquote", "a"])
def test_deeply_nested_pages(depth: int, tag: str) -> None:
    made(f"<html><body>{f'<{tag}>' * depth}{SENTENCE.decode() * 20}</body></html>".encode(), "a.html")


@pytest.mark.parametrize(
    "data",
    [
        SENTENCE * (10 * 1024 * 1024 // len(SENTENCE)),
        b"a" * 10 * 1024 * 1024,
        b"a\n" * 5 * 1024 * 1024,
        b"\n" * 10 * 1024 * 1024 + b"a",
        "“".encode() * 3 * 1024 * 1024,
    ],
    ids=["sentences", "one word", "lines", "blank", "quotes"],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_ten_megabytes_of_text(data: bytes, name: str) -> None:
    assert not made(data, name)


@pytest.mark.parametrize(
    "seed", [b"*a ", b"[", b"> ", "“".encode(), b"`", b"a\n\n", b"| a ", b"<a>", b"&amp;", b"_(", b"1. "]
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_much_of_one_thing(seed: bytes, name: str) -> None:
    made(seed * 20_000, name)


def test_the_longest_articles_are_taken() -> None:
    assert made(SENTENCE * 2_000, "a.txt")
    assert 10 * len(SENTENCE) * 1_000 < LONGEST
    assert not made(b"a line\n" * (MOST_LINES + 2), "a.txt")
