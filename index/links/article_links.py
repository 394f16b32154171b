"""Links to an article and to the very sentence."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from index.links.text_fragments import text_fragment
from index.models import Article, Quote


def is_http_url(text: str) -> bool:
    """Whether the text is an absolute http or https URL that can be put behind a link as it is."""
    if any(char.isspace() or not char.isprintable() for char in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def quote_link(quote: Quote) -> str | None:
    """The publisher's page, opened at the quote, or None when the article has no web address.

    A PDF is opened at the quote's page (RFC 8118, section 3), for text fragments are of HTML.
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
    """Where readers find an article: at its publisher's, or, if it has no web address, on the reader page whose public
    address is ``reader``, if there is one."""

    reader: str | None = None

    def to_article(self, article: Article) -> str | None:
        if article.url and is_http_url(article.url):
            return article.url
        return f"{self.reader.rstrip('/')}/a/{article.id}" if self.reader else None

    def to_quote(self, quote: Quote) -> str | None:
        """The same, opened at the quote."""
        page = self.to_article(quote.article)
        return quote_link(quote) or (f"{page}/{quote.start}-{quote.end}#quote" if page else None)


PUBLISHERS = Links()
