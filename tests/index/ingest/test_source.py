"""A page that another page leads to is the article of both."""

import pytest

from index.ingest.source import read_article
from index.library import Library
from index.store.sqlite.library_store import Store
from tests.support.embedder import WordEmbedder
from tests.support.engine import RANKER
from tests.support.pages.vell import MILL, page
from tests.support.web import WebServer


@pytest.fixture
def site(server: WebServer) -> WebServer:
    server.pages["/mill"] = page("The mill closes", *MILL), {}
    return server


def test_of_another_form_of_a_page_the_page_itself_is_read(site: WebServer) -> None:
    link = f'<link rel="canonical" href="{site.url}/mill">'
    teaser = page("The mill closes (mobile)", *MILL).replace(b"<head>", f"<head>{link}".encode())
    site.pages["/amp/mill"] = teaser, {}
    found = read_article(f"{site.url}/amp/mill?utm_source=x", allow_private=True)
    assert (found.title, found.url) == ("The mill closes", f"{site.url}/mill")
    del site.pages["/mill"]  # then what there is has to do
    found = read_article(f"{site.url}/amp/mill", allow_private=True)
    assert (found.title, found.url) == ("The mill closes (mobile)", f"{site.url}/mill")


def test_a_link_that_is_led_on_to_an_article_is_known_for_it(site: WebServer) -> None:
    short = f"{site.url}/to/302?{site.url}/mill"
    with Library(Store(None, "words"), WordEmbedder(), RANKER) as library:
        added = library.add(read_article(short, allow_private=True)).article
        assert added.url == f"{site.url}/mill"
        assert library.at(short) == library.at(added.url) == added.id
