"""Sentence spans: they cover the text, and end where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.models import Article
from index.text.sentences import LIMIT, sentences, split


def pieces(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentences(text, language)]


@given(st.text(), st.sampled_from(["en", "uk", "ru", "de", "ko", "zh", "ar", "und", "xx", ""]))
def test_spans_cover_every_visible_character_in_order(text: str, language: str) -> None:
    article = Article(text, "t", language=language)
    position = 0
    for passage in split(article):
        assert position <= passage.start < passage.end <= passage.start + LIMIT
        assert not article.text[position : passage.start].strip()
        piece = article.text[passage.start : passage.end]
        assert piece == piece.strip()
        position = passage.end
    assert not article.text[position:].strip()


LIVELY = st.text(st.sampled_from("ab A.!?…,;:\"“”«»„()[]'’\n-–—0 5我。한\u0301😀\u200d"), max_size=300)


@given(LIVELY)
def test_spans_cover_texts_full_of_marks(text: str) -> None:
    spans = list(sentences(text, "en"))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))


def test_headings_are_counted_but_are_no_passages() -> None:
    article = Article("Prices rise\n\nBread costs more. So does milk.\n\nWhy\n\nNobody knows.", "t", headings=(1, 3))
    found = [(article.text[p.start : p.end], p.paragraph) for p in split(article)]
    assert found == [("Bread costs more.", 2), ("So does milk.", 2), ("Nobody knows.", 4)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mr. Smith met J. K. Rowling in St. Petersburg.", "en"),
        ("The U.S. Army ordered No. 5 at 3.14 dollars, e.g. for its kitchens.", "en"),
        ("“Mr. Lane is late,” she said.", "en"),
        ("“Stop!” he shouted.", "en"),
        ("He waited... and waited.", "en"),
        ("Т. Г. Шевченко написав цю поему в с. Качанівка.", "uk"),
        ("Книгу написал Уильям Э. Саймон.", "ru"),
        ("Das Haus stammt aus dem 19. Jahrhundert.", "de"),
        ('그는 "네. 알았습니다."라고 말했다.', "ko"),
        ("A soft wrap does not\nend a sentence.", "en"),
    ],
)
def test_one_sentence_stays_one(text: str, language: str) -> None:
    assert pieces(text, language) == [text]


@pytest.mark.parametrize(
    ("first", "second", "language"),
    [
        ("He left.", "She stayed.", "en"),
        ("“We won.”", "The crowd cheered.", "en"),
        ("(It was late.)", "She stayed.", "en"),
        ("Was it true?", "Nobody knew.", "und"),
        ("Він пішов.", "Вона лишилася.", "uk"),
        ("Er ging.", "Sie blieb.", "de"),
        ("¿Quién fue?", "Nadie lo sabe.", "es"),
        ("그는 떠났다.", "그녀는 남았다.", "ko"),
        ("غادر الرجل.", "بقيت المرأة.", "ar"),
    ],
)
def test_two_sentences_are_two(first: str, second: str, language: str) -> None:
    assert pieces(f"{first} {second}", language) == [first, second]


def test_chinese_needs_no_spaces() -> None:
    assert pieces("他走了。她留下了。", "zh") == ["他走了。", "她留下了。"]


def test_a_closing_mark_belongs_to_its_sentence() -> None:
    speech = "“" + "We built the bridge in a year and nobody believed that we could. " * 5 + "Now they do.”"
    found = pieces(speech + " The mayor agreed.")
    assert len(found) == 7  # a long speech is not one passage
    assert found[-2:] == ["Now they do.”", "The mayor agreed."]


def test_each_item_of_a_list_is_a_passage() -> None:
    assert pieces("Bring:\n- two eggs. Fresh ones\n- flour\nThen stir. Bake.") == [
        "Bring:",
        "- two eggs. Fresh ones",
        "- flour",
        "Then stir.",
        "Bake.",
    ]


def test_a_number_at_the_start_of_a_wrapped_line_is_no_list() -> None:
    assert pieces("The bridge was opened on May\n5. It is long.", "en")[-1] == "It is long."


def test_a_sentence_without_end_is_cut_between_clauses() -> None:
    clause = "the river rose above its banks and the road was closed; "
    found = pieces(clause * 30)
    assert len(found) > 1
    assert all(piece.endswith(";") and len(piece) <= LIMIT for piece in found)


def test_a_huge_line_is_cut_without_breaking_a_character() -> None:
    found = pieces("e\u0301" * 50_000)
    assert max(map(len, found)) <= LIMIT
    assert not any(piece.startswith("\u0301") for piece in found)
