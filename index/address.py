"""A web address -> the page that it names, so that the same page is known however its address was copied."""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

# What is added to an address to follow its reader, by the analytics and advertising of those that share it.
_TRACKERS = re.compile(
    r"utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|[a-z]*clid|_ga|_gl|mc_[ce]id|igshid?|ref(_src|_url)?|cmpid|amp|outputtype|share\w*"
    r"|si|s_cid|ns_\w+|smid|sh|__twitter_impression",
    re.IGNORECASE,
)
_HOST = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")
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
