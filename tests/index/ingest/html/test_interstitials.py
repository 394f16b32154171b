"""A page that no article can be made of says why: each kind is an error of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.ingest.extract import extract, from_html
from index.ingest.fetch import read
from index.ingest.html.interstitials import why_no_article
from index.models import Article
from tests.support.pages import HEADLINES, linked, page
from tests.support.pages.lookalikes import ARTICLES
from tests.support.pages.walls import SPEAKING, WALLS
from tests.support.web import WebServer

KINDS = {"login", "consent", "script", "links", "video", "empty", "no_article"}
PAGES = [
    pytest.param(kind, html, id=f"{kind}: {name}")
    for walls in (WALLS, SPEAKING)
    for kind in walls
    for name, html in walls[kind].items()
]
SAID = {
    "login": "log in",
    "consent": "cookie notice",
    "script": "scripts",
    "links": "list of links",
    "video": "video",
    "empty": "no text at all",
    "no_article": "no article",
}


def read_article(url: str) -> Article:
    raw = read(url, allow_private=True)
    return extract(raw.data, name=raw.name, content_type=raw.content_type, url=raw.url)


def refusal(html: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        from_html(html)
    return caught.value


@pytest.mark.parametrize(("kind", "html"), PAGES)
def test_why_a_page_is_refused(server: WebServer, kind: str, html: str) -> None:
    server.pages["/wall"] = (html.encode(), {})
    with pytest.raises(SourceError, match=SAID[kind]) as caught:
        read_article(f"{server.url}/wall")
    assert caught.value.kind == kind


def test_every_kind_is_there_in_several_ways() -> None:
    assert {kind for kind, pages in WALLS.items() if len(pages) >= 2} == KINDS == SAID.keys()


@pytest.mark.parametrize(
    ("path", "kind"), [("/404", "gone"), ("/403", "login"), ("/500", "busy"), ("/packed/empty?identity", "empty")]
)
def test_what_the_server_says_itself(server: WebServer, path: str, kind: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_article(f"{server.url}{path}")
    assert caught.value.kind == kind


@pytest.mark.parametrize("html", ARTICLES.values(), ids=ARTICLES)
def test_an_article_is_read_whatever_stands_around_it(server: WebServer, html: str) -> None:
    server.pages["/article"] = (html.encode(), {})
    assert len(read_article(f"{server.url}/article").text) > 150


def test_a_wall_within_a_wall_is_the_one_to_pass_last() -> None:
    banner = "<div class='consent-layer'><p>We use cookies and share what they tell with partners</p></div>"
    assert refusal(page(f"<main><input type='password'></main>{banner}")).kind == "login"
    assert refusal(page(f"<main><ul>{linked(HEADLINES)}</ul></main>{banner}")).kind == "links"
    assert refusal(page(f"<div id='app'></div><script src='/a.js'></script>{banner}")).kind == "script"


_TAGS = st.sampled_from((
    *("a href=/x", "div", "p", "h1", "nav", "form action=/login", "input type=password", "div id=root", "noscript"),
    *("script", "script type=application/ld+json", "video", "iframe src=//x/player", "div class=cookie", "title"),
    *("p class=paywall", "p hidden", "template", "table", "svg", "body", "html", "frameset", "meta property=og:type"),
))  # fmt: skip
_WORDS = st.sampled_from((*HEADLINES, "cookie", "JavaScript", "404", "log in to read", '{"@type": [1]}', "[" * 50))
_PARTS = st.one_of(_TAGS.map("<{}>".format), _TAGS.map(lambda tag: f"</{tag.split()[0]}>"), _WORDS, st.text(max_size=9))


@given(st.one_of(st.text(max_size=300), st.lists(_PARTS, max_size=25).map("".join)))
def test_any_page_gives_an_article_or_a_reason(html: str) -> None:
    kind = None
    try:
        from_html(html)
    except SourceError as error:
        kind = error.kind
    assert kind in {None, *KINDS}


@pytest.mark.parametrize("depth", [1_000, 10_000])
@pytest.mark.parametrize("tag", ["div", "a", "h1", "form", "noscript", "div id=root class=cookie"])
def test_deep_nesting(tag: str, depth: int) -> None:
    assert refusal(f"<body>{f'<{tag}>' * depth}404").kind in KINDS


@pytest.mark.parametrize(
    "part",
    [
        "<b>",
        "<a href=/x>",
        "<h1>a</h1>",
        "<div id=root></div>",
        "<input type=text>",
        "<script type=application/ld+json>[]</script>",
        "&nbsp;",
        "cookie ",
    ],
)
def test_ten_megabytes(part: str) -> None:
    assert why_no_article(f"<body>{part * (10 * 1024 * 1024 // len(part))}").kind in KINDS


@pytest.mark.parametrize(
    "data", ["", "{", "null", "[" * 100_000, '{"@graph": 7}', '{"isAccessibleForFree": {}}', "1e999"]
)
def test_json_that_says_nothing(data: str) -> None:
    head = f'<script type="application/ld+json">{data}</script>'
    assert refusal(page("<p>Contact</p>", head=head)).kind == "no_article"
