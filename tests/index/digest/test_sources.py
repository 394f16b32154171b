"""Whom an article names as its sources, and where."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.digest.sources import sources
from index.models import Article, Passage


def passages_of(text: str) -> list[Passage]:
    """Sentences, cut after a full stop, a question mark or the quotation mark behind it."""
    found = []
    position = 0
    for number, paragraph in enumerate(text.split("\n\n"), start=1):
        for match in re.finditer(r"\S.*?(?:[.!?][”\"]?(?=\s+[A-ZА-ЯІЇЄ“\"«])|$)", paragraph):
            found += [Passage(position + match.start(), position + match.end(), number)]
        position += len(paragraph) + 2
    return found


def cited(text: str, language: str = "en", url: str | None = None, site: str | None = None) -> dict[str, list[str]]:
    article = Article(text, "Test", language=language, url=url, site=site)
    return {source.name: [m.text for m in source.mentions] for source in sources(article, passages_of(text))}


def names(text: str, language: str = "en") -> list[str]:
    return list(cited(text, language))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The bridge is shut, according to Norwall's website.", "Norwall's website"),
        ("The bridge is shut, as per the Danish navy.", "the Danish navy"),
        ("Kestrel News reports that the bridge is shut.", "Kestrel News"),
        ("The bridge is shut, Kestrel reported on Monday.", "Kestrel"),
        ("Mayor Ada Holm said the bridge is shut.", "Mayor Ada Holm"),
        ("“The bridge is shut,” said Ada Holm, who runs the port.", "Ada Holm"),
        ("“The bridge is shut,” added port director Ada Holm on Friday.", "Ada Holm"),
        ("Ada Holm, the head of the port, told reporters the bridge is shut.", "Ada Holm"),
        ("The port's lawyer, Ada Holm, said the bridge is shut.", "Ada Holm"),
        ("Norwall's foreign ministry confirmed that the bridge is shut.", "Norwall's foreign ministry"),
        ("Norwall’s intelligence indicated that the bridge is shut.", "Norwall’s intelligence"),
        ("The bridge is shut, police said.", "police"),
        ("The bridge is shut, according to officials in Norwall.", "officials in Norwall"),
        ("The Ministry of Trade, Ports and Fishery announced a ban.", "Ministry of Trade, Ports and Fishery"),
        ("The bridge is shut, according to data released by Bridgewatch.", "Bridgewatch"),
        ("The bridge is shut, the daily wrote, citing Norport.", "Norport"),
        ("The bridge was first quoted by Kestrel News as shut.", "Kestrel News"),
        ("The bridge is shut, it was said in a statement by Norport.", "Norport"),
        ("Holm wrote on X: “The bridge is shut.”", "Holm"),
        ("Norport called the bridge a “ruin”.", "Norport"),
        ("Norport denied that ships wait.", "Norport"),
        ("Minister Bo Lind defended the ban, saying ships were unsafe.", "Minister Bo Lind"),
        ("The bridge is shut, with port director Ada Holm warning of “long weeks”.", "Ada Holm"),
        ("The officials of Norport are warning that the bridge is shut.", "officials of Norport"),
        ("Ada Holm closed the bridge and said that ships wait.", "Ada Holm"),
        ("Norport issued a statement.", "Norport"),
        ("Bolts had rusted, according to a study published in Bridge Letters.", "Bridge Letters"),
        ("A chart, provided by Bridgewatch, shows the rust.", "Bridgewatch"),
        ("“The bridge is shut,” said engineer Ada Holm of Norport's Bridge Laboratory.", "Ada Holm"),
        ("“The bridge is shut,” said the National Bank of Norwall.", "National Bank of Norwall"),
        ("— Ada Holm (@adaholm) May 2, 2024", "Ada Holm"),
    ],
)
def test_each_way_to_attribute(text: str, name: str) -> None:
    assert names(text) == [name]


def test_a_listener_is_a_source_only_when_it_is_another_outlet() -> None:
    text = "“It is shut,” Ada Holm told Kestrel News. Bo Lind told Ada Holm to leave."
    assert names(text) == ["Ada Holm", "Kestrel News", "Bo Lind"]
    assert "Kestrel News" not in cited(text, url="https://www.kestrelnews.example/a/1")
    assert "Kestrel News" not in cited(text, site="Kestrel News")


@pytest.mark.parametrize(
    "text",
    [
        "He said it was late.",
        "It was late, according to the report.",
        "She told them that they would see.",
        "Sources said that it was late.",
        "Ada Holm was told that it was late.",
        "Norport reported earnings of two crowns a share.",
        "Ada Holm walked across the bridge.",
        "“Norport says it is late.”",
        "On Monday it was announced.",
        "Norport called the bridge a ruin.",
        "Norport released a ship.",
        "Harbour analysts said that it was late.",
        "Shops closed early and said they were sorry.",
        "It was late, according to a study published in May.",
    ],
)
def test_nameless_silent_and_quoted_ones_are_no_sources(text: str) -> None:
    assert names(text) == []


def test_spellings_of_one_source_are_one_and_sources_come_most_cited_first() -> None:
    text = (
        "Ada Holm said the bridge is shut. According to Kestrel News, ships wait. Kestrel says ten ships wait.\n\n"
        "Crews sleep aboard, as per Kestrel. Holm said crews are fed. Minister Bo Lind said nothing is planned."
    )
    found = cited(text)
    assert list(found) == ["Kestrel News", "Ada Holm", "Minister Bo Lind"]
    assert [len(mentions) for mentions in found.values()] == [3, 2, 1]
    assert found["Ada Holm"] == ["Ada Holm said the bridge is shut.", "Holm said crews are fed."]


def test_a_town_is_not_its_newspaper_nor_a_country_its_ministry() -> None:
    text = "Norwall said it is shut. The Norwall Post reported that it is open. Norwall's ministry said it is closed."
    assert sorted(names(text)) == ["Norwall", "Norwall Post", "Norwall's ministry"]


def test_an_outlet_that_was_written_to_is_a_source_and_nobody_else() -> None:
    assert names("Ada Holm said in an email to Kestrel News that it is late.") == ["Ada Holm", "Kestrel News"]
    assert names("Ada Holm said in an email to Bo Lind that it is late.") == ["Ada Holm"]


def test_initials_are_the_name_they_stand_for() -> None:
    text = "The Centre for Bridge Safety said it is late. CBS said that nobody waits. BSC said that it sank."
    assert {name: len(found) for name, found in cited(text).items()} == {"Centre for Bridge Safety": 2, "BSC": 1}


def test_a_family_name_is_shown_in_full_when_the_article_gives_it() -> None:
    assert names("The bridge was drawn by Ada Holm in her youth. “It held,” Holm said.") == ["Ada Holm"]


def test_two_speakers_of_one_verb_are_two_sources() -> None:
    assert sorted(names("Both Holm and Lind told lawmakers that it is late.")) == ["Holm", "Lind"]


def test_only_passages_in_which_it_speaks_are_mentions() -> None:
    found = cited("Ada Holm said it is late. The port belongs to Ada Holm. Ships like Ada Holm.")
    assert found == {"Ada Holm": ["Ada Holm said it is late."]}


def test_headings_are_not_searched() -> None:
    text = "Holm says no\n\nPolice said it is late."
    article = Article(text, "Test", language="en", headings=(1,))
    assert [source.name for source in sources(article, passages_of(text))] == ["police"]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("uk", "За даними Портнагляду, міст закрито.", "Портнагляду"),
        ("uk", "Про це повідомляє «Вільна гавань».", "Вільна гавань"),
        ("uk", "Оксана Гай заявила, що міст закрито.", "Оксана Гай"),
        ("uk", "Президент України Іван Гай заявив, що міст закрито.", "Іван Гай"),
        ("uk", "За словами міністра портів України Івана Гая, міст закрито.", "Івана Гая"),
        ("uk", "Служба мостів України повідомляє, що міст закрито.", "Служба мостів України"),
        ("ru", "Об этом сообщил глава МИД Олег Гай.", "Олег Гай"),
        ("ru", "Мост закрыт, заявила директор Анна Ивановна Гай.", "Анна Ивановна Гай"),
        ("ru", "По данным Министерства мостов Китая, мост закрыт.", "Министерства мостов Китая"),
        ("ru", "По данным Портнадзора, мост закрыт.", "Портнадзора"),
        ("ru", "Об этом сообщает Вестник Гавани.", "Вестник Гавани"),
        ("ru", "«Мост закрыт, суда ждут уже два дня», — сказал Олег Гай.", "Олег Гай"),
        ("de", "Laut Hafenblatt ist die Brücke zu.", "Hafenblatt"),
        ("de", "„Die Brücke ist zu“, sagte Ada Holm.", "Ada Holm"),
        ("es", "Según Portuaria, el puente está cerrado.", "Portuaria"),
        ("es", "El puente está cerrado, dijo Ada Holm.", "Ada Holm"),
        ("und", "According to Norport, it is late.", "Norport"),
    ],
)
def test_other_languages(language: str, text: str, expected: str) -> None:
    assert names(text, language) == [expected]


@pytest.mark.parametrize(
    "unit",
    [
        "said ",
        "A",
        "Aa ",
        "Aa, ",
        "Aa said ",
        "Aa of ",
        "Aa's ",
        '"',
        "“",
        "Aa, via ",
        "data from ",
        "«A ",
        "Aa (",
        "A - ",
        "with Aa saying ",
        "Aa issued ",
        "- Aa (",
    ],
)
def test_a_hostile_line_of_100_000_characters_is_read_in_one_go(unit: str) -> None:
    """Each takes a second or so; with unbounded backtracking it would run into the suite's own limit."""
    text = (unit * (100_000 // len(unit))).strip()
    assert len(sources(Article(text, "Test", language="en"), [Passage(0, len(text), 1)])) <= 1


WORDS = [
    "said",
    "Holm",
    "told",
    "Kestrel News",
    "according to",
    "police",
    ",",
    "“",
    "”",
    "that",
    "the",
    "of",
    "'s",
    "\n\n",
    ".",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=40), st.sampled_from(["en", "uk", "de"])
)
def test_holds_for_any_text(words: list[str], language: str) -> None:
    text = " ".join(words).strip()
    article = Article(text, "Test", language=language)
    passages = passages_of(text)
    found = sources(article, passages)
    known = {(passage.start, passage.end, passage.paragraph) for passage in passages}
    counts = [len(source.mentions) for source in found]
    assert counts == sorted(counts, reverse=True)
    assert len({source.name for source in found}) == len(found)
    for source in found:
        assert source.name.strip()
        starts = [mention.start for mention in source.mentions]
        assert starts == sorted(set(starts))
        assert {(m.start, m.end, m.paragraph) for m in source.mentions} <= known
    assert sources(article, passages) == found
