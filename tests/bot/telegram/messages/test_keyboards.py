"""What buttons carry: within Telegram's limits, read as it was written, harmless whatever a client sends."""

from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup

from bot.state.chats import Given, Place, Said
from bot.telegram.messages.keyboards import (
    PAGE,
    Press,
    Verb,
    article_list,
    confirm_removal,
    under_answer,
    under_paragraph,
    written,
)
from bot.wording.texts import LANGUAGES, texts_for
from index.models import Listing

TEXTS = texts_for("en")
LARGEST = 2**52
SAID = Said("0123456789ab", 0, 5, 1)
GIVEN = Given(Place(1), LARGEST, (2,), SAID.article, (SAID,), (SAID,), 0)


def data(keyboard: InlineKeyboardMarkup | None) -> list[str]:
    assert keyboard is not None
    return [str(one.callback_data) for row in keyboard.inline_keyboard for one in row]


def labels(keyboard: InlineKeyboardMarkup | None) -> list[list[str]]:
    return [[one.text for one in row] for row in keyboard.inline_keyboard] if keyboard else []


@given(st.text(max_size=200) | st.none())
def test_whatever_is_sent_is_read(sent: str | None) -> None:
    press = Press.read(sent)
    assert ":".join([press.verb, *press.rest]) == (sent or "")
    for place in range(4):
        try:
            press.number(place)
        except ValueError:
            continue


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_written_fits_and_keeps_its_numbers(words: str) -> None:
    carried = written(Verb.TURN, 12, words)
    assert len(carried.encode()) <= 64
    assert Press.read(carried).number(0) == 12
    assert words.startswith(":".join(Press.read(carried).rest[1:]))


def test_a_number_that_is_too_long_is_none() -> None:
    press = Press.read("in:" + "9" * 5000)
    try:
        press.number(0)
    except ValueError:
        return
    raise AssertionError("it would take a second to read")


def test_every_button_fits_in_every_language() -> None:
    for language in LANGUAGES:
        texts = texts_for(language)
        keyboards = (
            under_answer(GIVEN, texts, votes=True),
            under_paragraph(GIVEN, 2, LARGEST, LARGEST, texts),
            confirm_removal(SAID.article, texts),
        )
        for keyboard in keyboards:
            assert all(1 <= len(one.encode()) <= 64 for one in data(keyboard))


def test_under_an_answer() -> None:
    three = Given(Place(1), 5, (6,), None, (SAID, SAID, SAID), (), 0)
    assert labels(under_answer(GIVEN, TEXTS, votes=False)) == [["In context", "More passages"]]
    assert labels(under_answer(three, TEXTS, votes=True)) == [
        ["[1] Context", "[2] Context", "[3] Context"],
        ["👍", "👎"],
    ]
    assert labels(under_answer(Given(Place(1), 5, (6,), None, (), (SAID,), 0), TEXTS, votes=True)) == [
        [TEXTS.closest_button]
    ]
    assert under_answer(Given(Place(1), 5, (6,), None, (), (), 0), TEXTS, votes=True) is None


def test_a_list_is_paged() -> None:
    listings = [Listing(f"{n:012x}", f"Article {n}", None, "2026-01-01", 3) for n in range(2 * PAGE + 1)]
    first, middle, last = (article_list(listings, page, "art", TEXTS) for page in (0, 1, 2))
    assert [row[0] for row in labels(first)[:PAGE]] == [f"Article {n}" for n in range(PAGE)]
    assert labels(first)[-1] == [TEXTS.next_button]
    assert labels(middle)[-1] == [TEXTS.previous_button, TEXTS.next_button]
    assert data(middle)[-1] == "list:2:art"
    assert labels(last) == [[f"Article {2 * PAGE}"], [TEXTS.previous_button]]
    assert labels(article_list(listings, 99, "", TEXTS)) == labels(last)
    assert labels(article_list(listings[:PAGE], 0, "", TEXTS)) == [[f"Article {n}"] for n in range(PAGE)]


def test_the_verbs_are_those_that_stand_in_chats() -> None:
    """A button stays where it is for as long as its message does: it must not mean something else one day."""
    verbs = "in more near back vote use list drop drops remove keep"
    assert [str(verb) for verb in Verb] == verbs.split()
