"""Word documents in, articles out: what the document says, and nothing that only Word says."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import SourceError
from index.ingest.extract import extract
from index.ingest.plain.word import from_docx
from tests.support.articles import assert_canonical
from tests.support.documents.docx import OFFICE, PACKAGE, W, docx, p, run

KEEPER = "The lock keeper of Merrow Sluice writes down every barge that passes."
BASIN = "Below the sluice the canal widens into a basin where the barges used to turn."


def test_headings_paragraphs_and_title() -> None:
    article = from_docx(
        docx(
            p("The books of Merrow Sluice", style="Titel")
            + p("The keeper", "\t", "1", style="Verzeichnis1")
            + p("The keeper", style="berschrift1")
            + p(KEEPER, " ", "His uncle did too.")
            + p("The basin", style="berschrift1")
            + p(BASIN)
            + p("Nothing follows", style="berschrift1")
        ),
        url="https://example.org/a.docx",
    )
    assert article.text.split("\n\n") == ["The keeper", f"{KEEPER} His uncle did too.", "The basin", BASIN]
    assert article.headings == (1, 3)
    assert (article.title, article.language) == ("The books of Merrow Sluice", "en")
    assert article.url == "https://example.org/a.docx"
    assert article.pages == ()


def test_what_it_says_of_itself() -> None:
    core = (
        "<dc:title>The Sluice</dc:title><dc:creator>Ada Holm</dc:creator>"
        "<dcterms:created>2024-06-14T08:30:00Z</dcterms:created>"
    )
    article = from_docx(docx(p(KEEPER), core=core))
    assert (article.title, article.author, article.published) == ("The Sluice", "Ada Holm", "2024-06-14T08:30:00+00:00")
    assert from_docx(docx(p(KEEPER), core="<dc:title>Document1</dc:title>")).title == KEEPER


def test_rows_are_paragraphs_and_lines_stay_lines() -> None:
    cells = (("Year", "Barges"), ("1931", "4,012"))
    rows = "".join(f"<w:tr>{''.join(f'<w:tc>{p(cell)}</w:tc>' for cell in row)}</w:tr>" for row in cells)
    article = from_docx(
        docx(p(KEEPER) + f"<w:tbl>{rows}</w:tbl>" + p("First line", "<w:r><w:br/></w:r>", "second line."))
    )
    assert article.text.split("\n\n") == [KEEPER, "Year | Barges", "1931 | 4,012", "First line\nsecond line."]


def test_changes_are_accepted_and_notes_and_comments_left_out() -> None:
    body = p(
        "The toll was ",
        '<w:del w:id="1"><w:r><w:delText>two</w:delText></w:r></w:del>',
        f'<w:ins w:id="2">{run("five")}</w:ins>',
        " pence",
        '<w:r><w:footnoteReference w:id="5"/></w:r>',
        '<w:r><w:commentReference w:id="6"/></w:r>',
        " a barge.",
    )
    assert from_docx(docx(body)).text == "The toll was five pence a barge."


def test_its_bytes_say_what_it_is() -> None:
    raw = docx(p(KEEPER))
    for name, stated in (("a.docx", None), ("a.txt", "text/plain"), ("-", "application/zip")):
        assert extract(raw, name=name, content_type=stated).text == KEEPER


def test_other_office_files_are_told_apart() -> None:
    with pytest.raises(SourceError, match=r"\.docx"):
        extract(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, name="a.doc")
    with pytest.raises(SourceError, match="not a Word document"):
        extract(b"<html><body>Please log in</body></html>", name="a.docx")
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    with pytest.raises(SourceError, match="OpenDocument"):
        extract(file.getvalue(), name="a.odt")
    with zipfile.ZipFile(file := BytesIO(), "w") as archive:
        archive.writestr("photos/a.bin", b"\x00\x01" * 100)
    with pytest.raises(SourceError, match="binary"):
        extract(file.getvalue(), name="a.zip")


class TestHostile:
    def test_a_bomb_is_not_unpacked(self) -> None:
        with pytest.raises(SourceError) as caught:
            from_docx(docx(p(KEEPER), extra={"word/other.xml": " " * 13_000_000}))
        assert caught.value.kind == "too_large"

    def test_only_what_was_checked_is_read(self) -> None:
        elsewhere = f'Type="{OFFICE}/officeDocument" Target="word/document.bin"'
        raw = docx(
            p(KEEPER),
            extra={
                "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" {elsewhere}/>'
                "</Relationships>",
                "word/document.bin": f"<w:document {W}><w:body>{p(BASIN)}</w:body></w:document>",
            },
        )
        assert from_docx(raw).text == KEEPER

    def test_a_name_without_an_end(self) -> None:
        with pytest.raises(SourceError, match="damaged"):
            from_docx(docx("<" + "a" * 2_000_000))

    def test_more_tags_than_any_document(self) -> None:
        with pytest.raises(SourceError) as caught:
            from_docx(docx(p(KEEPER) + "<w:p/>" * 250_000))
        assert caught.value.kind == "too_large"

    def test_a_language_that_is_none(self) -> None:
        assert from_docx(docx(p("Sluice"), core="<dc:language>1.0</dc:language>")).language == "und"

    def test_entities_are_not_expanded(self) -> None:
        bomb = f'<!DOCTYPE d [<!ENTITY a "{"lock " * 99}">]><w:document {W}><w:body>{p("<w:r><w:t>&a;</w:t></w:r>")}'
        with pytest.raises(SourceError, match="damaged"):
            from_docx(docx("", extra={"word/document.xml": f"{bomb}</w:body></w:document>"}))

    def test_nesting_is_bounded(self) -> None:
        with pytest.raises(SourceError, match="damaged"):
            from_docx(docx("<w:sdt><w:sdtContent>" * 30_000 + p(KEEPER) + "</w:sdtContent></w:sdt>" * 30_000))

    def test_an_empty_one(self) -> None:
        with pytest.raises(SourceError, match="no text"):
            from_docx(docx(p("")))

    @settings(max_examples=60)
    @given(st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=8)), max_size=6), st.floats(0.5, 1))
    def test_one_with_bytes_changed_or_cut_off(self, edits: list[tuple[float, bytes]], kept: float) -> None:
        raw = bytearray(docx(p("The keeper", style="berschrift1") + p(KEEPER)))
        for where, what in edits:
            at = int(where * len(raw))
            raw[at : at + len(what)] = what
        self._reads(bytes(raw[: int(kept * len(raw))]))

    @settings(max_examples=60)
    @given(
        st.lists(
            st.sampled_from([p(KEEPER), "<w:tbl>", "</w:tbl>", "<w:p>", "<w:tr/>", "<w:r>", "&", "<w:br/>", "]]>"])
        )
    )
    def test_any_body(self, parts: list[str]) -> None:
        self._reads(docx("".join(parts)))

    def _reads(self, raw: bytes) -> None:
        try:
            article = extract(raw, name="a.docx")
        except SourceError:
            return
        assert_canonical(article)
