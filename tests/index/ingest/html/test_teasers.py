"""What stands between an article's paragraphs and does not belong to it."""

import pytest

from index.ingest.extract import from_html

STORY = (
    "The lock at Brenn was drained on Tuesday for the first time since 1962. Divers had found a crack in its gate.",
    "Barges wait above it until Friday. Their crews play cards, the lock keeper Ivo Marsh said, and curse the rain.",
    "The repair costs two million crowns. Half of that is paid by the owners of the barges.",
)


def paragraphs(*between: str, language: str = "en") -> list[str]:
    """What is read of a page that has these elements between its paragraphs."""
    parts = [f"<p>{paragraph}</p>" for paragraph in STORY]
    parts[1:1] = between
    page = f"<html lang='{language}'><body><article><h1>The lock at Brenn</h1>{''.join(parts)}</article></body></html>"
    return from_html(page).text.split("\n\n")


@pytest.mark.parametrize(
    "element",
    [
        "<p>READ MORE: <a href='/1'>Crack in the gate of Brenn was known for years</a></p>",
        "<p><strong>Siehe auch: </strong><a href='/1'>Riss im Tor war seit Jahren bekannt</a></p>",
        "<p><a href='/1'>Eleven otters counted on the river Alm in a single night</a></p>",
        "<p><a href='/1'>«Трещина в воротах шлюза была известна давно»</a></p>",
        "<p><a href='/1'>一夜之间在阿尔姆河上数到了十一只水獭</a></p>",
        "<p>© 2026 Ansley Post. All rights reserved.</p>",
        "<p>Copyright Ansley Post 2026</p>",
        "<p>___</p>",
    ],
)
def test_what_leads_elsewhere_is_no_paragraph(element: str) -> None:
    assert paragraphs(element) == list(STORY)


WARNED = "The ministry said on Monday that it had been warned."
COPIED = "Copyright was on nobody's mind when the plans were copied by hand, and so there are forty of them."


@pytest.mark.parametrize(
    ("element", "text"),
    [
        (f"<p>{WARNED[:30]}<a href='/1'>{WARNED[30:]}</a></p>", WARNED),
        (f"<p><a href='/1'>{WARNED}</a></p>", WARNED),
        ("<ul><li>See: <a href='/1'>Brenn Lock Museum</a></li></ul>", "See: Brenn Lock Museum"),
        (f"<p>{COPIED}</p>", COPIED),
    ],
)
def test_what_is_only_linked_is_one(element: str, text: str) -> None:
    assert paragraphs(element) == [STORY[0], text, *STORY[1:]]
