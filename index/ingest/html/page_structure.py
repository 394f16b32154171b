"""What a web page shows to who opens it, and what it is built of; by its markup alone, no script is run."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from index.ingest.html.structured_data import json_ld

# What a text stands in: the frame that all pages of a site have, a cookie notice, the gate before an article; a link, a
# heading of the page.
FRAME, NOTICE, GATE, _LINK, _HEADING = 1, 2, 4, 8, 16
_BARE = 40  # columns: "Loading, please wait"
_LONGEST = 1_000  # code points of a title or a notice that are kept
_MOST_OBJECTS = 10_000  # of JSON-LD
_MOST_STEPS = 500_000  # into elements and out of them: whatever a page is, it has said so by then

_WIDE = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_UNSEEN = frozenset(
    ("script", "style", "template", "noscript", "title", "svg", "math", "iframe", "object", "option", "video", "audio")
)
_INLINE = frozenset((
    *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd"),
    *("mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
))  # fmt: skip
_OWN = {"a": _LINK, "h1": _HEADING, "nav": FRAME, "header": FRAME, "footer": FRAME, "aside": FRAME}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NOTICE_NAME = re.compile(
    r"cookie|consent|gdpr|onetrust|didomi|usercentrics|sp_message|qc-cmp|cmpbox|cmpwrapper|(?<![\w-])cmp(?![\w-])"
)
_GATE_NAME = re.compile(r"(?:pay|reg|login|signin|subscri(?:be|ber|ption))[-_]?(?:wall|gate|only|required)")
_LOGIN_ACTION = re.compile(r"(?<![a-z])(?:log[-_]?in|sign[-_]?in|log[-_]?on|sso|oauth2?)(?![a-z])")
_LOGIN_FIELDS = frozenset(("password", "current-password", "username"))
_PLAYER_NAME = re.compile(
    r"(?:video|audio|jw|media|podcast)[-_]?player|jwplayer|(?:youtube|vimeo|dailymotion|soundcloud)[-_]?(?:player|video|embed)"
    r"|\A(?:amp|lite)-(?:youtube|vimeo)"
)
_PLAYER_SOURCE = re.compile(r"player|video|youtube|vimeo|dailymotion|twitch|podcast|audio|soundcloud|spotify")
_ROOT = re.compile(
    r"(?:q-|__)?(?:(?:react|vue|svelte)-?)?(?:root|app|next|nuxt|gatsby|ember)(?:[-_](?:root|container|app|mount))?"
)
_MISSING = re.compile(r"\b404\b")
_RUNS = re.compile(r"(?:(?:text|application)/(?:x-)?(?:java|ecma)script\b.*|module)?", re.DOTALL)
_RECORDING = re.compile(r"(?:Video|Audio)Object|(?:Podcast|Radio|TV)Episode|Clip|BroadcastEvent")


@dataclass(frozen=True, slots=True)
class Block:
    """A run of visible text without a break, in lower case.

    ``size`` is in columns: code points without white space, those of Korean, Chinese and Japanese twice; ``linked`` is
    the part of it that links hold; ``within`` has the bits ``FRAME``, ``NOTICE``, ``GATE`` and two of this module's.
    """

    text: str
    size: int
    linked: int
    within: int

    @property
    def is_link(self) -> bool:
        return self.linked * 2 > self.size


@dataclass(slots=True)
class PageStructure:
    """``is_paid``, ``is_recording`` and ``is_written`` are what the page states (schema.org, Open Graph)."""

    blocks: list[Block] = field(default_factory=list)
    headline: str = ""  # its title and headings of the first level, in lower case
    noscript: str = ""  # what it tells who runs no scripts, in lower case
    is_whole: bool = True  # it was read to its end
    has_scripts: bool = False
    has_place: bool = False  # elements that scripts may fill
    is_unfilled: bool = False  # has the root of an application, bare
    asks_password: bool = False
    is_paid: bool = False
    is_recording: bool = False
    is_written: bool = False  # an article, says its JSON-LD
    has_player: bool = False
    has_notice_frame: bool = False  # a cookie notice from elsewhere

    @property
    def is_missing(self) -> bool:
        return _MISSING.search(self.headline) is not None


def page_structure(html: str) -> PageStructure:
    """``html`` holds nothing that lxml refuses (``page.canonical_html``); of garbage there is none."""
    from lxml import etree

    # Without huge_tree the parser gives up where a page is nested 256 deep, with it, at 2048.
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    if root is None:
        return PageStructure()
    seen = _StructureParser().read(root)
    seen.is_whole = seen.is_whole and not parser.error_log.filter_from_fatals()
    return seen


class _StructureParser:
    """Goes through a page once, in its order."""

    def __init__(self) -> None:
        self._seen = PageStructure()
        self._text: list[str] = []
        self._linked = 0
        self._filled = 0  # columns so far, but for notices
        self._within = [0]  # of every open element
        self._roots: list[tuple[Any, int]] = []  # open ones, and what was filled before
        self._readers: dict[str, Callable[[Any], None]] = {
            "script": self._script,
            "noscript": self._noscript,
            "meta": self._meta,
            "input": self._input,
            "form": self._form,
            "iframe": self._iframe,
            "title": lambda element: self._headline((element.text or "").lower()),
        }

    def read(self, root: Any) -> PageStructure:
        from lxml.etree import iterwalk

        walk = iterwalk(root, events=("start", "end"))
        for event, element in islice(walk, _MOST_STEPS):
            if event == "start":
                if self._enter(element):
                    self._say(element.text)
                else:
                    walk.skip_subtree()
            else:
                self._leave(element)
                self._say(element.tail)
        self._break()
        self._seen.is_whole = len(self._within) == 1
        return self._seen

    def _enter(self, element: Any) -> bool:
        """Whether what is in it is shown."""
        tag, seen = element.tag, self._seen
        if tag not in _INLINE:
            self._break()
        if tag in ("html", "head", "body"):  # their names speak of the whole site
            self._within.append(0)
            return True
        names = f"{element.get('id', '')} {element.get('class', '')}".lower()
        within = self._within[-1] | _OWN.get(tag, 0)
        within |= (NOTICE if _NOTICE_NAME.search(names) else 0) | (GATE if _GATE_NAME.search(names) else 0)
        self._within.append(within)
        seen.is_paid |= element.get("itemprop") == "isAccessibleForFree" and _is_false(element.get("content"))
        seen.has_player |= _RECORDING.search(element.get("itemtype", "")) is not None
        if "hidden" in element.attrib or _HIDDEN.search(element.get("style", "")):
            return False
        if tag in self._readers:
            self._readers[tag](element)
        seen.has_player |= tag in {"video", "audio"} or _PLAYER_NAME.search(f"{tag} {names}") is not None
        if _ROOT.fullmatch(element.get("id", "").lower()) or tag == "app-root" or "ng-app" in element.attrib:
            self._roots.append((element, self._filled))
        seen.has_place |= tag not in _UNSEEN and tag not in {"meta", "link", "base"}
        return tag not in _UNSEEN

    def _leave(self, element: Any) -> None:
        if element.tag not in _INLINE:
            self._break()
        self._within.pop()
        if self._roots and self._roots[-1][0] is element:
            _, before = self._roots.pop()
            self._seen.is_unfilled |= self._filled - before < _BARE

    def _say(self, text: str | None) -> None:
        if text:
            self._text.append(text)
            self._linked += _size(text) if self._within[-1] & _LINK else 0

    def _break(self) -> None:
        said = " ".join("".join(self._text).split())
        if said:
            block = Block(said.lower(), _size(said), self._linked, self._within[-1])
            self._seen.blocks.append(block)
            if block.within & _HEADING:
                self._headline(block.text)
            self._filled += 0 if block.within & NOTICE else block.size
        self._text.clear()
        self._linked = 0

    def _headline(self, text: str) -> None:
        if len(self._seen.headline) < _LONGEST:
            self._seen.headline += f" {text[:_LONGEST]}"

    def _noscript(self, element: Any) -> None:
        if len(self._seen.noscript) < _LONGEST:
            self._seen.noscript += f" {''.join(element.itertext())[:_LONGEST].lower()}"

    def _script(self, element: Any) -> None:
        for thing in _things(json_ld(element)):
            said = thing.get("@type")
            kinds = [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)]
            self._seen.is_recording |= any(map(_RECORDING.fullmatch, kinds))
            self._seen.is_written |= any(one.endswith("Article") for one in kinds)
            self._seen.is_paid |= _is_false(thing.get("isAccessibleForFree"))
        if _RUNS.fullmatch(element.get("type", "").strip().lower()):
            self._seen.has_scripts = True
            # What stands in the head runs too, but mostly to count visitors.
            self._seen.has_place |= element.getparent().tag != "head"

    def _meta(self, element: Any) -> None:
        name = (element.get("property") or element.get("name") or "").strip().lower()
        content = element.get("content", "").strip().lower()
        self._seen.is_recording |= name == "og:type" and content.startswith(("video", "music"))
        self._seen.is_paid |= name == "article:content_tier" and content == "locked"

    def _input(self, element: Any) -> None:
        kind = element.get("type", "").lower()
        is_login = kind == "password" or not _LOGIN_FIELDS.isdisjoint(element.get("autocomplete", "").lower().split())
        self._seen.asks_password |= is_login and kind != "hidden" and not self._within[-1] & (FRAME | NOTICE)

    def _form(self, element: Any) -> None:
        action = element.get("action", "").lower()
        if _NOTICE_NAME.search(action):
            self._within[-1] |= NOTICE
        is_login = _LOGIN_ACTION.search(action) is not None
        self._seen.asks_password |= is_login and not self._within[-1] & (FRAME | NOTICE)

    def _iframe(self, element: Any) -> None:
        source = f"{element.get('src', '')} {element.get('data-src', '')}".lower()
        if self._within[-1] & NOTICE or _NOTICE_NAME.search(source):
            self._seen.has_notice_frame = True
        elif _PLAYER_SOURCE.search(source):
            self._seen.has_player = True


def _size(text: str) -> int:
    size = sum(map(len, text.split()))
    return size if text.isascii() else size + len(text) - len(_WIDE.sub("", text))


def _is_false(value: object) -> bool:
    """schema.org's False, as JSON, as text or as its address."""
    return value is False or (isinstance(value, str) and value.strip().lower().rpartition("/")[2] == "false")


def _things(said: object) -> Iterator[dict[str, Any]]:
    """What JSON-LD is about: its objects at the top, and those of their parts that may have another reader."""
    waiting = [said]
    for _ in range(_MOST_OBJECTS):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            yield node
            waiting += [node.get(name) for name in ("@graph", "hasPart", "mainEntity")]
