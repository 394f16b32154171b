"""Raw bytes in, an article out, or one clear error."""

import gzip
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import SourceError
from index.ingest.extract import decode, extract, from_html, from_markdown, from_text
from tests.support.articles import assert_canonical
from tests.support.documents.pastes import PASTES

BODY = PASTES[0].body
PARAGRAPHS = BODY.split("\n\n")
HEADING = "Who pays for the repairs"
MOMENT = "2024-06-14T08:00:00+00:00"
PAGE = (
    "<!DOCTYPE html><html lang='en-GB'><head><meta charset='utf-8'><title>Old ferry stays | Ansley Post</title>"
    "<meta property='og:title' content='Harbour town votes to keep its old ferry'>"
    "<meta property='og:site_name' content='Ansley Post'><meta name='author' content='Joan Merrill'>"
    "<meta property='article:published_time' content='2024-06-14T08:00:00Z'>"
    "<link rel='canonical' href='https://ansley.example/ferry'></head><body>"
    "<nav><a href='/'>Home</a> <a href='/world'>World</a></nav><article>"
    "<h1>Harbour town votes to keep its old ferry</h1>"
    + "".join(f"<h2>{p}</h2>" if p == HEADING else f"<p>{p}</p>" for p in PARAGRAPHS)
    + "</article><footer>All rights reserved. Contact. Imprint.</footer></body></html>"
)


class TestAnything:
    @given(st.binary(max_size=400), st.sampled_from(["-", "a.html", "a.md", "a.txt", "a.html.gz", "http://[", "a"]))
    def test_bytes_give_an_article_or_an_error(self, raw: bytes, name: str) -> None:
        try:
            article = extract(raw, name=name)
        except SourceError:
            return
        assert_canonical(article)

    @given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=400))
    def test_any_text_with_a_word_in_it_is_an_article(self, text: str) -> None:
        if any(character.isalnum() for character in text):
            assert_canonical(extract(text.encode(), name="a.txt"))
        else:
            with pytest.raises(SourceError, match="empty"):
                extract(text.encode(), name="a.txt")

    @settings(max_examples=40)
    @given(st.text(max_size=300), st.text(max_size=60))
    def test_pages_give_an_article_or_an_error(self, inside: str, attribute: str) -> None:
        page = f"<html lang='{attribute}'><body><article><p>{BODY}</p><p>{inside}</p></article></body></html>"
        try:
            article = from_html(page)
        except SourceError:
            return
        assert_canonical(article)

    @given(st.text(max_size=400))
    def test_what_was_extracted_once_stays_as_it_is(self, text: str) -> None:
        try:
            article = from_text(text)
        except SourceError:
            return
        again = from_text(article.text)
        assert again.text == article.text

    @given(
        st.lists(st.sampled_from([*PARAGRAPHS, "Share", "Related:", "- a", "You can help us.", "a b\nc d"]), min_size=1)
    )
    def test_a_cleaned_paste_is_clean(self, blocks: list[str]) -> None:
        article = from_text("\n\n".join(blocks))
        assert from_text(article.text).text == article.text


class TestRefused:
    @pytest.mark.parametrize("raw", [b"", b" \n\t", "\ufeff \u00a0".encode(), gzip.compress(b"", mtime=0)])
    @pytest.mark.parametrize("name", ["-", "a.txt", "a.md", "a.html"])
    def test_nothing(self, raw: bytes, name: str) -> None:
        with pytest.raises(SourceError) as caught:
            extract(raw, name=name)
        assert caught.value.kind == "empty"

    @pytest.mark.parametrize(
        "raw", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", bytes(range(256)) * 4, b"\x7fELF\x02\x01\x01\x00"]
    )
    def test_binary(self, raw: bytes) -> None:
        with pytest.raises(SourceError, match="binary"):
            extract(raw, name="-")

    def test_a_gzip_bomb_is_stopped(self) -> None:
        bomb = gzip.compress(b"a" * 30_000_000)
        assert len(bomb) < 100_000
        with pytest.raises(SourceError, match="20 MB"):
            extract(bomb, name="a.html.gz")

    def test_too_large(self) -> None:
        with pytest.raises(SourceError, match="20 MB"):
            extract(b"a " * 10_000_001, name="a.txt")

    def test_gzip_of_several_members_is_read_to_its_end(self) -> None:
        packed = gzip.compress(b"Bees dance in the hive.\n\n") + gzip.compress(b"They dance in eights.")
        assert extract(packed, name="a.txt.gz").text == "Bees dance in the hive.\n\nThey dance in eights."

    def test_damaged_and_cut_off_gzip(self) -> None:
        packed = gzip.compress(PAGE.encode())
        with pytest.raises(SourceError, match="cut off"):
            extract(packed[:-20], name="a.html.gz")
        with pytest.raises(SourceError, match="damaged"):
            extract(packed[:12] + b"\xff" * 40, name="a.html.gz")

    @pytest.mark.parametrize(
        ("inside", "kind"),
        [
            ("<h1>404</h1><p>Not found</p>", "no_article"),
            (
                "<form><p>Please sign in to continue reading. You need an account to see your articles.</p><input>"
                "</form>",
                "login",
            ),
            (
                "<div><p>We use cookies so that you get the best from our site. You can change your choice.</p></div>",
                "consent",
            ),
            ("", "empty"),
        ],
    )
    def test_a_page_without_an_article(self, inside: str, kind: str) -> None:
        with pytest.raises(SourceError) as caught:
            from_html(f"<html lang='en'><head><title>Ansley Post</title></head><body>{inside}</body></html>")
        assert caught.value.kind == kind

    def test_other_kinds(self) -> None:
        with pytest.raises(SourceError, match="image/png"):
            extract(b"abc", name="a", content_type="image/png")
        with pytest.raises(SourceError, match="PDF"):
            extract(b"%PDF-1.7 ...", name="a.pdf")


class TestDecode:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    def test_utf_by_its_mark(self, encoding: str) -> None:
        assert decode("Привіт, світе".encode(encoding)) == "Привіт, світе"

    def test_as_declared(self) -> None:
        assert decode("Привіт".encode("koi8-u"), "koi8-u") == "Привіт"

    def test_a_declaration_that_cannot_be_true_is_ignored(self) -> None:
        assert decode("Привіт".encode(), "ascii") == "Привіт"
        assert decode("Привіт".encode(), "no-such-charset") == "Привіт"

    def test_a_guess(self) -> None:
        text = "Съезд депутатов состоялся в четверг, сообщили в городской администрации. " * 5
        assert decode(text.encode("cp1251")) == text

    def test_a_bad_byte_spoils_one_character(self) -> None:
        assert decode("abc".encode("utf-16") + b"\x00") == "abc\ufffd"
        text = "Das Mühlrad dreht sich nicht mehr, sagt die Müllerin von Vell. " * 3
        raw = text.encode()
        assert decode(raw[:40] + b"\xff" + raw[40:], "utf-8") == raw[:40].decode() + "\ufffd" + raw[40:].decode()

    def test_labels_mean_what_they_mean_on_the_web(self) -> None:
        assert decode("“Yes”, she said – twice.".encode("cp1252"), "iso-8859-1") == "“Yes”, she said – twice."
        assert decode("가나다라 마바사".encode("cp949"), "ks_c_5601-1987") == "가나다라 마바사"

    def test_utf_16_without_a_mark(self) -> None:
        assert decode("Привіт, світе, як справи?".encode("utf-16-le")) == "Привіт, світе, як справи?"


class TestHtml:
    def test_text_and_what_the_page_says_of_itself(self) -> None:
        article = extract(PAGE.encode(), name="ferry.html")
        assert article.text == BODY
        assert article.headings == (3,)
        assert article.title == "Harbour town votes to keep its old ferry"
        assert (article.site, article.author, article.published) == ("Ansley Post", "Joan Merrill", MOMENT)
        assert (article.language, article.url) == ("en", "https://ansley.example/ferry")

    def test_the_url_it_was_read_from_wins(self) -> None:
        assert from_html(PAGE, url="https://mirror.example/f").url == "https://mirror.example/f"
        assert from_html(PAGE.replace("https://ansley.example/ferry", "javascript:alert(1)")).url is None

    def test_the_charset_of_the_server_then_of_the_page(self) -> None:
        page = PAGE.replace("Ruth Okafor", "Ruth Okáfor")
        served = extract(page.encode("cp1250"), name="-", content_type="text/html; charset=cp1250")
        assert "Okáfor" in served.text
        own = extract(page.replace("'utf-8'", "'iso-8859-2'").encode("cp1250"), name="f.html")
        assert "Okáfor" in own.text

    @pytest.mark.parametrize(
        ("name", "content_type"),
        [
            ("-", None),
            ("f.HTML.gz", None),
            ("https://x.example/f?id=1.txt", "text/html; charset=utf-8"),
            ("f", "text/html"),
        ],
    )
    def test_a_page_is_known_by_type_name_or_beginning(self, name: str, content_type: str | None) -> None:
        for raw in (PAGE.encode(), gzip.compress(PAGE.encode())):
            assert extract(raw, name=name, content_type=content_type).text == BODY

    def test_it_is_quiet(self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG), pytest.raises(SourceError):
            from_html("<html><body></body></html>")
        assert not caplog.records
        assert capfd.readouterr() == ("", "")

    def test_items_of_a_list_are_paragraphs(self) -> None:
        items = ["Two thirds come from the county budget.", "One third comes from the sale of tickets."]
        page = PAGE.replace("</article>", "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul></article>")
        assert from_html(page).text.split("\n\n")[-2:] == items


class TestMarkdown:
    def test_marks_go_and_words_stay(self) -> None:
        article = from_markdown(
            "# Bees\n\nBees *dance* to tell where [flowers](https://x.example) are.\nThey `turn`.\n\n"
            "![a bee](bee.png)\n\n## How\n\n- in *eights*\n- in circles\n\n> Nobody knew.\n\n"
            "```\na = 1\n\nb = 2\n```\n\n"
            "| who | when |\n|---|---|\n| Frisch | 1927 |\n"
        )
        assert article.text.split("\n\n") == [
            "Bees",
            "Bees dance to tell where flowers are. They turn.",
            "How",
            "in eights",
            "in circles",
            "Nobody knew.",
            "a = 1\nb = 2",
            "who | when",
            "Frisch | 1927",
        ]
        assert article.headings == (1, 3)
        assert article.title == "Bees"

    def test_front_matter(self) -> None:
        article = from_markdown(
            '---\ntitle: "Bees"\nauthor: A. Lee\ndate: 2024-05-01\nurl: https://x.example/b\nsite: X\n'
            "language: en\n---\n\n# Other\n\nBees dance.\n"
        )
        assert (article.title, article.author, article.published) == ("Bees", "A. Lee", "2024-05-01")
        assert (article.url, article.site, article.language) == ("https://x.example/b", "X", "en")
        assert article.text == "Other\n\nBees dance."

    @pytest.mark.parametrize(
        ("written", "published"),
        [
            ("2024-05-01 09:30:00 +0200", "2024-05-01T09:30:00+02:00"),
            ("May 1, 2024", "2024-05-01"),
            ("in spring", None),
        ],
    )
    def test_the_date_of_front_matter_is_one_of_iso_8601(self, written: str, published: str | None) -> None:
        assert from_markdown(f"---\ndate: {written}\n---\n\nBees dance.\n").published == published

    def test_front_matter_in_other_words(self) -> None:
        stated = "title: How\u2028bees dance\nlanguage: en-GB\ndate: last May\n"
        article = from_markdown(f"---\n{stated}---\n\nBees dance.\n")
        assert (article.title, article.language, article.published) == ("How bees dance", "en", None)
        assert from_markdown("---\nlanguage: English\n---\n\nBees dance.\n").language == "und"

    def test_standard_input_that_begins_with_a_heading_is_markdown(self) -> None:
        assert extract(b"# Bees\n\nThey *dance*.", name="-").text == "Bees\n\nThey dance."
        assert extract(b"They *dance*.", name="-").text == "They *dance*."


class TestText:
    def test_headings_and_title(self) -> None:
        titled = f"{PASTES[0].title}\n\n{BODY}"
        article = from_text(titled)
        assert article.text == titled
        assert article.headings == (1, 4)
        assert article.title == PASTES[0].title

    def test_without_a_title_the_first_sentence_is_it(self) -> None:
        title = from_text(BODY).title
        assert title.startswith("Voters in Ansley Bay decided")
        assert title.endswith("…")
        assert len(title) <= 80

    def test_wrapped_lines_are_joined(self) -> None:
        wrapped = (
            "The ferry was built in 1978 and carries about nine hundred people a day\n"
            "to the island. Replacing it would have cost twenty-four million dollars,\n"
            "the port authority said.\n\nIt stays."
        )
        assert from_text(wrapped).text.split("\n\n")[0].count("\n") == 0

    def test_short_lines_in_a_paragraph_stay_lines(self) -> None:
        text = (
            f"{PARAGRAPHS[0]}\n\nThe ferry came\nthe ferry went\nand no one paid\nand no one spent.\n\n{PARAGRAPHS[1]}"
        )
        assert from_text(text).text == text

    def test_a_labelled_address_is_the_url(self) -> None:
        for text in (f"URL: https://x.example/f\n\n{BODY}", f"{BODY}\n\nSource: https://x.example/f"):
            article = from_text(text)
            assert (article.text, article.url) == (BODY, "https://x.example/f")
        assert from_text(f"URL: https://x.example/f\n\n{BODY}", url="https://y.example").url == "https://y.example"

    def test_canonical_form(self) -> None:
        raw = "\ufeffCafe\u0301\u00a0opens.\r\n\r\n\r\n\u200bIt\x07 is \ud800new.\u200b\u2029क्\u200dष is kept."
        assert from_text(raw).text == "Café opens.\n\nIt is new.\n\nक्\u200dष is kept."
