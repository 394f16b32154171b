"""What a web page states of itself where trafilatura looks coarsely: JSON-LD, meta elements, microdata.

https://schema.org/Article, https://ogp.me/, https://html.spec.whatwg.org/multipage/microdata.html
"""

import html
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from index.text.normalize import comparison_key, normalize, tidy
from index.text.urls import canonical_url, page_of

# What keeps older parsers from reading it as markup.
_WRAPPING = re.compile(r"\A\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*\Z")
_HOLDERS = ("@graph", "mainEntity", "mainEntityOfPage")  # of nodes that are about the page
_MOST_NODES, _MOST_ITEMS, _MOST_TEXTS = 1000, 20, 100
_MOST_SAID = 10_000  # code points of an element, before white space is tidied
_LONGEST = 1000  # code points of a text that states something
_PUBLISHED = (
    *("og:article:published_time", "article:published", "article.published", "datepublished", "og:datepublished"),
    *("pubdate", "og:pubdate", "pub_date", "publish-date", "parsely-pub-date", "sailthru.date", "dc.date.issued"),
    *("dcterms.issued", "citation_publication_date", "dc.date"),
)
_AUTHORS = (
    *("author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator"),
    "citation_author",
)
_COMMENTS = re.compile(
    r"comments?|comments?-?(?:\d+|area|body|content|item|list|section|thread)|disqus_thread", re.IGNORECASE
)
_WHEN_PUBLISHED = frozenset(("published", "dt-published", "entry-date"))  # classes, of microformats and WordPress

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StructuredData:
    """Texts as the page has them, white space tidied; of several the most trusted first.

    ``headlines``, ``people`` and ``bylines`` are parted by where they stand: titles for sharing, for search engines and
    for readers; the names of persons and of organisations in JSON-LD; texts of other elements. ``labels`` name the site
    too, but less surely than ``sites``. ``times`` are those of ``<time>``, of other
    articles too. ``url`` is the page's own address, ``normalize`` the one to know it by.
    """

    headlines: tuple[tuple[str, ...], ...]
    document_title: str
    sites: tuple[str, ...]
    labels: tuple[str, ...]
    people: tuple[tuple[str, ...], ...]
    bylines: tuple[tuple[str, ...], ...]
    published: tuple[str, ...]
    times: tuple[str, ...]
    languages: tuple[str, ...]
    url: str | None
    normalize: str | None


def structured_data(tree: Any, fetched: str | None = None) -> StructuredData:
    """What the page with the elements ``tree`` (lxml), ``fetched`` from an address, states."""
    return _Page(tree, fetched).structured_data()


class _Page:
    def __init__(self, tree: Any, fetched: str | None) -> None:
        self._tree = tree
        self._metas = _metas(tree)
        self._commented: dict[Any, bool] = {}
        self._items = tree.xpath("//*[@itemprop]")
        self._url = _resolved(fetched, next(iter(self._metas.get("og:url", ())), None))
        self._canonical = _resolved(fetched or self._url, _canonical_link(tree)) or self._url
        self._shared = self._named("og:title", "twitter:title")
        self._tops = [_text(one) for one in tree.iter("h1")]
        nodes = list(_nodes(tree))
        self._known = {
            name: node for node in nodes if node.keys() - {"@id", "@type"} for name in _strings([node], "@id") if name
        }
        self._article = self._own(nodes, canonical_url(fetched or self._url, self._canonical))
        self._pages = [node for node in nodes if _is(node, "page")]
        self._wholes = [node for node in nodes if _is(node, "website")]

    def structured_data(self) -> StructuredData:
        times = list(self._tree.iter("time"))
        authors = self._item("author")
        return StructuredData(
            headlines=_places(
                self._shared,
                [*_strings([self._article], "headline"), *map(_value, self._item("headline"))],
                self._tops,
            ),
            document_title=next(iter(_distinct(map(_text, self._tree.iter("title")))), ""),
            sites=_distinct(
                [
                    *self._named("og:site_name"),
                    *_strings(self._wholes, "name"),
                    *_strings(self._linked([self._article, *self._pages], "publisher"), "name"),
                ]
            ),
            labels=_distinct(
                [
                    *map(self._name, self._item("publisher")),
                    *self._named("application-name", "apple-mobile-web-app-title"),
                ]
            ),
            people=self._people(),
            bylines=_places(
                *(self._named(name) for name in _AUTHORS),
                # Those that stand together: others are of other articles.
                [self._name(one) for one in authors if one.getparent() is authors[0].getparent()],
            ),
            published=_clean(
                [
                    *_strings([self._article], "datePublished"),
                    *self._named("article:published_time"),
                    *map(_value, self._item("datepublished")[:1]),
                    *self._named(*_PUBLISHED),
                    *_strings(self._pages, "datePublished"),
                ]
            ),
            times=_distinct(one.get("datetime") or "" for one in list(filter(_is_dated, times)) or times),
            languages=_distinct(
                [
                    self._tree.get("lang") or self._tree.get("xml:lang") or "",
                    *_strings([self._article, *self._pages], "inLanguage"),
                    *self._named("og:locale"),
                ]
            ),
            url=self._url,
            normalize=self._canonical,
        )

    def _named(self, *names: str) -> list[str]:
        return [text for name in names for text in self._metas.get(name, ())]

    def _item(self, property_name: str) -> list[Any]:
        found = (one for one in self._items if property_name in one.get("itemprop").lower().split())
        return list(islice((one for one in found if not self._is_in_comment(one)), _MOST_ITEMS))

    def _is_in_comment(self, item: Any) -> bool:
        """Whether it belongs to what a reader of the page wrote. Asked once of each element, however deep they nest."""
        line: list[Any] = []
        element, verdict = item, False
        while element is not None:
            if element in self._commented:
                verdict = self._commented[element]
                break
            line.append(element)
            element = element.getparent()
        for one in reversed(line):
            verdict = self._commented[one] = verdict or _is_comment(one)
        return verdict

    def _name(self, item: Any) -> str:
        """What an item of microdata is called."""
        inner = [one for one in item.xpath(".//*[@itemprop]") if "name" in one.get("itemprop").lower().split()]
        return _value(inner[0] if inner else item)

    def _own(self, nodes: Iterable[Node], address: str | None) -> Node:
        """The node of this page's article: the only one, else one that bears a title or the address of the page."""
        articles = [
            node for node in nodes if _is(node, "article") or (_is(node, "posting") and not _is(node, "jobposting"))
        ]
        if len(articles) == 1:
            return articles[0]
        titles = {comparison_key(html.unescape(title)) for title in (*self._shared, *self._tops)} - {""}
        page = page_of(address or "")
        for node in articles:
            whole = self._linked([node], "mainEntityOfPage")
            addresses = [*_strings([node, *whole], "url"), *_strings([node, *whole], "@id"), *_strings(whole, "name")]
            if titles & {comparison_key(html.unescape(title)) for title in _strings([node], "headline")}:
                return node
            if page and page in map(page_of, addresses):
                return node
        return {}

    def _people(self) -> tuple[tuple[str, ...], ...]:
        authors = self._linked([self._article], "author") or self._linked([self._article], "creator")
        persons: list[str] = []
        others: list[str] = []
        for one in authors:
            parts = [text for key in ("givenName", "familyName") for text in _strings([one], key)]
            (others if _is(one, "organization") else persons).extend(_strings([one], "name") or [" ".join(parts)])
        return _places(persons, others)

    def _linked(self, nodes: Iterable[Node], key: str) -> list[Node]:
        """What nodes have under a key, as nodes: those that are referred to by their id, and bare names too."""
        values = [one for node in nodes for one in _several(node.get(key))]
        found = [{"name": one} if isinstance(one, str) else one for one in values if isinstance(one, str | dict)]
        return [self._whole(one) if _is_reference(one) else one for one in found]

    def _whole(self, reference: Node) -> Node:
        return next((self._known[name] for name in _strings([reference], "@id") if name in self._known), reference)


def _is_reference(node: Node) -> bool:
    """To a node that stands elsewhere; it may say of what type that is."""
    return not node.keys() - {"@id", "@type"}


def _metas(tree: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in tree.iter("meta"):
        for name in {(one.get(attribute) or "").strip().lower() for attribute in ("property", "name")}:
            found.setdefault(name, []).append(one.get("content") or "")
    return found


def json_ld(script: Any) -> Any | None:
    """What a ``script`` element holds; None where that is not JSON-LD, or broken, as many a page's is."""
    if "ld+json" not in (script.get("type") or "").lower():
        return None
    try:
        return json.loads(_WRAPPING.sub("", script.text or ""), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(tree: Any) -> Iterator[Node]:
    """The nodes of JSON-LD that are about the page itself, in its order."""
    waiting: deque[Any] = deque()
    for script in tree.iter("script"):
        if (found := json_ld(script)) is not None:
            waiting.append(found)
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        one = waiting.popleft()
        if isinstance(one, list):
            waiting.extendleft(reversed(one))
        elif isinstance(one, dict):
            yield one
            waiting.extendleft(one[key] for key in reversed(_HOLDERS) if key in one)


def _is(node: Node, kind: str) -> bool:
    """Whether one of its types ends so: ``NewsArticle`` is an "article"."""
    return any(one.lower().endswith(kind) for one in _strings([node], "@type"))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _strings(nodes: Iterable[Node], key: str) -> list[str]:
    return [one for node in nodes for one in _several(node.get(key)) if isinstance(one, str)]


def _canonical_link(tree: Any) -> str | None:
    links = (one.get("href") for one in tree.iter("link") if "canonical" in (one.get("rel") or "").lower().split())
    return next(filter(None, links), None)


def _resolved(base: str | None, address: str | None) -> str | None:
    try:
        return urljoin(base or "", address.strip()) if address else None
    except ValueError:
        return None


def _is_comment(element: Any) -> bool:
    marks = " ".join(element.get(name) or "" for name in ("class", "id", "itemprop")).split()
    return any(map(_COMMENTS.fullmatch, marks)) or (element.get("itemtype") or "").lower().endswith("comment")


def _is_dated(time: Any) -> bool:
    return not _WHEN_PUBLISHED.isdisjoint((time.get("class") or "").split()) or time.get("pubdate") is not None


def _value(item: Any) -> str:
    """The value of an item of microdata."""
    return item.get("content") or item.get("datetime") or _text(item)


def _text(element: Any) -> str:
    said = ""
    for part in element.itertext():
        said += part[:_MOST_SAID]
        if len(said) > _MOST_SAID:
            break
    return said


def _places(*places: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(filter(None, map(_distinct, places)))


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys(_tidied(texts)), _MOST_TEXTS))


def _clean(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(_tidied(texts), _MOST_TEXTS))


def _tidied(texts: Iterable[str]) -> Iterator[str]:
    clean = (tidy(normalize(text).replace("\n", " ")) for text in texts)
    return (text for text in clean if 0 < len(text) <= _LONGEST)
