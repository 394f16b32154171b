"""Bylines: names of authors, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.html.byline import author_names
from index.text.normalize import comparison_key
from tests.support.pages.facts import article, ld, meta, news


class TestAuthor:
    @pytest.mark.parametrize(
        ("byline", "found"),
        [
            ("By Ada M. Holm", ["Ada M. Holm"]),
            ("Story and photos by Ada Holm and Tom Vale", ["Ada Holm", "Tom Vale"]),
            ("Ada Holm, Senior Reporter", ["Ada Holm"]),
            ("Ada Holm is a reporter at the Skarn Post", ["Ada Holm"]),
            ("Ada Holm, Skarn Post Business", ["Ada Holm"]),
            ("Ada Holm. Skarn Post", ["Ada Holm"]),
            ("ADA HOLM Associated Press", ["ADA HOLM"]),
            ("Ada Holm (ada@skarn.example) @ada https://skarn.example/ada", ["Ada Holm"]),
            ("Ada Holm; ADA HOLM; Holm", ["Ada Holm"]),
            ("Ian Vale; Brian Vale", ["Ian Vale", "Brian Vale"]),
            ("Jennifer Senior", ["Jennifer Senior"]),
            ("Lee In Young", ["Lee In Young"]),
            ("Ada Holm in Bergen", ["Ada Holm"]),
            ("Holm, Ada", ["Ada Holm"]),
            ("Tom Vale, Jr. | Reuters", ["Tom Vale Jr", "Reuters"]),
            ("José Ortega y Gasset", ["José Ortega y Gasset"]),
            ("Ana Ruiz y Tom Vale", ["Ana Ruiz", "Tom Vale"]),
            ("Von Anna Schmidt", ["Anna Schmidt"]),
            ("Текст: Олена Коваль, кореспондент", ["Олена Коваль"]),
            ("김철수 기자", ["김철수"]),
            ("Ada &#38; Tom", ["Ada", "Tom"]),
            *((nobody, []) for nobody in ("Skarn Post", "The Skarn Post Staff", "Staff Writer", "admin", "jd_admin")),
            *(
                (nobody, [])
                for nobody in ("", "@ada", "ada@skarn.example", "{{author}}", "null", "https://x.example/a")
            ),
        ],
    )
    def test_a_byline_is_names(self, byline: str, found: list[str]) -> None:
        assert author_names([byline], {"skarnpost", "theskarnpost"}) == tuple(found)

    @given(st.lists(st.text(st.characters(), max_size=60)))
    def test_any_byline_is_names_or_none(self, bylines: list[str]) -> None:
        for name in author_names(bylines):
            assert comparison_key(name)
            assert "\n" not in name
            assert not {";", "@", "<"} & set(name)

    def test_one_who_is_described_elsewhere(self) -> None:
        ada = {"@id": "#ada", "@type": "Person", "name": "Ada Holm"}
        for reference in ({"@id": "#ada"}, {"@id": "#ada", "@type": "Person"}):
            assert article(ld({"@graph": [ada, news(author=reference)]})).author == "Ada Holm"
        site = {"@id": "", "@type": "Organization", "name": "Skarn Post"}
        assert article(ld({"@graph": [site, news(author="Ada Holm")]})).author == "Ada Holm"

    def test_json_ld_knows_best(self) -> None:
        head = "<meta name=author content='Holm Media'>"
        persons = [{"@type": "Person", "name": "Ada M. Holm"}, {"givenName": "Tom", "familyName": "Vale"}]
        assert article(head + ld(news(author=persons))).author == "Ada M. Holm; Tom Vale"
        assert article(head + ld(news(author=["Ada Holm"]))).author == "Ada Holm"
        services = {"@type": "Organization", "name": "Reuters"}
        assert article(head + ld(news(author=[services, persons[0]]))).author == "Ada M. Holm"
        assert article(head + ld(news(author=services))).author == "Reuters"
        by_id = {"@graph": [news(author={"@id": "#a"}), {"@id": "#a", "@type": "Person", "name": "Ada Holm"}]}
        assert article(ld(by_id)).author == "Ada Holm"

    def test_other_places(self) -> None:
        assert article("<meta name=author content='By Sara E. Lind and Tom Vale'>").author == "Sara E. Lind; Tom Vale"
        written = "<p itemprop=author>By <span itemprop=name>Ada Holm</span>, June 3</p>"
        comment = "<ol class='comment-list'><li itemprop=author>Lou Reader</li></ol>"
        assert article(body=comment + written).author == "Ada Holm"

    def test_the_site_or_an_account_is_nobody(self) -> None:
        site = meta(og__site_name="The Skarn Post")
        for name in ("Skarn Post", "The Skarn Post", "admin", "https://skarn.example/ada"):
            assert (
                article(site + f"<meta name=author content='{name}'>" + ld(news(author={"name": name}))).author is None
            )
        assert article("<meta name=author content='jholm'>").author is None

    def test_the_day_beside_a_byline_is_no_name(self) -> None:
        assert article(body="<p class='byline'>Ada Holm November 19</p>").author == "Ada Holm"
        assert article(body="<p class='byline'>By Ada May</p>").author == "Ada May"
