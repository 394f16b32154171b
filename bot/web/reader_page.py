"""An article -> the web page that shows it: one HTML file, without scripts, that fetches nothing. Pure.

https://html.spec.whatwg.org/multipage/ and https://www.w3.org/TR/CSP3/
"""

import hashlib
import html
import re
import unicodedata
from base64 import b64encode
from bisect import bisect_left
from functools import cache
from importlib.resources import files

from bot.wording.texts import LANGUAGES, Texts
from index.models import Article
from index.text.normalize import shorten

Span = tuple[int, int]

_LATIN = re.compile("[A-Za-z]")
_SIDES = {"L": "ltr", "R": "rtl", "AL": "rtl"}  # the strong ones of Unicode's bidirectional classes
_LOOKED_AT = 2000  # code points that decide which way a text runs


def article_page(article: Article, marked: Span | None, texts: Texts, notice: str = "") -> bytes:
    """The article with the range ``marked`` highlighted as ``#quote``, each paragraph n as ``#pn``.

    A range outside the article, or of white space only, is not marked. ``notice`` is shown above the
    text. ``texts`` should be those of the article's language.
    """
    if marked and not 0 <= marked[0] < marked[1] <= len(article.text):
        marked = None
    side = _side(article.text, "ltr")
    first = article.text[slice(*article.paragraphs[0])]
    has_headline = 1 in article.headings and article.title in {first, shorten(first)}
    blocks = _Body(article, marked, side, texts, has_headline=has_headline).blocks()
    if has_headline:
        headline = blocks.pop(0)
    else:
        # A title made of the text's first words is for lists; above these very words it would only repeat them.
        unseen = ' class="unseen"' if first.startswith(article.title.rstrip("…")) else ""
        headline = f"<h1{unseen}>{_escaped(article.title)}</h1>"
    head = [
        f'<p class="site">{_escaped(article.site)}</p>' if article.site else "",
        headline,
        _byline(article),
        f'<p class="notice" dir="auto">{_escaped(notice)}</p>' if notice else "",
    ]
    content = "<header>\n" + "\n".join(filter(None, head)) + "\n</header>\n" + "\n".join(blocks)
    title = " · ".join(filter(None, (article.title, article.site)))
    language = article.language if article.language != "und" else ""
    return _document(title, language, side, f"<article>\n{content}\n</article>")


def message_page(sentence: str, language: str) -> bytes:
    """A page with one sentence."""
    return _document(sentence, language, "ltr", f'<p class="message">{_escaped(sentence)}</p>')


@cache
def content_security_policy() -> str:
    """What the pages may do: use this style. No script, no picture, no form, no frame, no other address."""
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def spoken_in(accepted: str) -> str:
    """The first language of an ``Accept-Language`` header that the bot speaks, else English."""
    asked = (tag.partition(";")[0].strip().partition("-")[0].casefold() for tag in accepted.split(","))
    return next((language for language in asked if language in LANGUAGES), "en")


@cache
def _style() -> str:
    return (files("bot.web") / "reader.css").read_text("utf-8")


def _document(title: str, language: str, side: str, content: str) -> bytes:
    language = f' lang="{_escaped(language)}"' if language else ""
    page = f"""<!doctype html>
<html{language} dir="{side}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_escaped(title)}</title>
<style>{_style()}</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""
    return page.encode("utf-8", "replace")


class _Body:
    """The article's paragraphs as HTML, whose text is exactly theirs: numbers are attributes that the style shows."""

    def __init__(self, article: Article, marked: Span | None, side: str, texts: Texts, *, has_headline: bool) -> None:
        self._text = article.text
        self._paragraphs = article.paragraphs
        self._headings = frozenset(article.headings)
        self._marked = marked
        self._side = side
        self._texts = texts
        # Of several pages that begin at the same place, all but the last are empty. The first page needs no sign.
        self._pages = {start: n for n, start in enumerate(article.pages, 1) if n > 1}
        self._begins = sorted(self._pages)
        self._has_headline = has_headline
        self._is_marked = False

    def blocks(self) -> list[str]:
        return [self._block(n, start, end) for n, (start, end) in enumerate(self._paragraphs, 1)]

    def _block(self, n: int, start: int, end: int) -> str:
        side = _side(self._text[start:end], self._side)
        turned = f' dir="{side}"' if side != self._side else ""
        if n in self._headings:
            tag = "h1" if n == 1 and self._has_headline else "h2"
            return f'<{tag} id="p{n}"{turned}>{self._quoted(start, end)}</{tag}>'
        label = _escaped(self._texts.paragraph.format(n=n))
        number = f'<a class="n" href="#p{n}" data-n="{n}" aria-label="{label}"></a>'
        return f'<p id="p{n}"{turned}>{number}{self._quoted(start, end)}</p>'

    def _quoted(self, start: int, end: int) -> str:
        """A range of one paragraph, with its marked part."""
        first, last = self._marked or (0, 0)
        first, last = max(start, first), min(end, last)
        if not self._text[first:last].strip():
            return self._paged(start, end)
        name = "" if self._is_marked else ' id="quote"'
        self._is_marked = True
        mark = f"<mark{name}>{self._paged(first, last)}</mark>"
        return self._paged(start, first) + mark + self._paged(last, end)

    def _paged(self, start: int, end: int) -> str:
        """A range, with a sign where a page begins."""
        parts, at = [], start
        for place in self._begins[bisect_left(self._begins, start) : bisect_left(self._begins, end)]:
            label = _escaped(self._texts.page.format(n=self._pages[place]))
            sign = f'<span class="page" role="note" aria-label="{label}" data-page="{label}"></span>'
            parts += [_escaped(self._text[at:place]), sign]
            at = place
        return "".join(parts) + _escaped(self._text[at:end])


def _byline(article: Article) -> str:
    facts = [
        f'<span class="author">{_escaped(article.author)}</span>' if article.author else "",
        f'<time datetime="{article.day}">{article.day}</time>' if article.day else "",
    ]
    known = " · ".join(filter(None, facts))
    return f'<p class="by">{known}</p>' if known else ""


def _side(text: str, otherwise: str) -> str:
    """Which way most letters run, "ltr" or "rtl". Browsers decide by the first letter, which may belong to a name."""
    if text.isascii():
        return "ltr" if _LATIN.search(text) else otherwise
    strong = [_SIDES[kind] for char in text[:_LOOKED_AT] if (kind := unicodedata.bidirectional(char)) in _SIDES]
    right = strong.count("rtl")
    return otherwise if 2 * right == len(strong) else "rtl" if 2 * right > len(strong) else "ltr"


def _escaped(text: str) -> str:
    # A parser reads a bare carriage return as a line feed.
    return html.escape(text).replace("\r", "&#13;")
