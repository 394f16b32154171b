"""PDFs in, articles in reading order out, with their pages; or one clear error."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import SourceError
from index.ingest.extract import extract
from index.ingest.pdf import document as pdf_module
from index.ingest.pdf.document import from_pdf
from index.models import Article, Quote
from tests.support.articles import assert_canonical
from tests.support.documents.pastes import PASTES
from tests.support.documents.pdfs import LEADING, TOP, lines, pdf, picture, together, wrapped

FERRY, HEADING = PASTES[0].body.split("\n\n"), "Who pays for the repairs"
PROSE = [paragraph for paragraph in FERRY if paragraph != HEADING]
LONG = (
    "The lock keeper of Merrow Sluice writes down every barge that passes, as his mother did and her uncle before her. "
    "In the spring of 1931 the uncle counted forty barges of coal on one morning, and he noted beside the number that "
    "the kettle had gone cold twice. The books fill a shelf above the stove, and nobody but the keepers has read them "
    "from end to end. A historian from the county archive has now begun to copy the pages, one summer after the other. "
    "She says that the margins tell more than the columns: births, floods, a stolen rope, the price of a goose."
)
OTHER = (
    "Below the sluice the canal widens into a basin where the barges used to turn. Reeds have closed most of it, and "
    "the council would like to fill the rest and build a car park. Herons stand in the shallow water every evening. "
    "The historian found the basin in a book of 1887, with a drawing of a crane that nobody remembers. Its foundation "
    "stones are still there under the brambles, four of them, each with an iron ring."
)


def paragraphs(article: Article) -> list[str]:
    return article.text.split("\n\n")


def page_of(article: Article, words: str) -> int | None:
    at = article.text.index(words)
    return Quote(article, at, at + len(words), 1).page


class TestOneColumn:
    def test_lines_are_joined_and_paragraphs_parted_by_space(self) -> None:
        first, second = wrapped(LONG), wrapped(OTHER)
        article = from_pdf(
            pdf(together(lines(first), lines(second, y=TOP - (len(first) + 0.7) * LEADING)), title="Merrow Sluice")
        )
        assert paragraphs(article) == [LONG, OTHER]
        assert (article.title, article.language, article.pages) == ("Merrow Sluice", "en", (0,))

    def test_or_by_an_indented_first_line(self) -> None:
        first, second = wrapped(LONG), wrapped(OTHER, 440)
        body = together(
            lines(first),
            lines(second[:1], x=84, y=TOP - len(first) * LEADING),
            lines(second[1:], y=TOP - (len(first) + 1) * LEADING),
        )
        assert paragraphs(from_pdf(pdf(body))) == [LONG, OTHER]

    def test_headings_by_size_and_by_weight(self) -> None:
        first, second = wrapped(LONG), wrapped(OTHER)
        below = TOP - 60 - len(first) * LEADING
        article = from_pdf(
            pdf(
                together(
                    lines(["The books of Merrow Sluice"], size=20),
                    lines(["What the margins tell"], y=TOP - 30, size=13),
                    lines(first, y=TOP - 50),
                    lines(["The basin"], y=below, font="Helvetica-Bold"),
                    lines(second, y=below - 18),
                )
            )
        )
        assert article.title == "The books of Merrow Sluice"
        assert paragraphs(article) == ["What the margins tell", LONG, "The basin", OTHER]
        assert article.headings == (1, 3)

    @pytest.mark.parametrize("title", ["Microsoft Word - draft7.docx", "untitled", "scan_001.pdf", "Quarterly Figures"])
    def test_a_title_that_the_text_does_not_bear_out_is_none(self, title: str) -> None:
        body = together(lines(["The books of Merrow"], size=18), lines(wrapped(LONG), y=TOP - 40))
        assert from_pdf(pdf(body, title=title)).title == "The books of Merrow"

    def test_what_it_says_of_itself(self) -> None:
        article = from_pdf(pdf(lines(wrapped(LONG)), author="Ada  Holm"), url="https://example.org/a.pdf")
        assert (article.author, article.url) == ("Ada Holm", "https://example.org/a.pdf")
        assert article.published is not None
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", article.published)

    def test_rows_of_a_table_keep_their_cells_apart(self) -> None:
        cells = [["Year", "Barges", "Toll"], ["1931", "4,012", "two pence"], ["1951", "1,630", "five pence"]]
        table = [lines([row[n] for row in cells], x=72 + 120 * n, y=600) for n in range(3)]
        article = from_pdf(pdf(together(lines(wrapped(LONG)), *table, lines(wrapped(OTHER), y=520))))
        assert paragraphs(article) == [LONG, *(" | ".join(row) for row in cells), OTHER]

    def test_notes_and_their_marks_are_left_out(self) -> None:
        text = wrapped(LONG)

        def marked(canvas: object) -> None:
            lines(text)(canvas)
            from reportlab.pdfbase.pdfmetrics import stringWidth

            lines(["3"], x=72 + stringWidth(text[-1], "Helvetica", 10), y=TOP - 13 * (len(text) - 1) + 4, size=6)(
                canvas
            )
            lines(["3 See the accounts of the sluice, volume nine."], y=100, size=8)(canvas)

        assert paragraphs(from_pdf(pdf(marked))) == [LONG]

    def test_a_table_of_contents_is_left_out(self) -> None:
        contents = ["The keeper . . . . . . . . . . . . . . . . 1", "The basin . . . . . . . . . . . . . . . . . 12"]
        assert paragraphs(from_pdf(pdf(together(lines(contents), lines(wrapped(LONG), y=600))))) == [LONG]


class TestColumns:
    @pytest.mark.parametrize("count", [2, 3])
    def test_columns_are_read_one_after_the_other_below_what_goes_across(self, count: int) -> None:
        width = 470 / count - 18
        told = " ".join([LONG, OTHER, *PROSE])
        flow = wrapped(told, width)
        height = -(-len(flow) // count)
        columns = [
            lines(flow[n * height : (n + 1) * height], x=60 + n * 470 / count, y=TOP - 60 - (n % 2) * 4)
            for n in range(count)
        ]
        title = lines(["The keepers of the sluice and what they wrote down"], size=18)
        lead = lines(
            wrapped("A shelf of books above a stove is the best source for the history of a county.", 470), y=TOP - 30
        )
        article = from_pdf(pdf(together(title, lead, *columns)))
        assert article.text.replace("\n\n", " ").endswith(told)
        assert paragraphs(article)[0].startswith("A shelf of books")

    def test_columns_drawn_row_by_row_are_read_the_same(self) -> None:
        left, right = wrapped(LONG, 210), wrapped(OTHER, 210)
        rows = [
            lines([line], x=x, y=TOP - n * LEADING)
            for n in range(max(len(left), len(right)))
            for x, side in ((60, left), (300, right))
            for line in side[n : n + 1]
        ]
        assert paragraphs(from_pdf(pdf(together(*rows)))) == [LONG, OTHER]

    def test_a_heading_across_parts_the_columns_into_bands(self) -> None:
        sides = [wrapped(text, 210) for text in (LONG, OTHER, *PROSE[:2])]
        under = TOP - 13 * max(len(sides[0]), len(sides[1])) - 30
        article = from_pdf(
            pdf(
                together(
                    lines(sides[0], x=60),
                    lines(sides[1], x=300),
                    lines(["What the town decided about its old ferry, and what it will cost"], x=60, y=under, size=14),
                    lines(sides[2], x=60, y=under - 30),
                    lines(sides[3], x=300, y=under - 30),
                )
            )
        )
        assert [p for p in paragraphs(article) if p in (LONG, OTHER, *PROSE[:2])] == [LONG, OTHER, *PROSE[:2]]
        assert len(article.headings) == 1


class TestPages:
    def test_heads_feet_and_numbers_go_and_sentences_go_on(self) -> None:
        flow = wrapped(" ".join([LONG, OTHER, *PROSE]))
        third = len(flow) // 3

        def page(n: int) -> object:
            return together(
                lines([f"Merrow Gazette, no. {n}"], y=815, size=8),
                lines(flow[n * third : (n + 1) * third] if n < 2 else flow[2 * third :]),
                lines([f"Page {n + 1} of 3"], x=280, y=30, size=8),
            )

        article = from_pdf(pdf(*(page(n) for n in range(3))))  # type: ignore[arg-type]
        assert article.text.replace("\n\n", " ") == " ".join(flow)
        assert len(article.pages) == 3
        for n in range(3):
            assert article.text[article.pages[n] :].startswith(flow[n * third])
            assert page_of(article, flow[n * third + 1]) == n + 1

    def test_the_number_of_a_single_page(self) -> None:
        assert from_pdf(pdf(together(lines(wrapped(LONG)), lines(["– 4 –"], x=290, y=40)))).text == LONG

    def test_a_page_without_text_counts(self) -> None:
        article = from_pdf(pdf(picture, lines(wrapped(LONG)), picture, lines(wrapped(OTHER))))
        assert [page_of(article, "lock keeper"), page_of(article, "Herons")] == [2, 4]


class TestHyphens:
    @pytest.mark.parametrize(
        ("said", "text"),
        [
            (["The keeper was aston-", "ished by the forty barges of coal that came."], "was astonished by"),
            (["A long-term plan was made for it and this long-", "term plan failed at last."], "this long-term plan"),
            (["The company was UK-", "based and it was sold to the county in the end."], "was UK-based and"),
            (["The price was for a 20-", "year lease of the basin and of the crane."], "a 20-year lease"),
            (["Die Verwaltung hat die Geschwin-", "digkeit der Schiffe nicht gemessen."], "die Geschwindigkeit der"),
            (["Die Verwaltung hat die Ein-", "und Ausfahrten der Schiffe gezählt."], "die Ein- und Ausfahrten"),
            (["Elle est arrivée au bassin et le conseil est-", "il encore dans la mairie ?"], "est-il encore"),
            (["Le conseil a décidé de la construc-", "tion du bassin dans la ville."], "la construction du"),
        ],
    )  # fmt: skip
    def test_at_the_end_of_a_line(self, said: list[str], text: str) -> None:
        assert text in from_pdf(pdf(lines(said))).text

    def test_at_the_end_of_a_page(self) -> None:
        article = from_pdf(
            pdf(lines([*wrapped(OTHER), "The keepers were aston-"]), lines(["ished by it. So was I, then."]))
        )
        assert "were astonished by it." in article.text
        assert page_of(article, "So was I") == 2


class TestErrors:
    def test_a_scan_is_refused_with_what_to_do(self) -> None:
        with pytest.raises(SourceError, match=r"scanned.*OCR") as caught:
            from_pdf(pdf(picture, picture))
        assert caught.value.kind == "scanned"

    def test_an_empty_one(self) -> None:
        with pytest.raises(SourceError, match="no text"):
            from_pdf(pdf(lambda canvas: None))

    def test_a_password(self) -> None:
        with pytest.raises(SourceError, match="password") as caught:
            from_pdf(pdf(lines(wrapped(LONG)), password="secret"))
        assert caught.value.kind == "locked"
        assert from_pdf(pdf(lines(wrapped(LONG)), password="")).text == LONG

    @pytest.mark.parametrize("raw", [b"%PDF-1.7", b"%PDF-1.7\n" + b"\x00\xff" * 5000])
    def test_damage(self, raw: bytes) -> None:
        with pytest.raises(SourceError, match="damaged"):
            extract(raw, name="a.pdf")

    def test_too_many_pages(self) -> None:
        with pytest.raises(SourceError, match="1,000 pages") as caught:
            from_pdf(pdf(*([lines(["a"])] * 1001)))
        assert caught.value.kind == "too_large"

    def test_too_much_text(self) -> None:
        told = b"BT /F1 1 Tf " + (b"(" + b"lock " * 6_000 + b") Tj ") * 101 + b"ET"
        with pytest.raises(SourceError) as caught:
            from_pdf(_by_hand(told))
        assert caught.value.kind == "too_large"

    def test_one_that_never_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pdf_module, "_MOST_SECONDS", 0.0)
        with pytest.raises(SourceError, match="too much time"):
            from_pdf(pdf(lines(wrapped(LONG))))

    def test_nested_without_end(self) -> None:
        deep = b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"]" * 200_000 + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"
        with pytest.raises(SourceError):
            from_pdf(deep)


class TestAnything:
    @settings(max_examples=12)
    @given(st.binary(max_size=300))
    def test_bytes(self, raw: bytes) -> None:
        with pytest.raises(SourceError):
            extract(b"%PDF-1.7\n" + raw, name="a.pdf")

    @settings(max_examples=20)
    @given(st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), max_size=12), st.floats(0.3, 1))
    def test_a_good_one_with_bytes_changed_or_cut_off(self, edits: list[tuple[float, bytes]], kept: float) -> None:
        raw = bytearray(pdf(lines(wrapped(LONG)), lines(wrapped(OTHER))))
        for where, what in edits:
            at = int(where * len(raw))
            raw[at : at + len(what)] = what
        try:
            article = from_pdf(b"%PDF-1.7" + bytes(raw[8 : int(kept * len(raw))]))
        except SourceError:
            return
        assert_canonical(article)
        assert list(article.pages) == sorted(article.pages)


class TestKinds:
    def test_its_bytes_say_what_it_is(self) -> None:
        raw = pdf(lines(wrapped(LONG)))
        for name, stated in (("a.txt", None), ("-", "text/html"), ("a.pdf", "application/octet-stream")):
            assert extract(raw, name=name, content_type=stated).text == LONG
        assert extract(b"\n\n" + raw, name="-").text == LONG

    def test_a_text_that_speaks_of_pdfs_is_a_text(self) -> None:
        said = "Every file of this kind begins with %PDF-1.7 and a line of four odd bytes."
        assert extract(said.encode(), name="a.txt").text == said

    def test_a_page_that_is_called_a_pdf(self) -> None:
        with pytest.raises(SourceError, match="not a PDF"):
            extract(b"<html><body>Please log in</body></html>", name="a.pdf")


def _by_hand(content: bytes) -> bytes:
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = b"".join(b"%d 0 obj%s endobj\n" % numbered for numbered in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"
