"""Where a page has a part of its article, among all else that it shows."""

from hypothesis import given
from hypothesis import strategies as st

from index.links.page_position import place

TEXT = "The bridge opened.\n\nYes.\n\nIt took three years. Nobody was paid.\n\nYes.\n\nIt is made of oak."


def at(text: str, words: str, nth: int = 0) -> int:
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return start


def found(words: str, nth: int, page: str) -> tuple[int, int] | None:
    start = at(TEXT, words, nth)
    return place(TEXT, start, start + len(words), page)


def test_words_that_the_page_has_once_are_there() -> None:
    page = f"Home\n\nNews\n\n{TEXT}\n\nContact"
    start = at(page, "Nobody was paid.")
    assert found("Nobody was paid.", 0, page) == (start, start + 16)


def test_of_equal_words_those_between_the_same_paragraphs_are_meant() -> None:
    crowded = TEXT.replace("Yes.", "Share\n\nYes.\n\nRead also")
    page = f"Yes.\n\nHome\n\n{crowded}\n\nYes."
    for nth in (0, 1):
        start = at(page, "Yes.", nth + 1)
        assert found("Yes.", nth, page) == (start, start + 4)


def test_of_equal_words_between_two_paragraphs_those_with_the_same_neighbours_are_meant() -> None:
    text = "One.\n\nThe council would not say. Nobody paid for it. The end."
    page = "One.\n\nNobody paid for it.\n\nThe council would not say. Nobody paid for it. More. The end."
    start = at(text, "Nobody paid for it.")
    there = at(page, "Nobody paid for it.", 1)
    assert place(text, start, start + 19, page) == (there, there + 19)


def test_words_that_overlap_themselves() -> None:
    text = "No. No. No."
    assert place(text, 4, 11, f"{text}\n\nNo. No.") == (0, 7)


def test_a_range_of_paragraphs_takes_in_what_the_page_has_between_them() -> None:
    page = "Menu\n\nThe bridge opened.\n\nAn advertisement\n\nYes.\n\nIt took three years.\nNobody was paid."
    words = "The bridge opened.\n\nYes.\n\nIt took three years. Nobody was paid."
    assert found(words, 0, page) == (6, len(page))


def test_cells_and_line_breaks_are_white_space() -> None:
    text, page = "January | 310 | 12", "Menu\n\nJanuary\n\n310\n\n12"
    assert place(text, 0, len(text), page) == (6, len(page))


def test_what_the_page_does_not_say_is_nowhere() -> None:
    assert found("Nobody was paid.", 0, "Nobody was  saved.") is None
    assert place("Yes.", 0, 4, "Yes. " * 2000) is None
    assert place(" | ", 0, 3, "a | b") is None


BLOCKS = st.lists(st.sampled_from(["Yes.", "No one.", "It rains. Yes.", "Home", "One | two"]), min_size=1)
FURNITURE = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["Share", "Yes.", "Home"])), max_size=3)


@given(BLOCKS, FURNITURE, st.data())
def test_each_part_of_a_paragraph_is_found(
    blocks: list[str], furniture: list[tuple[int, str]], data: st.DataObject
) -> None:
    text = "\n\n".join(blocks)
    for where, line in furniture:
        blocks.insert(where, line)
    page = "\n\n".join(blocks)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    there = place(text, start, end, page)
    words = text[start:end].replace("|", " ").split()
    if "\n\n" not in text[start:end] and words:
        assert there is not None
        assert page[slice(*there)].replace("|", " ").split() == words
