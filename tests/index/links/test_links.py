"""Links open the page at the quote: a small matcher written from the specification finds exactly the quoted range."""

import re
import string
from random import Random
from urllib.parse import unquote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.telegram.messages.keyboards import article_deep_link
from index.links.article_links import PUBLISHERS, Links, is_http_url, quote_link
from index.links.text_fragments import text_fragment
from index.models import Article, Quote
from tests.support.browser.specification import browse


def opens(text: str, quoted: str, nth: int = 0) -> str:
    """The fragment for the nth occurrence of a quote, after seeing that it opens exactly there."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(quoted, start + 1)
    fragment = text_fragment(text, start, start + len(quoted))
    assert browse(text, fragment) == (start, start + len(quoted))
    return fragment


def test_a_short_quote_is_given_whole() -> None:
    assert opens("Otters hold hands. They float.", "They float.") == ":~:text=They%20float."
    sentence = "Otters hold hands while they sleep, so that none of them drifts away from the others in the dark."
    assert opens(f"Look. {sentence} So it is said.", sentence) == ":~:text=" + sentence.replace(" ", "%20").replace(
        ",", "%2C"
    )


def test_a_long_quote_is_given_by_its_ends() -> None:
    text = "First. " + " ".join(f"word{n}" for n in range(40)) + ". Last."
    fragment = opens(text, text[7:-6])
    first, last = fragment.removeprefix(":~:text=").split(",")
    assert first == "word0%20word1%20word2%20word3%20word4%20word5"
    assert last == "word35%20word36%20word37%20word38%20word39."


def test_a_quote_over_two_paragraphs_has_no_piece_over_both() -> None:
    fragment = opens("A.\n\nIt rained.\n\nIt stopped.\n\nB.", "It rained.\n\nIt stopped.")
    assert fragment == ":~:text=It%20rained.,It%20stopped."


def test_a_repeated_quote_gets_the_words_around_it() -> None:
    text = "Ann spoke. He agreed. Bob spoke. He agreed. Eve left."
    assert opens(text, "He agreed.") == ":~:text=He%20agreed."
    assert opens(text, "He agreed.", 1) == ":~:text=He%20agreed.%20Bob%20spoke.-,He%20agreed."


def test_what_else_the_page_says_is_reckoned_with() -> None:
    text = "Ann spoke. He agreed.\n\nBob spoke.\n\nYes.\n\nEve left."
    page = f"Home\n\nHe agreed.\n\nYes.\n\n{text.replace('Bob', 'Picture: Ann' + chr(10) * 2 + 'Bob')}\n\nContact"
    for words, wanted in (("He agreed.", "Ann%20spoke.-,He%20agreed."), ("Yes.", "Bob%20spoke.-,Yes.")):
        start = text.index(words)
        fragment = text_fragment(text, start, start + len(words), page)
        assert fragment == f":~:text={wanted}"
        assert browse(page, fragment) == (page.rindex(words), page.rindex(words) + len(words))


def test_a_row_that_begins_as_another_does_is_opened_at_its_next_cell() -> None:
    text = "11 | 18\n\n7 | Kyle | 12\n\n11\n\n18 | Jimmie | 12"
    start = text.index("18 | Jimmie")
    fragment = text_fragment(text, start, len(text))
    assert fragment == ":~:text=18-,Jimmie,12"


def test_what_the_page_has_in_between_parts_the_pieces() -> None:
    text, page = "He came :) and went.", "He came\nand went.\n\nHe came again."
    fragment = text_fragment(text, 0, len(text), page)
    assert fragment == text_fragment(text, 0, len(text))  # the page does not say it so
    assert text_fragment("He came and went.", 0, 17, page) == ":~:text=He%20came,and%20went."


def test_the_words_around_it_may_stand_in_the_next_paragraph() -> None:
    text = "He agreed.\n\nHe agreed.\n\nEve left."
    assert opens(text, "He agreed.", 1) == ":~:text=He%20agreed.-,He%20agreed."


@pytest.mark.parametrize(
    "text", ["HE agreed. Then he agreed.", "Hé agreed. Then he agreed.", "He   agreed. Then he agreed."]
)
def test_what_a_browser_takes_for_the_same_is_a_repetition(text: str) -> None:
    start = text.index("he agreed.")
    before = " ".join(text[:start].split())
    assert unquote(text_fragment(text, start, len(text))) == f":~:text={before}-,he agreed."


@pytest.mark.parametrize(
    ("one", "other"), [("Straße", "STRASSE"), ("“x”", '"x"'), ("ﬁn", "fin"), ("so\u00adft", "soft"), ("Ｘ", "x")]
)
def test_letters_that_a_browser_may_take_for_each_other_are_told_apart_by_context(one: str, other: str) -> None:
    text = f"{one} - {other}"
    fragment = text_fragment(text, text.index(other), len(text))
    assert unquote(fragment).endswith(f"--,{other}")
    assert fragment.count("%2D-,") == 1


def test_everything_special_is_encoded() -> None:
    quoted = "A-b, c & d=50% #1/2? (é) “x” 😀"
    fragment = opens(f"Start. {quoted}", quoted)
    assert set(fragment.removeprefix(":~:text=")) <= set(string.ascii_letters + string.digits + "%._~")
    assert unquote(fragment.removeprefix(":~:text=")) == quoted


def test_white_space_is_written_once_and_not_at_the_ends() -> None:
    assert text_fragment("A  b\tc. ", 0, 8) == ":~:text=A%20b%20c."
    assert text_fragment("A.\n\nB.", 2, 4) == ""


def test_chinese_is_cut_at_its_marks() -> None:
    clauses = [f"第{n}句话说的是另外一件完全不同的事情，" for n in "一二三四五六七八"]
    text = "开头。" + "".join(clauses) + "结束。"
    start, end = 3, len(text) - 3
    fragment = text_fragment(text, start, end)
    first, last = map(unquote, fragment.removeprefix(":~:text=").split(","))
    assert first == clauses[0] + clauses[1][: len(first) - len(clauses[0])]
    assert first.endswith("，")
    assert last.startswith("第")
    assert browse(text, fragment) == (start, end)


def test_a_script_without_any_marks_is_still_kept_short() -> None:
    text = "".join(Random(7).choices([chr(0x0E01 + n) for n in range(58)], k=900))
    text = f"{text[:99]} {text[100:800]} {text[801:]}"
    fragment = text_fragment(text, 100, 800)
    assert len(unquote(fragment)) < 300
    first, last = map(unquote, fragment.removeprefix(":~:text=").split(","))
    assert text[100:800].startswith(first)
    assert text[100:800].endswith(last)


def test_a_row_of_a_table_has_no_piece_over_two_of_its_cells() -> None:
    text = "Cars and sheep.\n\nMay | 31 | 2\n\nJune | 4 | 31\n\nJuly | 4 | 2\n\nThat was all."
    assert text_fragment(text, text.index("June"), text.index("\n\nJuly")).endswith("-,June,31")
    assert text_fragment(text, text.index("| 4 | 2"), text.index("\n\nThat")) == ":~:text=July-,4,2"


def test_what_is_short_is_found_by_what_stands_before_it_since_a_menu_may_say_it_too() -> None:
    assert opens("Will it stop? Yes. It will.", "Yes.") == ":~:text=Will%20it%20stop%3F-,Yes."


def test_a_quote_that_cannot_be_told_apart_opens_where_the_same_is_said() -> None:
    verse = "Row, row, row your boat, gently down the stream that runs between the mill and the sea, and row again."
    other = "Row, row, row your boat, gently down the stream to the sea where it began, and row again."
    text = "\n\n".join([other, *(["Then they sang."] * 2 + [verse]) * 4])
    start = text.index(verse, text.index(verse) + 1)
    fragment = text_fragment(text, start, start + len(verse))
    found = browse(text, fragment)
    assert found is not None
    assert text[slice(*found)] == verse


def test_a_number_inside_of_another_is_no_match() -> None:
    assert opens("It was 2339 then.\n\nA.\n\n33 sheep.", "33 sheep.") == ":~:text=33%20sheep."


def test_a_long_address_is_cut_where_a_word_ends() -> None:
    address = "https://www.orrin-sound.example/" + "/".join(f"part{n}-of-the-archive" for n in range(30))
    fragment = opens(f"It is here: {address} since May.", address)
    assert len(fragment) < 300


def test_a_quote_glued_to_its_neighbour_takes_it_along() -> None:
    text = "It ended.Then it began again."
    assert text_fragment(text, 9, len(text)) == ":~:text=It%20ended.-,Then%20it%20began%20again."


SENTENCES = ["Yes.", "He agreed.", "It rained in town.", "IT RAINED in town.", "Rain.", "The old ferry sank, she said."]


@st.composite
def quoted_texts(draw: st.DrawFn) -> tuple[str, int, int]:
    sentences = draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=12))
    text, starts = "", []
    for sentence in sentences:
        text += draw(st.sampled_from([" ", " ", "\n\n"])) if text else ""
        starts.append(len(text))
        text += sentence
    first = draw(st.integers(0, len(sentences) - 1))
    last = draw(st.integers(first, min(first + 4, len(sentences) - 1)))
    return text, starts[first], starts[last] + len(sentences[last])


def with_whole_lines(text: str, start: int, end: int) -> str:
    """The most that a fragment can say of a range: all of its lines and of the lines around it."""

    def written(part: str) -> str:
        return "".join(f"%{byte:02X}" for byte in part.encode())

    lines, before, after = text[start:end].split("\n"), text[:start].rstrip(), text[end:].lstrip()
    parts = [written(before.rpartition("\n")[2]) + "-"] if before else []
    parts += [written(lines[0])] + ([written(lines[-1])] if len(lines) > 1 else [])
    return ":~:text=" + ",".join([*parts, *(["-" + written(after.partition("\n")[0])] if after else [])])


@given(quoted_texts())
@settings(deadline=None, max_examples=400)
def test_the_first_match_is_the_quote_wherever_that_can_be(case: tuple[str, int, int]) -> None:
    text, start, end = case
    found = browse(text, text_fragment(text, start, end))
    assert found is not None
    words, quoted = (part.casefold().split() for part in (text[slice(*found)], text[start:end]))
    assert words[0] in {line.casefold().split()[0] for line in text[start:end].split("\n\n")}
    assert words[-1] == quoted[-1]
    if all(len(line) <= 80 for line in text.split("\n")) and browse(text, with_whole_lines(*case)) == (start, end):
        assert found == (start, end)


@given(
    st.lists(st.from_regex(r"[a-zéß]{1,9}", fullmatch=True), min_size=3, max_size=150, unique_by=str.casefold),
    st.data(),
)
@settings(deadline=None)
def test_a_text_of_different_words_is_opened_anywhere(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    bounds = [0, *(match.end() for match in re.finditer(" ", text)), len(text) + 1]
    first = data.draw(st.integers(0, len(bounds) - 2))
    last = data.draw(st.integers(first + 1, len(bounds) - 1))
    start, end = bounds[first], bounds[last] - 1
    fragment = text_fragment(text, start, end)
    assert browse(text, fragment) == (start, end)
    assert len(unquote(fragment)) < 310


@given(st.text(), st.data())
@settings(deadline=None)
def test_any_text_gives_a_fragment_of_plain_characters(text: str, data: st.DataObject) -> None:
    assume(text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    fragment = text_fragment(text, start, end)
    assert re.fullmatch(r"(:~:text=[A-Za-z0-9%._~,-]+)?", fragment)
    assert fragment or not text[start:end].replace("|", "").strip()
    assert not fragment or text[start:end].strip()


def linked(url: str | None) -> str | None:
    return quote_link(Quote(Article("It rained.", "Rain", url), 0, 10, 1))


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://x.org/a", "https://x.org/a#:~:text=It%20rained."),
        ("https://x.org/a?b=c#section", "https://x.org/a?b=c#section:~:text=It%20rained."),
        ("https://x.org/a#", "https://x.org/a#:~:text=It%20rained."),
        ("https://x.org/a#section:~:text=old", "https://x.org/a#section:~:text=It%20rained."),
        (None, None),
        ("javascript:alert(1)", None),
        ("rain.txt", None),
    ],
)
def test_the_fragment_goes_behind_what_the_address_has(url: str | None, link: str | None) -> None:
    assert linked(url) == link


@pytest.mark.parametrize("url", [None, "rain.txt"])
@pytest.mark.parametrize("base", ["https://read.org/q", "https://read.org/q/"])
def test_an_article_without_an_address_has_one_on_the_reader_page_if_there_is_one(url: str | None, base: str) -> None:
    quote = Quote(Article("It rained.", "Rain", url), 3, 9, 1)
    there = f"https://read.org/q/a/{quote.article.id}"
    assert (Links(base).to_article(quote.article), Links(base).to_quote(quote)) == (there, f"{there}/3-9#quote")
    assert (PUBLISHERS.to_article(quote.article), PUBLISHERS.to_quote(quote)) == (None, None)


def test_an_article_with_an_address_is_linked_there_whatever_else_there_is() -> None:
    quote = Quote(Article("It rained.", "Rain", "https://x.org/a"), 0, 10, 1)
    for links in (PUBLISHERS, Links("https://read.org")):
        assert links.to_article(quote.article) == "https://x.org/a"
        assert links.to_quote(quote) == quote_link(quote)


@pytest.mark.parametrize("url", ["http://x.org", "HTTPS://x.org/ä?q=1#f", "http://[::1]:80/"])
def test_web_addresses(url: str) -> None:
    assert is_http_url(url)


@pytest.mark.parametrize(
    "url",
    ["", "x.org", "ftp://x.org", "http://", "http://[x", "http://x.org/a b", "http://x\n.org", "http://x.org/\u202e"],
)
def test_what_is_no_web_address(url: str) -> None:
    assert not is_http_url(url)


def test_a_deep_link_opens_the_bot_on_an_article() -> None:
    assert article_deep_link("quoth_bot", "0123456789ab") == "https://t.me/quoth_bot?start=0123456789ab"
    with pytest.raises(ValueError, match="allowed"):
        article_deep_link("quoth_bot", "a b")


def test_a_quote_from_a_pdf_opens_its_page() -> None:
    article = Article(
        "One page says this.\n\nAnother says that.", "T", "https://example.org/a.pdf?v=2#top", pages=(0, 21)
    )
    assert quote_link(Quote(article, 0, 19, 1)) == "https://example.org/a.pdf?v=2#page=1"
    assert quote_link(Quote(article, 21, 39, 2)) == "https://example.org/a.pdf?v=2#page=2"
    assert quote_link(Quote(Article(article.text, "T", pages=(0, 21)), 0, 19, 1)) is None
