"""Why no article can be made of a web page: what stands there in its place.

What the page is built of decides first, and words only where that says nothing: the few phrases (``walls.json``) that
walls put in much the same way on all sites of a language. Where an article is made of a page, only one that is short is
asked about, and only if what it says is mostly what walls say.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain

from index.errors import SourceError
from index.ingest.html.page_structure import FRAME, GATE, NOTICE, Block, PageStructure, page_structure
from index.models import split_paragraphs
from index.text.direct_address import QUOTATION_MARK, direct_address
from index.text.sentences import sentences

_SAVE = "save the page or copy the article's text, and add that file."
_SENTENCES = {
    "login": f"The page wants a login or a subscription. Open it in a browser, log in, and {_SAVE}",
    "consent": f"The page shows a cookie notice in place of an article. Open it in a browser, answer that, and {_SAVE}",
    "script": f"The page is empty until its scripts run, and none are run here. Open it in a browser, {_SAVE}",
    "links": "The page is a list of links, not an article. Open the article that you want and add its own link.",
    "video": "The page has a video or a recording and hardly any text. Add a transcript of it as a text file.",
    "empty": f"The page has no text at all. Check the link; if a browser shows an article there, {_SAVE}",
    "no_article": (
        "The page has no article in it: maybe an error page? Check the link; or open it in a browser, copy the "
        "article's text and add that as a text file."
    ),
}
# Columns (see ``Block``)
_HEADLINE = 25  # a link with less is an item of a menu
_WALL = 40  # what a wall says; a label at a teaser ("For subscribers") is shorter
_LITTLE = 200  # a page with less may not be filled yet
_CLIP = 1_000  # beside a video, less is its description
_LIST = 5  # headlines that make a list
_MOST_BLOCKS = 1_000  # in which words are looked for: a page with more is not a wall
_JAVASCRIPT = ("javascript", "자바스크립트", "джаваскрипт", "جافاسكريبت", "جافا سكريبت")


def why_no_article(html: str) -> SourceError:
    """The error for a page that no article was found in: its kind is one of those that have a sentence here. ``html``
    holds nothing that lxml refuses (``index.ingest.html.page.canonical_html``)."""
    page = _Evidence(page_structure(html))
    rules: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("login", page.wants_login),
        ("video", page.is_recording),
        ("script", page.waits_for_scripts),
        ("consent", page.wants_consent),
        ("empty", lambda: not page.is_visible and page.seen.is_whole),
        ("login", lambda: any(block.size >= _WALL and not block.is_link for block in page.gates)),
        ("links", lambda: page.is_list),
        ("video", lambda: page.seen.has_player and page.text < _CLIP),
        ("login", lambda: bool(page.gates)),
    )
    kind = next((kind for kind, holds in rules if holds()), "no_article")
    return SourceError(_SENTENCES[kind], kind)


def is_mostly_notice(text: str, language: str) -> bool:
    """Whether at least half of a text is what walls say. What quotes somebody is about a wall and does not count."""
    whole, notices, rest = text.lower(), 0, 0
    # An article too may mention cookies, JavaScript, or what is for subscribers; a wall wants something of its reader.
    bids, gives_choice = _says(whole, "login"), _says(whole, "choice")
    for paragraph in split_paragraphs(text):
        for start, end in sentences(paragraph, language):
            said = paragraph[start:end].lower()
            is_notice = (
                (gives_choice and _says(said, "cookies") and direct_address(said, language).hits > 0)
                or (bids and _asks(said))
                or (_has(said, _JAVASCRIPT) and _says(said, "enable"))
            )
            if is_notice and not QUOTATION_MARK.search(said):
                notices += end - start
            else:
                rest += end - start
    return notices >= rest


class _Evidence:
    def __init__(self, seen: PageStructure) -> None:
        self.seen = seen
        self.inside = [block for block in seen.blocks if not block.within & (FRAME | NOTICE)]
        self.prose = [block for block in self.inside if not block.is_link]
        self.headlines = [block for block in self.inside if block.is_link and block.size >= _HEADLINE]
        self.text = _size(self.prose)
        self.is_visible = any(map(str.isalnum, chain.from_iterable(block.text for block in seen.blocks)))
        self.is_list = len(self.headlines) >= _LIST and _size(self.headlines) > self.text and not seen.is_missing

    @cached_property
    def gates(self) -> list[Block]:
        """Blocks that ask for a login or a subscription."""
        blocks = self.seen.blocks[:_MOST_BLOCKS]
        return [one for one in blocks if one.within & GATE or (not one.within & (FRAME | NOTICE) and _asks(one.text))]

    def wants_login(self) -> bool:
        # A front page may have fields for a login beside its headlines.
        return self.seen.is_paid or (self.seen.asks_password and not self.is_list and not self.seen.is_missing)

    def is_recording(self) -> bool:
        seen = self.seen
        # A story may have a clip beside it.
        return (seen.is_recording and not (seen.is_written and self.gates)) or (seen.has_player and not self.is_visible)

    def waits_for_scripts(self) -> bool:
        seen, size = self.seen, _size(self.inside)
        if not seen.has_scripts or seen.has_notice_frame:
            return False
        if not self.is_visible:
            return seen.has_place
        if seen.is_unfilled and size < _LITTLE:
            return True
        if seen.is_missing:
            return False
        says_so = any(_has(block.text, _JAVASCRIPT) for block in self.inside[:_MOST_BLOCKS])
        return (says_so and size < 2 * _LITTLE) or (_has(seen.noscript, _JAVASCRIPT) and size < _LITTLE / 2)

    def wants_consent(self) -> bool:
        """Whether at least half of what the page says is about cookies."""
        banner = [block for block in self.seen.blocks if block.within & NOTICE]
        notice = [block for block in self.prose[:_MOST_BLOCKS] if _says(block.text, "cookies")]
        about = _size(banner) + _size(notice)
        rest = self.text + _size(self.headlines) - _size(notice)
        if self.seen.has_notice_frame and rest < _LITTLE:
            return True
        gives_choice = bool(banner) or any(_says(block.text, "choice") for block in self.seen.blocks[:_MOST_BLOCKS])
        return about > 0 and about >= rest and gives_choice


def _size(blocks: Sequence[Block]) -> int:
    return sum(block.size for block in blocks)


def _asks(text: str) -> bool:
    """For a login or a subscription, also by a label that may mean another thing elsewhere."""
    return _says(text, "login") or _says(text, "label")


def _says(text: str, kind: str) -> bool:
    return _has(text, _words(kind))


def _has(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


@cache
def _words(kind: str) -> tuple[str, ...]:
    """What ``walls.json`` lists for a kind, in all its languages: pages seldom say which one a notice is in."""
    content: dict[str, dict[str, list[str]]] = json.loads(
        (files("index.ingest.html") / "interstitials.json").read_text("utf-8")
    )
    return tuple(chain.from_iterable(lists.get(kind, ()) for lists in content.values()))
