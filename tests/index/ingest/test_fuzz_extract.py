"""Whatever it is given, the extractor makes an article or says why not, in bounded time and memory."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing.cases import by_first_byte, case, seeds
from fuzzing.watched import check, verdict_on
from index.errors import SourceError
from index.ingest.extract import LONGEST, MOST_LINES, extract
from index.models import Article
from index.text.sentences import split

PAGE = (
    b'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The mill</title></head><body><article>'
    b"<h1>The mill</h1><p>The cotton mill of Vell closed in March, after <b>a hundred</b> years.</p><ul><li>Forty "
    b"spinners lost their work.</li></ul><p>The council wants a school &amp; a park.<br>So it says.</p></article>"
)
MARKDOWN = b"---\ntitle: The mill\n---\n\n# The mill\n\nThe *mill* [closed](https://a.example).\n\n- Forty\n- men\n"
TEXT = "Das Mühlrad steht still.\n\nSeit März dreht es sich nicht mehr, sagt die Müllerin.\n".encode()
CORPUS = Path(__file__).parents[2] / "support" / "corpus"
NAMES = ("a.html", "a.htm.gz", "a.md", "a.txt", "a.pdf", "a.docx", "-", "https://a.example/x", "a")
TYPES = (None, "text/html", "text/html; charset=utf-16", "text/plain; charset=latin1", "text/markdown", "text/x", "a/b")
MARK = "\u0323"
SENTENCE = b"The quick brown fox jumps over the lazy dog again. "


def made(data: bytes, name: str, content_type: str | None = None) -> bool:
    """Whether an article could be made; then it is as articles are."""
    try:
        article = extract(data, name=name, content_type=content_type, url=name if "://" in name else None)
    except SourceError:
        return False
    check(article)
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


@pytest.mark.parametrize("first", range(0, 200, 25))
def test_spoiled_documents_of_all_kinds(first: int) -> None:
    documents = seeds(None)
    for number in range(first, first + 25):
        verdict_on(case(number, documents))


# What took minutes or for ever once, in time that grew with the square of the size, or worse.


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<!---->" * 500 + SENTENCE, "-"),
        (b"<html><body><p>" + b"a" * 900_000 + b"</p><p>" + SENTENCE * 9, "a.html"),
        (b"<html><body><p>" + SENTENCE + b"\n" * 400_000 + SENTENCE * 9, "a.html"),
        (b"a" + "\u0301\u0316".encode() * 450_000 + SENTENCE, "a.txt"),
        (b"# The fox\n\n" + b"<!-- " * 190_000, "a.md"),
        (b"# The fox\n\n" + b"<script " * 120_000, "a.md"),
        (b"Source: https://a.example/b\n\n" * 6_000 + SENTENCE, "a.txt"),
        (SENTENCE + b"\n\nSource: https://a.example/b" * 6_000, "a.txt"),
    ],
    ids=[
        "comments",
        "a word",
        "blanks",
        "combining marks",
        "open comments",
        "open scripts",
        "addresses above",
        "addresses below",
    ],
)
def test_what_took_longer_than_its_size(data: bytes, name: str) -> None:
    assert made(data, name)


@pytest.mark.parametrize(
    "table",
    [
        b"<tr>" + b"<td>fox" * 90_000,
        b"<tr><td rowspan=100 colspan=100>fox" * 3_000,
    ],
    ids=["a row of cells", "cells over rows"],
)
def test_a_table_that_took_longer_than_its_size(table: bytes) -> None:
    assert made(b"<html><body><p>" + SENTENCE * 9 + b"<table>" + table + b"</table><p>" + SENTENCE * 9, "a.html")


@pytest.mark.parametrize(
    "article",
    [
        Article(".”" * 50_000 + " The mill stands still.", "The mill"),
        Article("\n\n".join(["The mill", "It stands still."] * 100_000), "", headings=tuple(range(1, 200_000, 2))),
    ],
    ids=["marks without a word", "headings"],
)
def test_parting_what_took_longer_than_its_size(article: Article) -> None:
    assert "".join(article.text[p.start : p.end] for p in split(article)).count("still.") >= 1


def test_a_page_of_more_tags_than_any_article_is_refused() -> None:
    attributes = b" ".join(b"a%d=b" % number for number in range(25_000))
    for data in (b"<p>The mill stands still. " * 200_000, b"<p " + attributes + b">" + SENTENCE * 9):
        with pytest.raises(SourceError, match="more tags than any article") as caught:
            extract(b"<html><body>" + data, name="a.html")
        assert caught.value.kind == "too_large"


# What brought it down, or came out in another form than articles have.


@pytest.mark.parametrize("label", ["x-user-defined", "iso-2022-kr", "hz-gb-2312"])
def test_a_charset_that_holds_no_text_is_as_good_as_none(label: str) -> None:
    text = "Der Müller mahlt Äpfel für die Gäste, und die Müllerin übt."
    article = extract(text.encode("cp1252"), name="a.txt", content_type=f"text/plain; charset={label}")
    assert article.text == text


def test_no_letter_bears_more_than_thirty_marks() -> None:
    article = extract(f"A fox{MARK * 40} sleeps.".encode(), name="a.txt")
    assert article.text == f"A fox{MARK * 30} sleeps."


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_what_the_guided_fuzzer_found_to_lead_elsewhere(path: Path) -> None:
    """The fewest inputs of an hour that together reach every line that it reached."""
    verdict_on(by_first_byte(path.read_bytes()))


def test_there_is_such_a_corpus_and_it_is_small() -> None:
    sizes = [path.stat().st_size for path in CORPUS.iterdir()]
    assert 20 < len(sizes) < 400
    assert sum(sizes) < 300_000
