"""Finds the sources that an article names: "according to X", "X said", "X told Y", '"...", said X'.

This is a shallow parser for news. Each sentence becomes a string with one letter for each word (``N`` name, ``V``
police and the like, ``D`` said, ``Q`` a whole quotation; the others are in `_KINDS`). Regular expressions over these
letters find the sources. All repetitions in them are bounded, so the time is linear in the length of the text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from index.digest.attribution import Speech, outlets, speech_of
from index.digest.source_names import POSSESSIVE, Named, spellings, trim_name
from index.models import PARAGRAPH_BREAK, Article, Passage, Quote, Source

_KINDS = {  # letter: field of ``Speech``, tried in this order; W is any other word
    "B": "be",
    "A": "articles",
    "F": "joins",
    "&": "both",
    "b": "origin",
    "I": "place",
    "t": "that",
    "G": "records",
    "D": "says",
    "O": "tells",
    "E": "claims",
    "R": "reacts",
    "P": "saying",
    "p": "adding",
    "M": "issues",
    "V": "voices",
    "H": "bodies",
    "X": "other",
    "U": "adverbs",
}

# Names: "Bank of England", "Ministry of Trade, Industry and Energy". S is a name with 's.
_RUN = r"[NS]{1,7}"
_NAME = rf"{_RUN}(?:FA?{_RUN}(?:,{_RUN}&{_RUN}|&{_RUN})?){{0,2}}"
_NOUN = "[WHVG]"
_SPEAKER = "|".join(
    (
        rf"A?{_NOUN}{{0,3}}G[WHVGM]{{0,2}}bA?(?P<origin>{_NAME})",  # data released by MOTIE
        rf"A?(?P<placed>{_NOUN}{{0,2}}[VH][IFb]A?{_NAME})",  # officials in Kyiv
        rf"(?P<owned>[NS]{{0,5}}S{_NOUN}{{1,3}})(?![NS])",  # NATO's website
        rf"(?P<body>A?{_NAME}{_NOUN}{{0,2}}[VH])(?!{_NOUN}|[NS])",  # the Ukrainian military
        rf"A?(?P<name>(?>{_NAME}))(?!U?{_NOUN}{{1,3}}[NS])",  # Yonhap News
        rf"(?P<voice>A?W?V)(?!{_NOUN}|[NS])",  # police
    )
)
_ROLE = r"A?[NSUWHVG]{1,8}?"  # study co-author (Ann Smith)
_ASIDE = r"(?:[,K][^,KQ;]{1,25}){1,5},|\([^()Q]{1,12}\)|-[^-Q]{1,25}-"
_ALIAS = re.compile(r",N{1,4},")  # Smith's lawyer, Ann Jones, (said)
_MEANWHILE = r"(?:[UT]|[IF]A?T){0,4}"  # also, on Monday
_ADDS = r"(?:P|p(?=[^.;]{0,6}[tQ:]))"
_VERB = rf"(?P<verb>[DEO]|R(?=[^.;]{{0,6}}Q)|M(?=[AX]?[WNS]{{0,2}}[GL](?!b))|BU?{_ADDS})"
_SUBJECT = re.compile(
    rf"(?:(?<=,)(?P<alias>{_RUN}),|(?<![NSIFb])(?<![IFb]A)(?<![IFb]AW)(?<![NS]&)(?:(?P<also>{_RUN})&)?"
    rf"(?:{_SPEAKER})(?P<aside>{_ASIDE})?){_MEANWHILE}{_VERB}"
)
_LED = re.compile(  # X ..., saying; X ... and said
    rf"(?:[UT],?|[IF]A?[TNSW]{{1,4}},)?(?:{_SPEAKER})(?:{_ASIDE})?[^Q;:P,][^Q;:]{{0,60}}?"
    rf"(?:,{_ADDS}|&U?(?:D|E(?=[^.]{{0,8}}[tQ:])))"
)
_BESIDE = re.compile(rf"I(?:{_ROLE})??(?:{_SPEAKER})(?:{_ASIDE})?{_ADDS}")  # with X saying
_AFTER = re.compile(rf"(?:{_ROLE})??(?:{_SPEAKER})(?:&A?(?P<also>{_NAME})(?![BUDEO]))?(?![BUDEO])")
_RECORD = re.compile(rf"G,?(?:W|M|IT|T){{0,3}}bA?(?P<origin>(?>{_NAME}))(?!{_NOUN})")
_POSTED = re.compile(rf"-(?P<name>(?>{_NAME}))\(\*\w{{1,3}}\)")  # — Ada Holm (@adaholm) May 2, 2024
_LISTENER = re.compile(rf"A?(?P<name>(?>{_NAME}))(?!{_NOUN})")
_CLAIMED = re.compile(r"[^.]{0,8}[tQ:]|(?:[UT]|[IF]A?T){0,3}(?:[.,?!]|$)")  # what must follow a verb of ``claims``

_TOKEN = re.compile(r"(?P<word>[^\W_]+(?:[-&'’ʼ./][^\W_]+)*)|[^\w\s]")
_SHORTENED = re.compile(r"(?:\w\.)*\w|dr|mr|mrs|ms|gov|sen|rep|gen|lt|col|jr|sr|st|prof|inc|co|corp|ltd", re.IGNORECASE)
_ENDS = {"“": re.compile('”|’’|"'), "«": re.compile("»"), "„": re.compile("[“”]"), '"': re.compile('["”]')}
_QUOTE_START = re.compile('[“«„"]')
_TITLED = re.compile(r"[«„]([^\W\d_a-zа-яіїєґ][^«»„“”.,!?]{1,40})[»“”]")


class _Token(NamedTuple):
    start: int
    end: int
    kind: str


def sources(article: Article, passages: Sequence[Passage]) -> tuple[Source, ...]:
    """The sources that an article names, each with the passages that cite it; the most cited first, then by position.

    A passage cites a source only if the source speaks in it. Left out are pronouns and unnamed sources ("he", "the
    report", "people familiar with the matter"), and the article's own outlet as a listener ("told"). If the language is
    unknown, English is assumed.
    """
    reader = _AttributionParser(article)
    cited: dict[Named, set[int]] = defaultdict(set)
    known: set[str] = set()
    for number, passage in enumerate(passages):
        if passage.paragraph in article.headings:
            continue
        tokens = reader.tokens(passage)
        known.update(reader.names(tokens))
        for named in reader.cited(tokens):
            cited[named].add(number)
    found: dict[str, set[int]] = defaultdict(set)
    for named, spelling in spellings(cited, known, reader.speech).items():
        found[spelling] |= cited[named]
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), min(item[1])))
    return tuple(Source(name, tuple(_quote(article, passages[n]) for n in sorted(where))) for name, where in ordered)


def _quote(article: Article, passage: Passage) -> Quote:
    return Quote(article, passage.start, passage.end, passage.paragraph)


class _AttributionParser:
    """Finds the speakers in the sentences of one article."""

    def __init__(self, article: Article) -> None:
        self.text = article.text
        self.speech: Speech = speech_of(article.language)
        self.quoted = _quoted(article.text)
        self.lower = {word for word in (m.group() for m in _TOKEN.finditer(article.text)) if word.islower()}
        host = urlsplit(article.url).netloc if article.url else ""
        self.own = _squeezed(f"{article.site or ''} {host}")

    def tokens(self, passage: Passage) -> list[_Token]:
        """The words and punctuation marks of a sentence. A quotation is one token; a title in guillemets is a name."""
        found: list[_Token] = []
        at, opens = passage.start, True
        while match := _TOKEN.search(self.text, at, passage.end):
            at = match.end()
            if self.quoted[match.start()]:
                title = _TITLED.match(self.text, match.start())
                at = self.quoted.find(0, match.start(), passage.end)
                at = passage.end if at < 0 else at
                if title:
                    at = min(at, title.end())
                    found.append(_Token(title.start(1), title.end(1), "N"))
                else:
                    found.append(_Token(match.start(), at, "Q"))
                opens = not title and self.text[at - 2 : at - 1] in ".!?…"
                continue
            if match["word"] and self.text.startswith(".", at) and at + 1 < passage.end:
                at += bool(_SHORTENED.fullmatch(match.group()))
            followed = self.text[at : at + 1] == " " and self.text[at + 1 : at + 2].isupper()
            kind = self._kind(match.group(), opens, followed) if match["word"] else _mark(match.group())
            if found and found[-1].kind == "I" and match.group().lower() in self.speech.months:
                kind = "T"
            found.append(_Token(match.start(), at, kind))
            opens = kind == ":" or (opens and not match["word"])
        return self._with_cues(found)

    def _kind(self, word: str, opens: bool, followed: bool) -> str:
        speech = self.speech
        lower = POSSESSIVE.sub("", word.lower())
        if word[0].isdigit() or lower in speech.times:
            return "T"
        kind = next((k for k, name in _KINDS.items() if lower in getattr(speech, name)), "W")
        capital = word != word.lower()
        if capital and opens and word[1:].islower():  # at the beginning of a sentence any word has a capital
            capital = (kind in "WU" and lower not in self.lower) or (kind in "WGHV" and followed)
        nobody = lower in speech.nobody and (opens or speech.inverts)
        if capital and kind != "A" and not nobody:
            return "S" if POSSESSIVE.search(word) else "N"
        return kind

    def _with_cues(self, tokens: list[_Token]) -> list[_Token]:
        words = [self.text[token.start : token.end].lower() for token in tokens]
        cues = [(cue, kind) for kind, listed in (("K", self.speech.cues), ("L", self.speech.listens)) for cue in listed]
        found: list[_Token] = []
        at = 0
        while at < len(tokens):
            cue, kind = next((c for c in cues if tuple(words[at : at + len(c[0])]) == c[0]), ((), ""))
            found.append(_Token(tokens[at].start, tokens[at + len(cue) - 1].end, kind) if cue else tokens[at])
            at += len(cue) or 1
        return found

    def names(self, tokens: Sequence[_Token]) -> Iterator[str]:
        """Every name in the sentence, also of those who do not speak."""
        for match in re.finditer(_NAME, _kinds(tokens)):
            start, end = self._trimmed(tokens, *match.span())
            yield self._shown(tokens[start:end])

    def cited(self, tokens: Sequence[_Token]) -> Iterator[Named]:
        """The sources that speak in the sentence."""
        kinds = _kinds(tokens)
        subjects = {match.end("verb") - 1: match for match in self._subjects(kinds)}
        led = _LED.match(kinds)
        if led and not (
            led.end("name") == 1 and self.text.count(self._word(tokens[0])) == 1
        ):  # "Shops closed and said"
            yield from self._named(tokens, led)
        if posted := _POSTED.match(kinds):
            yield from self._named(tokens, posted)
        for beside in _BESIDE.finditer(kinds):
            if self._lower(tokens[beside.start()]) in self.speech.beside:
                yield from self._named(tokens, beside)
        for at, kind in enumerate(kinds):
            match = None
            if kind == "K":
                match = _AFTER.match(kinds, at + 1)
            elif kind in "DEORMPp":
                match = subjects.get(at)
                quoted = kinds[at - 1 : at] == "Q"
                if kind in "DE" and (quoted or not match or (match["aside"] or "").count(",") > 2):
                    behind = kinds[at - 1 : at] in ("Q", ",", "-") or (self.speech.inverts and not match)
                    match = (behind and _AFTER.match(kinds, at + 1)) or match
            if match:
                yield from self._named(tokens, match)
            if kind == "G" and (record := _RECORD.match(kinds, at)):
                yield from self._named(tokens, record)
            if kind in "OL" and (listener := _LISTENER.match(kinds, at + 1)):
                yield from (named for named in self._named(tokens, listener) if self._is_outlet(named.text))

    def _subjects(self, kinds: str) -> Iterator[re.Match[str]]:
        at = 0
        while match := _SUBJECT.search(kinds, at):
            at = match.end("verb")
            if match["verb"] != "E" or kinds[max(match.start() - 1, 0)] == "Q" or _CLAIMED.match(kinds, at):
                yield match

    def _named(self, tokens: Sequence[_Token], match: re.Match[str]) -> Iterator[Named]:
        for group, text in match.groupdict().items():
            if not text or group in ("aside", "verb"):
                continue
            start, end = match.span(group)
            bare = group in ("origin", "name", "also", "alias")
            if group == "body" and start == 0 and self._is_nobody(tokens[start:end]):
                continue
            if group == "owned" and _ALIAS.fullmatch(match.groupdict().get("aside") or ""):
                start, end = match.start("aside") + 1, match.end("aside") - 1
                bare = True
            if bare:
                start, end = self._trimmed(tokens, start, end)
            shown = self._shown(tokens[start:end])
            if len(shown) > 1 and not all(word in self.speech.titles for word in shown.lower().split()):
                yield Named(shown, bare)

    def _is_nobody(self, tokens: Sequence[_Token]) -> bool:
        """Whether the capital only marks the beginning of the sentence: "Aviation analysts"."""
        first = self._word(tokens[0])
        return len(tokens) == 2 and self._lower(tokens[1]) in self.speech.nobody and self.text.count(first) == 1

    def _trimmed(self, tokens: Sequence[_Token], start: int, end: int) -> tuple[int, int]:
        low = max(start - 5, 0)  # as far back as `trim_name` looks; the whole of a long line would take too long
        near = tokens[low:end]
        first, last = trim_name(
            [self._word(token) for token in near], _kinds(near), start - low, end - low, self.speech
        )
        return low + first, low + last

    def _word(self, token: _Token) -> str:
        return self.text[token.start : token.end]

    def _lower(self, token: _Token) -> str:
        return self._word(token).lower()

    def _shown(self, tokens: Sequence[_Token]) -> str:
        """The words as written, on one line, without a capital that only marks the beginning of the sentence."""
        first = self.text[tokens[0].start : tokens[0].end]
        shown = self.text[tokens[0].start : tokens[-1].end]
        if tokens[0].kind not in "NS":
            shown = first.lower() + shown[len(first) :]
        if tokens[0].kind == "A" and first.lower() in ("a", "an"):
            shown = shown[len(first) :]
        return POSSESSIVE.sub("", " ".join(shown.split()))

    def _is_outlet(self, name: str) -> bool:
        words = name.split()
        known = any(word.lower() in outlets() or (len(word) > 1 and word.isupper()) for word in words)
        return known and _squeezed(name) not in self.own


def _kinds(tokens: Iterable[_Token]) -> str:
    return "".join(token.kind for token in tokens)


def _mark(mark: str) -> str:
    return "-" if mark in "—–-" else "." if mark in ".…" else mark if mark in ",;:?!()" else "*"


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text.casefold())


def _quoted(text: str) -> bytearray:
    """For each character 1 inside a quotation, marks included, else 0. It ends with its paragraph at the latest."""
    marks = bytearray(len(text))
    at = limit = 0
    while opening := _QUOTE_START.search(text, at):
        start, at = opening.start(), opening.end()
        if opening.group() == '"' and text[start - 1 : start].isdigit():  # 13" is a size
            continue
        if limit < at:
            limit = text.find(PARAGRAPH_BREAK, at)
            limit = len(text) if limit < 0 else limit
        closing = _ENDS[opening.group()].search(text, at, limit)
        at = closing.end() if closing else limit
        marks[start:at] = b"\1" * (at - start)
    return marks
