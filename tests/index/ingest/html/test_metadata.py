"""The facts of a page: its title, site, authors, moment of publication, language and address."""

import html
import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fromstring

from index.errors import SourceError
from index.ingest.extract import from_html
from index.ingest.html.structured_data import structured_data
from index.text.language import language_of
from tests.support.pages.facts import ENGLISH, TITLE, article, ld, meta, news

GERMAN = (
    "Der Mühlteich von Skarn wird im Frühjahr abgelassen, sagte der Rat der Stadt. Seine Mauer ist seit dem Hochwasser "
    "undicht. Das Angeln dort endet im März, und die Karpfen werden in den See über der Stadt gebracht."
)
RUSSIAN = (
    "Мельничный пруд в Скарне спустят весной, сообщили в совете. Его стена протекает после наводнения. Рыбалка там "
    "закончится в марте, а карпов перевезут в озеро, которое находится над городом."
)
UKRAINIAN = (
    "Млиновий ставок у Скарні навесні спустять, повідомили в раді. Це треба зробити, бо його стіна протікає, відколи "
    "була повінь. Рибу, яка там живе, перевезуть до озера, що лежить над містом, а вода буде знову через два роки."
)
SERBIAN = (
    "Ribnjak u Skarnu biće ispražnjen na proleće, kažu u opštini. Njegov zid propušta vodu od poplave. Pecanje se tamo "
    "završava u martu, a šarani će biti preseljeni u jezero koje je iznad grada."
)


class TestPublished:
    @pytest.mark.parametrize("kind", ["Article", "BlogPosting", "ReportageNewsArticle", ["WebPage", "NewsArticle"]])
    def test_the_moment_of_json_ld(self, kind: str | list[str]) -> None:
        node = news(datePublished="2024-06-14T08:00:00+02:00") | {"@type": kind}
        for found in (node, [node], {"@graph": [{"@type": "WebSite", "name": "S"}, node]}, {"mainEntity": node}):
            assert article(ld(found)).published == "2024-06-14T08:00:00+02:00"

    def test_of_several_articles_the_pages_own_counts(self) -> None:
        other = news(headline="Another", datePublished="2024-06-10T10:00:00Z", url="https://skarn.example/a")
        own = news(headline=f" {TITLE} ", datePublished="2024-06-14T08:00:00Z", author={"name": "Ada Holm"})
        found = article(ld(other, own), body=f"<h1>{TITLE}</h1>")
        assert (found.published, found.author) == ("2024-06-14T08:00:00+00:00", "Ada Holm")
        escaped = own | {"headline": TITLE.replace("’", "&#8217;").replace("o", "&#111;")}
        assert article(ld(other, escaped), body=f"<h1>{TITLE}</h1>").author == "Ada Holm"
        by_address = own | {"headline": "Pond drained", "mainEntityOfPage": {"@id": "https://skarn.example/pond?ref=1"}}
        link = "<link rel='canonical' href='https://skarn.example/pond'>"
        assert article(link + ld(other, by_address)).author == "Ada Holm"

    @pytest.mark.parametrize(
        "page",
        [
            (meta(article__published_time="2024-06-14T08:00:00+02:00"), ""),
            ("<meta itemprop='datePublished' content='2024-06-14T08:00:00+02:00'>", ""),
            ("", "<time itemprop='datePublished' datetime='2024-06-14T08:00:00+02:00'>Friday</time>"),
            (meta(article__published="2024-06-14"), "<time datetime='2024-06-14 08:00:00 +0200'>Friday</time>"),
            (
                meta(article__published_time="2024-06-14T08:00:00"),
                "<time datetime='2024-06-14T09:30:00Z'>1</time><time datetime='2024-06-14T08:00:00+02:00'>2</time>",
            ),
        ],
    )
    def test_the_moment_of_other_places(self, page: tuple[str, str]) -> None:
        assert article(*page).published == "2024-06-14T08:00:00+02:00"

    def test_two_places_that_say_it_alike_are_two(self) -> None:
        alike = ld(news(datePublished="2024-06-14T08:00:00Z")) + meta(article__published_time="2024-06-14T08:00:00Z")
        others = meta(pubdate="2024-07-01") + meta(dc__date="2024-07-01T10:00:00Z")
        assert article(alike + others).published == "2024-06-14T08:00:00+00:00"

    def test_the_most_precise_of_those_that_agree(self) -> None:
        day = ld(news(datePublished="2024-06-14"))
        assert article(day).published == "2024-06-14"
        assert article(day + meta(article__published_time="2024-06-15T00:30:00+09:00")).published == (
            "2024-06-15T00:30:00+09:00"
        )
        assert article(day + meta(article__published_time="2021-01-05T08:00:00Z")).published == "2024-06-14"
        midnight = ld(news(datePublished="2024-06-14T00:00:00Z"))
        assert (
            article(midnight + meta(article__published_time="2024-06-14T08:00:00")).published == "2024-06-14T08:00:00"
        )

    def test_one_that_stands_alone_against_two_is_not_believed(self) -> None:
        head = ld(news(datePublished="2019-01-01T08:00:00Z")) + meta(
            article__published_time="2024-06-14T08:00:00Z", pubdate="2024-06-14"
        )
        assert article(head).published == "2024-06-14T08:00:00+00:00"

    def test_times_of_other_articles_and_of_comments_are_not_taken(self) -> None:
        day = meta(article__published_time="2024-06-14")
        others = "<time datetime='2024-06-14T09:00:00Z'>9</time><time datetime='2024-06-14T10:00:00Z'>10</time>"
        assert article(day, others).published == "2024-06-14"
        comment = "<div class='comment'><time itemprop='datePublished' datetime='2024-06-14T11:00:00Z'>11</time></div>"
        assert article(day, comment + others).published == "2024-06-14"

    def test_the_time_that_says_it_is_of_the_publication(self) -> None:
        changed = "<time class='updated' datetime='2024-06-14T12:00:00Z'>noon</time>"
        published = "<time class='entry-date published' datetime='2024-06-14T08:00:00Z'>8</time>"
        assert article(meta(pubdate="2024-06-14"), changed + published).published == "2024-06-14T08:00:00+00:00"

    def test_a_day_that_is_far_ahead_is_none(self) -> None:
        today = date.today()
        near, far = (today + timedelta(days=days) for days in (40, 800))
        assert article(ld(news(datePublished=near.isoformat()))).published == near.isoformat()
        assert article(ld(news(datePublished=f"{far}T08:00:00Z"))).published is None


class TestTitle:
    @pytest.mark.parametrize("title", [f"{TITLE} | Skarn Post", f"{TITLE} - The Skarn Post", f"{TITLE}｜Skarn Post"])
    def test_the_sites_own_name_is_no_part_of_it(self, title: str) -> None:
        site = title.split(TITLE)[1].strip(" |-｜")
        assert article(meta(og__title=title, og__site_name=site)).title == TITLE
        publisher = ld(news(publisher={"@type": "Organization", "name": site}))
        assert article(meta(og__title=title) + publisher).title == TITLE

    def test_nor_before_it_nor_with_sections(self) -> None:
        site = meta(og__site_name="Skarn.example")
        assert article(meta(og__title=f"Skarn | {TITLE}") + site).title == TITLE
        assert (
            article(meta(og__title=f"{TITLE} | News | Town | Skarn.example") + site, f"<h1>{TITLE}</h1>").title == TITLE
        )

    def test_other_names_stay(self) -> None:
        for title in (f"{TITLE} | A report", f"{TITLE} - Why?", "Skarn - a town without a pond"):
            assert article(meta(og__title=title, og__site_name="Skarn")).title == title

    def test_entities_that_were_escaped_twice(self) -> None:
        assert article(meta(og__title="Skarn&#8217;s &amp; Vell&rsquo;s ponds")).title == "Skarn’s & Vell’s ponds"
        assert article(meta(og__title="Fish & chips; AT&T")).title == "Fish & chips; AT&T"

    def test_the_sites_name_is_no_title(self) -> None:
        site = meta(og__site_name="Skarn Post")
        assert article(site + meta(og__title="Skarn Post"), f"<h1>{TITLE}</h1>", title="Skarn Post").title == TITLE
        head = site + ld(news(headline=TITLE))
        assert article(head, "<h1>Skarn Post</h1>", title="Skarn Post").title == TITLE

    def test_without_one_the_text_begins_it(self) -> None:
        assert article(meta(og__site_name="Skarn Post"), title="Skarn Post").title.startswith("The mill pond at Skarn")


class TestSite:
    def test_as_its_readers_know_it(self) -> None:
        assert article(meta(og__site_name="Skarn Post") + ld(news(publisher="Holm Media plc"))).site == "Skarn Post"
        assert article(ld({"@type": "WebSite", "name": "Skarn Post"})).site == "Skarn Post"
        by_id = {
            "@graph": [news(publisher={"@id": "#o"}), {"@id": "#o", "@type": "Organization", "name": "Skarn Post"}]
        }
        assert article(ld(by_id)).site == "Skarn Post"
        assert article(body=f"<h1>{TITLE}</h1>", title=f"{TITLE} – News – Skarn Post").site == "Skarn Post"

    def test_a_host_only_where_nothing_else_is_stated(self) -> None:
        assert article(meta(og__url="https://www.skarnpost.example/a")).site == "skarnpost.example"
        host = meta(og__site_name="www.skarnpost.example")
        assert article(host).site == "skarnpost.example"
        assert article(host + ld(news(publisher={"name": "Holm Media"}))).site == "skarnpost.example"
        assert article(host + ld(news(publisher={"name": "Skarn Post"}))).site == "Skarn Post"

    def test_neither_an_account_nor_the_headline_nor_what_is_offered(self) -> None:
        named = ld(news(publisher={"name": "Skarn Post"}))
        assert article(meta(og__site_name="@skarnpost") + named).site == "Skarn Post"
        assert article(meta(og__site_name=TITLE, og__title=TITLE) + named, f"<h1>{TITLE}</h1>").site == "Skarn Post"
        assert article(meta(og__site_name="Skarn Post | News | Sport")).site == "Skarn Post"


class TestLanguage:
    @pytest.mark.parametrize(
        ("structured_data", "text", "language"),
        [
            (["en"], RUSSIAN, "ru"),
            (["en-US"], GERMAN, "de"),
            (["de-AT"], GERMAN, "de"),
            (["", "de_DE"], "Kurz.", "de"),
            ([], GERMAN, "de"),
            ([], "Kurz.", "und"),
            (["ua"], UKRAINIAN, "uk"),
            (["ru"], UKRAINIAN, "uk"),
            (["cz"], "Krátce.", "cs"),
            (["nb-NO"], "Kort.", "no"),
            (["gl"], "Había unha vez un neno que vivía nunha casa á beira do mar.", "gl"),
            (["sr-Latn-RS"], SERBIAN, "sr"),
            (["fil", "english"], ENGLISH, "en"),
            (["ko"], ENGLISH, "en"),
            (["en"], "방파제의 등대는 작년에 도서관이 되었다.", "ko"),
        ],
    )
    def test_the_stated_one_unless_the_text_plainly_is_in_another(
        self, structured_data: list[str], text: str, language: str
    ) -> None:
        assert language_of(text, structured_data) == language

    def test_of_a_page(self) -> None:
        assert article(lang="en", text=GERMAN).language == "de"
        assert article(lang="de", text=GERMAN).language == "de"
        assert article(meta(og__locale="en_US"), lang="", text=RUSSIAN).language == "ru"


class TestAddress:
    def test_the_canonical_link_then_the_address_for_sharing(self) -> None:
        link = "<link rel='canonical' href='{}'>".format
        shared = meta(og__url="http://skarn.example/pond?utm_source=x")
        assert article(shared).url == "http://skarn.example/pond"
        assert article(shared + link("https://skarn.example/pond-1")).url == "https://skarn.example/pond-1"
        assert article(shared + link("/pond-1")).url == "http://skarn.example/pond-1"
        assert article(shared + link("https://other.example/pond")).url == "http://skarn.example/pond"
        assert article(link("/pond-1")).url is None


STATEMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["2024-06-14", "Ada Holm", "#a"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "@type @id @graph mainEntity mainEntityOfPage headline author publisher name datePublished url".split()
            ),
            inner | st.sampled_from(["NewsArticle", "WebSite", "WebPage", "Organization", "Person"]),
            max_size=6,
        )
    ),
    max_leaves=20,
)


class TestAnything:
    @settings(max_examples=60, deadline=None)
    @given(STATEMENTS, STATEMENTS, st.text(st.characters(), max_size=40))
    def test_whatever_a_page_states_it_is_an_article(self, one: Any, other: Any, text: str) -> None:
        head = ld(one, {"@type": "NewsArticle", "author": other, "publisher": other, "datePublished": other})
        structured_data = meta(
            og__title=text, og__site_name=text, og__url=text, author=text, article__published_time=text
        )
        found = article(head + structured_data, f"<p itemprop=author>{html.escape(text)}</p>")
        assert ENGLISH in found.text
        assert found.title.strip()
        assert found.site is None or found.site.strip()

    @pytest.mark.parametrize("script", ["{", "[" * 100_000, '{"@id": ' * 900 + "1" + "}" * 900, "", "\x00", "1" * 5000])
    def test_broken_json(self, script: str) -> None:
        assert article(f"<script type='application/ld+json'>{script}</script>").title == TITLE

    @pytest.mark.parametrize("wrapped", ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "<![CDATA[ {} ]]>"])
    def test_json_in_a_comment(self, wrapped: str) -> None:
        node = json.dumps(news(author="Ada Holm"))
        assert article(f"<script type='Application/LD+JSON; charset=utf-8'>{wrapped.format(node)}</script>").author == (
            "Ada Holm"
        )

    def test_of_thousands_of_statements_the_first_hundred_count(self) -> None:
        # Moments and names are compared each with each.
        said = structured_data(
            fromstring("".join(f"<meta name=pubdate content={n}><meta name=author content={n}>" for n in range(9000)))
        )
        assert [len(said.published), *map(len, said.bylines)] == [100, 100]

    def test_a_page_without_an_article_stays_none(self) -> None:
        with pytest.raises(SourceError):
            from_html(f"<html><head>{ld(news(headline=TITLE, author='Ada Holm'))}</head><body></body></html>")
