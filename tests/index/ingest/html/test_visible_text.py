"""The text of a whole page, as a browser's search goes through it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.html.visible_text import LONGEST, visible_text
from index.text.normalize import normalize


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "<ul><li>Home</li><li>News</li></ul><p>One.</p>Two.<div>Three.</div>",
            "Home\n\nNews\n\nOne.\n\nTwo.\n\nThree.",
        ),
        ("<p>It <b>ra</b>ined,\n  all\tday.</p>", "It rained, all day."),
        ("<p>One.<br>Two.</p>", "One.\nTwo."),
        ("<p>So good<img alt='!'>so far.</p>", "So good\nso far."),
        ("<table><tr><th>Month</th><td>12</td></tr></table>", "Month\n\n12"),
        ("<p>Long<wbr>word, fif&shy;teen<!-- not this --> years.</p>", "Longword, fifteen years."),
        ("<p>Seen</p><p hidden>a</p><p style='color: red; DISPLAY :none'>b</p><dialog>c</dialog>", "Seen"),
        ("<dialog open>Seen</dialog><details><summary>And</summary>this</details>", "Seen\n\nAnd\n\nthis"),
        ("<script>a</script><style>b</style><noscript>c</noscript><template>d</template>e", "e"),
        ("<p>A<select><option>b</option></select>c<textarea>d</textarea>e<button>f</button></p>", "A\nc\ne\n\nf"),
        ("<p>Cafe\u0301</p>", "Café"),
    ],
)
def test_the_text_is_what_a_browser_searches(body: str, text: str) -> None:
    assert visible_text(f"<!doctype html><html><head><title>No</title></head><body>{body}</body></html>") == text


@pytest.mark.parametrize(
    "page", ["", "   ", "<p></p>", "<!-- -->", "<script>x</script>", f"<p>{'a' * (LONGEST + 1)}</p>"]
)
def test_a_page_without_text_and_an_endless_one_have_none(page: str) -> None:
    assert visible_text(page) is None


def test_what_is_nested_deep_is_found_or_there_is_none() -> None:
    assert visible_text("<div>" * 200 + "Deep.") == "Deep."
    assert visible_text("<div>" * 100_000 + "Deep.") in {None, "Deep."}


TAGS = st.sampled_from(["<p>", "</p>", "<br>", "<img>", "<td", "a", " ", "<!--", "&#0;", "<script>"])


@given(st.text() | st.lists(TAGS).map("".join))
def test_any_page_gives_canonical_text_or_none(page: str) -> None:
    text = visible_text(page)
    assert text is None or (text == normalize(text) and text)
