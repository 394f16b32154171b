"""Which addresses name the same page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.address import canonical_url, page_of

PAGE = "https://news.example.org/world/story-1.html"


@pytest.mark.parametrize(
    "address",
    [
        "http://news.example.org/world/story-1.html",
        "https://www.news.example.org/world/story-1.html",
        "HTTPS://News.Example.ORG:443/world/story-1.html",
        "https://m.news.example.org/world/story-1.html",
        "https://news.example.org/world/story-1.html/",
        "https://news.example.org/world/story-1.html#comments",
        "https://news.example.org/world/story-1.html#:~:text=harbour",
        "https://news.example.org/world/story-1.html?utm_source=tg&utm_medium=post&fbclid=IwAR0",
        "https://news.example.org/world/story-1.html/amp",
        "https://news.example.org/amp/world/story-1.html",
        "  https://news.example.org/world/story%2D1.html ",
    ],
)
def test_the_same_page(address: str) -> None:
    assert page_of(address) == page_of(PAGE)


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example.org/world/story-2.html",
        "https://other.example.org/world/story-1.html",
        "https://news.example.org/world/story-1.html?page=2",
        "https://news.example.org/World/story-1.html",
        "https://news.example.org/world/amplifier/story-1.html",
        "https://example.org/world/story-1.html",
    ],
)
def test_another_page(address: str) -> None:
    assert page_of(address) not in {page_of(PAGE), None}


def test_the_order_of_a_query_makes_no_difference_and_its_values_do() -> None:
    assert page_of("https://a.example/?b=2&a=1") == page_of("https://a.example/?a=1&b=2")
    assert page_of("https://a.example/?a=1") != page_of("https://a.example/?a=2")


@pytest.mark.parametrize(
    "address", ["", "story", "mailto:a@example.org", "https://", "http://[::1", "ftp://a.example/b"]
)
def test_no_page(address: str) -> None:
    assert page_of(address) is None


@given(st.text(max_size=80))
def test_any_text_is_a_page_or_none(text: str) -> None:
    page_of(text)
    page_of("https://a.example/" + text)


@pytest.mark.parametrize(
    ("fetched", "declared", "kept"),
    [
        ("https://a.example/story?utm_source=x&id=7#top", None, "https://a.example/story?id=7"),
        (None, "https://a.example/story", "https://a.example/story"),
        ("https://m.a.example/story", "https://www.a.example/story", "https://www.a.example/story"),
        ("https://a.example/amp/story", "https://a.example/story", "https://a.example/story"),
        ("https://a-example.cdn.ampproject.org/c/s/story", "https://a.example/story", "https://a.example/story"),
        ("https://a.example/story", "https://a.example/", "https://a.example/story"),
        ("https://a.example/?p=12", "https://a.example", "https://a.example/?p=12"),
        ("https://a.example/", "https://www.a.example/", "https://www.a.example/"),
        ("https://a.example/story", "https://evil.example/other", "https://a.example/story"),
        ("https://a.example/story", "javascript:alert(1)", "https://a.example/story"),
        ("https://a.example/story", "http://[x", "https://a.example/story"),
        ("https://a.example/s?b=2&fbclid=3&a=1", "/s", "https://a.example/s?b=2&a=1"),
        ("https://a.example:8443/s", "https://a.example/s", "https://a.example/s"),
        ("page.html", "a b", None),
        (None, None, None),
    ],
)
def test_the_address_to_keep(fetched: str | None, declared: str | None, kept: str | None) -> None:
    assert canonical_url(fetched, declared) == kept


@given(st.text(), st.text())
def test_any_address_is_kept_once_and_for_all(tail: str, other: str) -> None:
    for fetched, declared in ((tail, other), (f"https://a.example/{tail}", f"https://a.example/{other}")):
        kept = canonical_url(fetched, declared)
        assert canonical_url(kept, None) == kept
        assert kept is None or page_of(kept) is not None
