"""Links open pages at the quote: in a real Chromium where there is one, and by the specification's steps anywhere."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html

from index.ingest.html.page import from_html
from index.links.text_fragments import text_fragment
from index.models import Article
from index.text.sentences import split
from tests.support.browser.chromium import ABSENT, Tab, find_chromium
from tests.support.browser.landings import APART, LANDED, Folded, Opened, Pages, landings, places
from tests.support.browser.selection import visible
from tests.support.browser.specification import browse

FOLDER = Path(__file__).with_name("landing")
CROWDED = (FOLDER / "crowded.html").read_text("utf-8")  # one of everything that gets in a link's way
SCRIPTS: dict[str, list[str]] = json.loads((FOLDER / "scripts.json").read_text("utf-8"))  # title, paragraphs

Case = tuple[Article, str]


def in_script(language: str) -> Case:
    """An article, and its page, whose menu and teaser begin as its sentences do."""
    title, *paragraphs = SCRIPTS[language]
    teasers = "".join(f"<li><a href='#'>{paragraph[:10]}…</a></li>" for paragraph in paragraphs)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    direction = "rtl" if language in {"ar", "he"} else "ltr"
    page = (
        f"<!doctype html><html lang='{language}' dir='{direction}'><head><meta charset='utf-8'><title>{title}</title>"
        f"</head><body><ul>{teasers}</ul><article><h1>{title}</h1>{body}</article><p>{paragraphs[0][:10]}…</p></body>"
    )
    return Article("\n\n".join(paragraphs), title, language=language), page


def cases() -> dict[str, Case]:
    return {"crowded": (from_html(CROWDED), CROWDED), **{language: in_script(language) for language in SCRIPTS}}


CASES = cases()


def quoted(article: Article) -> list[tuple[int, int]]:
    """Each passage, each run of two, and a run of all."""
    passages = split(article)
    runs = [(one.start, other.end) for one, other in pairwise(passages)]
    return [*((passage.start, passage.end) for passage in passages), *runs, (passages[0].start, passages[-1].end)]


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(ABSENT)
    with Tab(chromium) as tab:
        yield tab


@pytest.mark.parametrize("name", CASES)
def test_chromium_marks_exactly_the_quoted_text(tab: Tab, name: str) -> None:
    article, page = CASES[name]
    with Pages() as pages:
        found = list(landings(article, quoted(article), Opened(tab, pages.url(page.encode()))))
    assert len(found) >= 4
    assert [landing for landing in found if landing.outcome not in {LANDED, APART}] == []


def test_chromium_is_seen_to_mark_nothing_and_to_mark_too_much(tab: Tab) -> None:
    _, page = CASES["crowded"]
    with Pages() as pages:
        opened = Opened(tab, pages.url(page.encode()))
        assert opened.marked(":~:text=Nobody%20said%20this") == ()
        ((first, end),) = opened.marked(":~:text=Dogs,deck")
        assert opened.text[first:end] == "Dogstravelfreeofchargeiftheystayonthedeck"
        assert opened.marked(":~:text=Dogs%20travel") != ()


def shown(page: str) -> str:
    """The page's text, a line for each block."""
    tree = html.document_fromstring(page.encode(), html.HTMLParser(encoding="utf-8"))
    for element in tree.xpath("//*[@class='gone']"):
        element.drop_tree()
    return "\n".join(visible(html.tostring(tree, encoding="utf-8"))).replace("\xad", "")


@pytest.mark.parametrize("name", CASES)
def test_by_the_specification_the_first_match_is_the_quoted_text(name: str) -> None:
    article, page = CASES[name]
    text = shown(page)
    folded, ours = Folded(text), Folded(article.text)
    for start, end in quoted(article):
        found = browse(text, text_fragment(article.text, start, end, article.visible_text))
        assert found is not None, article.text[start:end]
        expected = places(ours, folded, *ours.span(start, end))
        if expected:
            first, last = folded.span(*found)
            assert ((folded.origin[first], folded.origin[last - 1] + 1),) in expected
