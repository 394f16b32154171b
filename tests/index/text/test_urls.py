"""Which addresses name the same page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.urls import canonical_url, page_of

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
        "https://news.example.org/world/story-1.amp.html",
        "https://www.google.com/amp/s/news.example.org/world/story-1.html",
        "https://www.google.com/amp/s/amp.news.example.org/world/story-1.html%3Futm_source=tg",
        "http://google.com.ua/amp/news.example.org/world/story-1.html?aoh=16&usqp=mq3",
        "https://news-example-org.cdn.ampproject.org/c/s/news.example.org/world/story-1.html?amp_js_v=0.1",
        "https://news-example-org.cdn.ampproject.org/v/news.example.org/world/story-1.html/amp",
        "https://www.google.com/amp/s/news-example-org.cdn.ampproject.org/c/s/news.example.org/world/story-1.html",
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
        "https://www.google.com/amp/s/news.example.org/world/story-2.html",
        "https://www.google.com/search?q=news.example.org/world/story-1.html",
        "https://news.example.org/world/story-1.html?12345",
    ],
)
def test_another_page(address: str) -> None:
    assert page_of(address) not in {page_of(PAGE), None}


def test_the_order_of_a_query_makes_no_difference_and_its_values_do() -> None:
    assert page_of("https://a.example/?b=2&a=1") == page_of("https://a.example/?a=1&b=2")
    assert page_of("https://a.example/?a=1") != page_of("https://a.example/?a=2")
    assert page_of("https://a.example/?12345") != page_of("https://a.example/?67890")


def test_a_mobile_form_with_its_sign_inside_the_host() -> None:
    assert page_of("https://en.m.wiki.example/wiki/Ferry") == page_of("https://en.wiki.example/wiki/Ferry")
    assert page_of("https://a.m.example/s") != page_of("https://a.example/s")


@pytest.mark.parametrize(
    "address", ["", "story", "mailto:a@example.org", "https://", "http://[::1", "ftp://a.example/b"]
)
def test_no_page(address: str) -> None:
    assert page_of(address) is None


ANYTHING = st.text(st.characters(), max_size=80)  # lone surrogates too
ADDRESSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["https://", "HTTP://", "http://www.", "https://m.", "", "//", "https://google.com/amp/s/"])
    | st.sampled_from(["https://a-b.cdn.ampproject.org/c/s/", "https://www.google.de/amp/", "https://[", "ftp://"]),
    st.sampled_from(["a.example", "amp.a.example:8443", "google.com/amp/s/b.example", "en.m.a.example", "A.example."]),
    st.lists(st.sampled_from(["/", "/amp", "/story", ".amp", ".amp.html", "%3F", "%2F", ";", "/c/s/", ":", "é"])).map(
        "".join
    ),
    st.lists(
        st.sampled_from(["?", "&", "a=1", "ref=x", "utm_id=2", "amp", "utm%5Fid=3", "si=", "#", "+", "=", "%ff"])
    ).map("".join)
    | ANYTHING,
)


@given(ANYTHING | ADDRESSES)
def test_any_text_is_a_page_or_none(text: str) -> None:
    page_of(text)
    page_of("https://a.example/" + text)


@given(ANYTHING | ADDRESSES, ADDRESSES)
def test_the_address_that_is_kept_names_the_same_page(text: str, other: str) -> None:
    for address in (text, "https://a.example/" + text):
        kept = canonical_url(address, None)
        assert canonical_url(kept, None) == kept
        assert kept is None or page_of(kept) == page_of(address)
    assert canonical_url(canonical_url(text, other), None) == canonical_url(text, other)


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
        (
            "https://a.example/s?si=7&ref=main&sh=1&share=2&amp&_gl=3&mc_eid=4",
            None,
            "https://a.example/s?si=7&ref=main&sh=1&share=2&amp",
        ),
        (
            "https://a.example/s?outputtype=print&gclid=1&igshid=2&hsa_acc=3",
            None,
            "https://a.example/s?outputtype=print",
        ),
        ("https://www.google.com/amp/s/a.example/story?usqp=mq3", None, "https://a.example/story"),
        ("https://www.google.com/amp/a.example/story%3Fid=7", None, "http://a.example/story?id=7"),
        ("https://www.google.com/amp/s/amp.a.example/story", "https://a.example/story", "https://a.example/story"),
        ("https://www.google.com/amp/s/a.example/story", "https://evil.example/x", "https://a.example/story"),
        ("https://a-example.cdn.ampproject.org/c/s/a.example/story", None, "https://a.example/story"),
        ("https://a.example/story", "https://www.google.com/amp/s/a.example/story", "https://a.example/story"),
        ("https://en.m.a.example/story", "https://en.a.example/story", "https://en.a.example/story"),
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
