"""Which addresses name the same page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.address import page_of

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
