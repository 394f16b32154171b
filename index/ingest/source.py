"""A source that a person names -> the article in it: its bytes are fetched or read, and parsed in the sandbox."""

from dataclasses import replace

from index.errors import SourceError
from index.ingest.fetch import Raw, Validators, fetch_if_changed, read
from index.ingest.sandbox import extract_sandboxed
from index.models import Article
from index.text.urls import canonical_url

LEAST_LEFT = 0.5  # of the length of an article's text in a correction of it


def read_article(source: str, *, allow_private: bool = False) -> Article:
    """The article in a file, at an address or on standard input (``-``). Of an AMP or mobile form of a page it is that
    of the page itself, where quotes are linked to.

    Raises:
        SourceError, FetchError
    """
    raw = read(source, allow_private=allow_private)
    article = _extracted(raw, source)
    if raw.url and article.url and article.url != canonical_url(raw.url, None):
        try:
            itself = _extracted(read(article.url, allow_private=allow_private), source, raw.url)
        except SourceError:
            return article
        return itself if itself.url == article.url else article
    return article


def read_if_changed(
    url: str, validators: Validators, *, allow_private: bool = False
) -> tuple[Article, Validators] | None:
    """The article of a page and what its server calls this version; None when it is still that of ``validators``.

    Raises:
        SourceError, FetchError
    """
    raw = fetch_if_changed(url, validators, allow_private=allow_private)
    return None if raw is None else (_extracted(raw, url), raw.validators)


def correction(before: Article, after: Article) -> Article:
    """``after``, which stands on the page of ``before`` now, if it may take its place.

    Raises:
        SourceError: it is so much shorter that it is hardly a correction.
    """
    if len(after.text) < LEAST_LEFT * len(before.text):
        raise SourceError(
            f"{before.url or before.id}: the page holds less than half of the article now, as behind a login wall. "
            "The article stays as it was; to take the page as it is, remove the article and add it again.",
            "no_article",
        )
    return after


def _extracted(raw: Raw, *addresses: str) -> Article:
    """``addresses`` are those that led to it."""
    article = extract_sandboxed(raw.data, name=raw.name, content_type=raw.content_type, url=raw.url)
    return replace(article, aliases=(*addresses, raw.url)) if raw.url else article
