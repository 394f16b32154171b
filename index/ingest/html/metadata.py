"""What a page states and what trafilatura found -> the facts that are kept of its article."""

import calendar
import html
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from index.ingest.html.byline import author_names
from index.ingest.html.structured_data import StructuredData
from index.text.dates import day_of, parse_moment
from index.text.normalize import comparison_key, normalize, tidy

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|quot|apos|[lr][sd]quo|[nm]dash|hellip|nbsp);", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[|｜]\s*|\s+(?:[–—•·»«:~-]|::|--)\s+")
_HOST = re.compile(r"(?:www\.)?([\w-]+(?:\.[\w-]+)*)\.[a-z]{2,}", re.IGNORECASE)
_COMMON = re.compile(r"\b(?:the|blog|news|magazine|online|site|website)\b", re.IGNORECASE)
_LONGEST_SITE, _LONGEST_TITLE = 60, 300  # code points
_FARTHEST = timedelta(days=366)  # in the future: some magazines come out months before their date
_MONTHS_AND_DAYS = "|".join(filter(None, (*calendar.month_name, *calendar.day_name)))
# Where trafilatura reads a byline off the page, the date that stands beside it clings to the last name.
_DATED = re.compile(rf"\s*(\S+\s+\S.*?|)(?:\s*\b(?:{_MONTHS_AND_DAYS}))+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Facts:
    """As in ``Article``; an empty title where there is none."""

    title: str = ""
    site: str | None = None
    author: str | None = None
    published: str | None = None


def merge_facts(said: StructuredData, found: Facts, today: date) -> Facts:
    """What to keep, given what the page ``said`` and what was ``found`` by looking at it.

    A time of publication more than a year after ``today`` does not count.
    """
    sites = list(_sites(said))
    known = _forms([*sites, *(name.lstrip("@") for name in said.sites), found.site or ""])
    return Facts(
        _title(said, found.title, known),
        _site(sites, found.site),
        _author(said, found.author, known),
        _published(said, found.published, today),
    )


def _title(said: StructuredData, found: str, sites: Collection[str]) -> str:
    """The first that is not the site's name, without that name."""
    heads = [_plain(one) for place in said.headlines for one in place]
    bare = (_bare(title, heads, sites) for title in (_plain(found), *heads) if len(title) <= _LONGEST_TITLE)
    return next((title for title in bare if title and comparison_key(title) not in sites), "")


def _bare(title: str, heads: Sequence[str], sites: Collection[str]) -> str:
    """A title without the name of its site, and the sections on the way to it, before or after."""
    own = {comparison_key(one) for one in heads}
    for match in _BETWEEN.finditer(title):
        head, tail = title[: match.start()], title[match.end() :]
        if comparison_key(tail) in sites or (comparison_key(head) in own and len(tail) < len(head)):
            return head
        if match[0].strip() in {"|", "｜", "::", "»"} and comparison_key(head) in sites:
            return tail
    return title


def _sites(said: StructuredData) -> Iterator[str]:
    """The names of the site that a page states, the most trusted first."""
    places = [{comparison_key(_plain(one)) for one in place} for place in said.headlines]
    heads = set().union(*places)
    for name in (*said.sites, *_beside(_plain(said.document_title), heads), *said.labels):
        # "Skarn Post | News | Sport" tells a search engine what there is.
        clean = _plain(name).partition("|")[0].strip().removeprefix("www.")
        is_name = not clean.startswith("@") and "://" not in clean and len(clean) <= _LONGEST_SITE
        # What stands as the headline in two places is one; in one, the site's name may be there by mistake.
        if is_name and comparison_key(clean) and sum(comparison_key(clean) in place for place in places) < 2:
            yield clean


def _beside(document_title: str, heads: Collection[str]) -> Iterator[str]:
    """What stands in the document's title beside the headline: where it stands last, the site's name."""
    for match in _BETWEEN.finditer(document_title):
        head, tail = document_title[: match.start()], document_title[match.end() :]
        if comparison_key(head) in heads and len(tail) < len(head):
            yield _BETWEEN.split(tail)[-1]
            return


def _site(sites: Sequence[str], found: str | None) -> str | None:
    """The first; where that is a host's name, the same as people write it, if the page has that too."""
    first = next(iter(sites), "") or _plain(found or "")
    if host := _HOST.fullmatch(first):
        first = next((name for name in sites if comparison_key(name) == comparison_key(host[1])), first)
    return first if comparison_key(first) and "://" not in first else None


def _forms(sites: Iterable[str]) -> frozenset[str]:
    """The names, as ``comparison_key`` gives them, in full, without a host's ending, without "The" and "News"."""
    hosts = ((name, _HOST.fullmatch(name)) for name in sites)
    forms = (form for name, host in hosts for form in (name, host[1] if host else name, _COMMON.sub("", name)))
    return frozenset(filter(None, map(comparison_key, forms)))


def _author(said: StructuredData, found: str | None, sites: Collection[str]) -> str | None:
    people = [author_names(place, sites) for place in said.people]
    # A single word in a byline is mostly the name of an account.
    stated = [author_names(place, sites) for place in said.bylines]
    bylines = [[name for name in place if " " in name or not name.isascii()] for place in stated]
    spelled = {comparison_key(name): name for place in stated for name in place}
    parts = (found or "").split(";")
    seen = author_names([match[1] if (match := _DATED.fullmatch(part)) else part for part in parts], sites)
    # What was found has lost its full stops and its capitals.
    chosen = next(filter(None, (*people, *bylines)), None) or [spelled.get(comparison_key(name), name) for name in seen]
    return "; ".join(chosen) or None


def _published(said: StructuredData, found: str | None, today: date) -> str | None:
    """The most precise moment of those that agree in their day, give or take one for the zones."""
    # What was found proves nothing: it is one of those that are stated, or a guess.
    moments = list(_moments(said.published, today)) or list(_moments([found or ""], today))
    if not moments:
        return None
    # One that stands alone against several is not believed.
    trusted = max(moments, key=lambda one: sum(_agree(one, other) for other in moments))
    best = max((one for one in moments if _agree(one, trusted)), key=_precision)
    times = [one for one in _moments(said.times, today) if _agree(one, best) and _precision(one) == 3]
    same = [one for one in times if one.startswith(best)]
    if _precision(best) == 2 and same:
        return same[0]  # the same hour, with its zone
    return times[0] if _precision(best) < 2 and len(set(times)) == 1 else best


def _moments(texts: Iterable[str], today: date) -> Iterator[str]:
    return (one for text in texts if (one := parse_moment(text)) and day_of(one) - today < _FARTHEST)


def _agree(one: str, other: str) -> bool:
    return abs(day_of(one) - day_of(other)) <= timedelta(days=1)


def _precision(one: str) -> int:
    """0 for a day, 1 for midnight, which stands for one too, 2 for a time of day, 3 with its zone."""
    if "T" not in one:
        return 0
    return 1 if "T00:00:00" in one else 3 if datetime.fromisoformat(one).tzinfo else 2


def _plain(text: str) -> str:
    """On one line, without entities that were escaped twice."""
    return tidy(normalize(html.unescape(text) if _ENTITY.search(text) else text).replace("\n", " "))
