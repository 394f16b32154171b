"""Normalises web addresses, so that a page is recognised in whatever form its address was copied."""

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

# Query parameters added by analytics, newsletters, advertising and AMP caches. They never select content.
_ADDED = (
    r"(?:utm|mtm|matomo|piwik|hsa)_\w+|pk_(?:campaign|cid|content|cpn|keyword|kwd|medium|source)|[a-z]{1,3}clid|msclkid"
    r"|s_kwcid|[gw]braid|_ga|_gl|_hsenc|_hsmi|mc_[ce]id|mkt_tok|igsh(?:id)?|__twitter_impression|usqp|aoh|amp_(?:gsa|js_v)"
)
_CERTAIN = re.compile(_ADDED, re.IGNORECASE)
# Also parameters that most sites use for tracking, but some use to select content. They are ignored when addresses
# are compared, but are not removed from an address.
_TRACKERS = re.compile(
    rf"{_ADDED}|pk_\w+|[a-z]*clid|igshi|ref(_src|_url)?|cmpid|amp|outputtype|share\w*|si|s_cid|ns_\w+|smid|sh",
    re.IGNORECASE,
)
_HOST = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)|(?<=\.)m\.(?=[^.]+\.)")
_LONGEST = 8_000  # code points; servers accept no longer address
_CACHES = (".cdn.ampproject.org", ".ampproject.net", ".bing-amp.com")
_AMP = re.compile(r"(?:/amp|\.amp)?/*$|/amp(?=/)|\.amp(?=\.html?/*$)")
# Google's viewer, and its cache: https://developers.google.com/amp/cache/overview#amp-cache-url-format
_VIEWED = re.compile(
    r"(?:(?:www\.)?google(?:\.[a-z]{2,3}){1,2}/amp|(?:[^/]+\.)?cdn\.ampproject\.org/[cv])/"
    r"(?P<secure>s/)?(?P<host>[^/]+\.[^/]+)(?P<path>/.*?)?(?:%3[Ff](?P<query>.*))?",
    re.DOTALL,
)


def web_address(url: str | None) -> str | None:
    """``url`` if it is an http or https address with a host, else None."""
    if not url or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def page_of(address: str) -> str | None:
    """A key that is the same for all addresses of a page; None if it is not an http or https address.

    The key ignores the scheme, the port, ``www.`` and ``m.``, a slash at the end, the fragment, the order of the query,
    tracking parameters, and whether the address is an AMP form, of the site itself or of a viewer.
    """
    if len(address) > _LONGEST:
        return None
    try:
        parts = _shown(urlsplit(address.strip()))
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode(sorted(pair for pair in pairs if not _TRACKERS.fullmatch(pair[0])), errors="replace")
    return _HOST.sub("", host) + _AMP.sub("", unquote(parts.path)) + ("?" + query if query else "")


def canonical_url(fetched: str | None, declared: str | None) -> str | None:
    """The address to keep for a page; None if neither is a web address.

    It is the address that the page ``declared`` (``<link rel=canonical>``) if that is on the same site, else the one
    that the page was ``fetched`` from. The fragment and certain tracking parameters are removed.

    A declared home page is ignored, because it cannot be the address of an article found elsewhere. A page from an AMP
    cache belongs to the site that it declares. A page in a viewer belongs to the site that the viewer's address names.
    """
    here, there = _web(fetched), _web(declared)
    if here is None or there is None:
        return _clean(here or there)
    same_site = _site(here) == _site(there) or (here.hostname or "").endswith(_CACHES)
    is_home = not there.path.strip("/") and (here.path.strip("/") or here.query)
    return _clean(there if same_site and not is_home else here)


def _web(url: str | None) -> SplitResult | None:
    if not url or len(url) > _LONGEST or any(character.isspace() for character in url):
        return None
    try:
        parts = _shown(urlsplit(url))
        return parts if parts.scheme in {"http", "https"} and (parts.hostname or "").rstrip(".") else None
    except ValueError:
        return None


def _shown(parts: SplitResult) -> SplitResult:
    """The address of the page that an AMP viewer or cache shows; other addresses as they are. Raises ValueError."""
    while match := _VIEWED.fullmatch((parts.hostname or "").rstrip(".") + parts.path):
        own = re.sub("%3[Dd]", "=", (match["query"] or "").replace("%26", "&"))
        query = "&".join(filter(None, (own, parts.query)))
        parts = urlsplit(f"http{'s' if match['secure'] else ''}://{match['host']}{match['path'] or ''}?{query}")
    return parts


def _site(parts: SplitResult) -> str:
    return _HOST.sub("", (parts.hostname or "").rstrip("."))


def _clean(parts: SplitResult | None) -> str | None:
    if parts is None:
        return None
    query = "&".join(pair for pair in parts.query.split("&") if not _CERTAIN.fullmatch(pair.partition("=")[0]))
    return parts._replace(query=query, fragment="").geturl()
