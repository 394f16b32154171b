"""A web address -> the page that it names, so that the same page is known however its address was copied."""

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

# What is added to an address to follow its reader, by the analytics and advertising of those that share it.
_TRACKERS = re.compile(
    r"utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|[a-z]*clid|_ga|_gl|mc_[ce]id|igshid?|ref(_src|_url)?|cmpid|amp|outputtype|share\w*"
    r"|si|s_cid|ns_\w+|smid|sh|__twitter_impression",
    re.IGNORECASE,
)
_HOST = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")
_CACHES = (".cdn.ampproject.org", ".ampproject.net", ".bing-amp.com")
_AMP = re.compile(r"(?:/amp|\.amp)?/*$|/amp(?=/)")


def page_of(address: str) -> str | None:
    """A key that is the same for all addresses of a page; None for what is no http or https address.

    Scheme, port, ``www.`` and ``m.``, a slash at the end, the fragment, the order of the query and what trackers add to
    it make no difference, nor does the AMP form.
    """
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    query = sorted(pair for pair in parse_qsl(parts.query) if not _TRACKERS.fullmatch(pair[0]))
    return _HOST.sub("", host) + _AMP.sub("", unquote(parts.path)) + ("?" + urlencode(query) if query else "")


def canonical_url(fetched: str | None, declared: str | None) -> str | None:
    """The address to keep for a page: the one that it ``declared`` (``<link rel=canonical>``), if that names the same
    site, else the one that it was ``fetched`` from; without fragment and trackers. None without a web address.

    A home page is never the address of an article that stands elsewhere. What a cache of AMP pages serves belongs to
    the site that it declares.
    """
    here, there = _web(fetched), _web(declared)
    if here is None or there is None:
        return _clean(here or there)
    same_site = _site(here) == _site(there) or (here.hostname or "").endswith(_CACHES)
    is_home = not there.path.strip("/") and (here.path.strip("/") or here.query)
    return _clean(there if same_site and not is_home else here)


def _web(url: str | None) -> SplitResult | None:
    if not url or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in {"http", "https"} and parts.hostname else None
    except ValueError:
        return None


def _site(parts: SplitResult) -> str:
    return _HOST.sub("", (parts.hostname or "").rstrip("."))


def _clean(parts: SplitResult | None) -> str | None:
    if parts is None:
        return None
    query = "&".join(pair for pair in parts.query.split("&") if not _TRACKERS.fullmatch(pair.partition("=")[0]))
    return parts._replace(query=query, fragment="").geturl()
