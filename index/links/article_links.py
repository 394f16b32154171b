"""Links to an article, and to a quote in it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from index.links.text_fragments import text_fragment
from index.models import Article, Quote


def is_http_url(text: str) -> bool:
    """Whether the text is an absolute http or https URL that can be used in a link unchanged."""
    if any(char.isspace() or not char.isprintable() for char in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def quote_link(quote: Quote) -> str | None:
    """A link that opens the publisher's page at the quote; None if the article has no web address.

    A PDF is opened at the page of the quote (RFC 8118, section 3), because text fragments work only in HTML.
    """
    url = quote.article.url
    if url is None or not is_http_url(url):
        return None
    if quote.page is not None:
        return f"{url.partition('#')[0]}#page={quote.page}"
    page = url.split(":~:")[0]
    fragment = text_fragment(quote.article.text, quote.start, quote.end, quote.article.visible_text)
    if not fragment:
        return page
    return f"{page}{fragment}" if "#" in page else f"{page}#{fragment}"


@dataclass(frozen=True, slots=True)
class Links:
    """Links for readers: to the publisher's page or, for an article without a web address, to the reader page.

    ``reader`` is the public address of the reader pages; None if there are none.
    """

    reader: str | None = None

    def to_article(self, article: Article) -> str | None:
        if article.url and is_http_url(article.url):
            return article.url
        return f"{self.reader.rstrip('/')}/a/{article.id}" if self.reader else None

    def to_quote(self, quote: Quote) -> str | None:
        """A link that opens the article at the quote; None if there is no page to open."""
        page = self.to_article(quote.article)
        return quote_link(quote) or (f"{page}/{quote.start}-{quote.end}#quote" if page else None)


PUBLISHERS = Links()
