"""Renders the engine's results as Telegram messages: text with entities, never ``parse_mode``.

Only this module knows the limits of a message, and only this and ``verbatim`` know UTF-16 offsets. The text of
articles, sites and titles is always shown literally. https://core.telegram.org/bots/api#messageentity
"""

import re
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from telegram import MessageEntity
from telegram.constants import MessageLimit

from bot.wording.texts import Texts
from index.links.article_links import PUBLISHERS, Links
from index.models import Answer, Article, Closest, Quote, Source, Summary

_UNITS = int(MessageLimit.MAX_TEXT_LENGTH)
_ENTITIES = int(MessageLimit.MESSAGE_ENTITIES)
_TALL = 600, 8  # code points and lines; a longer quote is shown collapsed
_NAMES, _MENTIONS = 5, 2  # the most sources of an article that are shown, and the most passages of each
_TITLE, _SITE = 200, 64  # the most code points of a title and of a site's name
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』）”]*|(?=\n)")
_WORD_END = re.compile(r"(?<=\S)(?=\s)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What one blockquote must show: ``quote.article.text[start:end]`` of the article with this digest."""

    quote: Quote
    start: int
    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: text without white space at either end, entities with UTF-16 offsets, and one excerpt for each
    blockquote."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()


def render_plain(text: str) -> tuple[Outgoing, ...]:
    """Messages of any text, without formatting; empty for white space."""
    text = _encodable(text)
    return tuple(Outgoing(text[start:end]) for start, end in _split(text, _UNITS))


def render_answer(
    answer: Answer | Closest, texts: Texts, *,
    several_articles: bool, outdated: Container[Quote] = (), links: Links = PUBLISHERS,
) -> tuple[Outgoing, ...]:  # fmt: skip
    """The quotes, best first, each with its citation below it; above them the title if there are several articles, and
    above all, where they may not answer, a sentence that says so.

    ``outdated`` quotes, here and in the functions below, are marked as no longer in their article.
    """
    parts: list[Outgoing] = []
    for n, quote in enumerate(answer.quotes, 1):
        shown = _quote(quote, n, texts, outdated, links)
        is_new = n == 1 or answer.quotes[n - 2].article != quote.article
        parts += _below(_bold(quote.article.title), shown) if several_articles and is_new else shown
    return _packed(_below(Outgoing(texts.closest), parts) if isinstance(answer, Closest) else parts)


def render_titled(sentence: str, article: Article, links: Links) -> Outgoing:
    """One of our sentences, with ``{title}`` replaced by the article's title as a link to the article."""
    before, _, after = sentence.partition("{title}")
    title = _linked(one_line(article.title, _TITLE), links.to_article(article))
    return _joined([Outgoing(before), title, Outgoing(after)], "")


def no_answer_sentences(texts: Texts, title: str | None, *, several_articles: bool) -> tuple[str, str]:
    """Two sentences that the article does not answer: for the first time, and for a repetition.

    If there are several articles they name the article's title or, without one, say that no article answers.
    """
    if not several_articles:
        return texts.no_answer, texts.no_answer_again
    if title is None:
        return texts.no_answer_anywhere, texts.no_answer_anywhere_again
    return texts.no_answer_in.format(title=one_line(title, _TITLE)), texts.no_answer_again


def render_passages(
    quotes: Sequence[Quote], first: int, texts: Texts, outdated: Container[Quote] = (), links: Links = PUBLISHERS
) -> tuple[Outgoing, ...]:
    """Further passages, numbered from ``first``."""
    parts = [part for n, quote in enumerate(quotes, first) for part in _quote(quote, n, texts, outdated, links)]
    return _packed(_below(Outgoing(texts.more_passages), parts))


def render_paragraph(shown: Quote, texts: Texts, *, outdated: bool = False, links: Links = PUBLISHERS) -> Outgoing:
    """A whole paragraph, given as a quote whose focus is the part that was quoted before.

    If the paragraph is too long for a message, only the part with the focus.
    """
    place = texts.place(_part(shown, shown.focus))
    site = one_line(shown.article.site or "", _SITE)
    citation = _linked(f"{place} · {site}" if site else place, links.to_quote(_part(shown, shown.focus)))
    if outdated:
        citation = _joined([citation, Outgoing(texts.corrected_since)], "\n")
    ranges = [(shown.start + a, shown.start + b) for a, b in _split(shown.text, _UNITS - _units(citation.text) - 1)]
    wanted = shown.focus[0] if shown.focus else shown.start
    start, end = next((one for one in ranges if one[0] <= wanted < one[1]), ranges[0])
    focus = (max(start, shown.focus[0]), min(end, shown.focus[1])) if shown.focus else (0, 0)
    excerpt = _excerpt(_part(shown, (start, end), focus if focus[0] < focus[1] else None), start, end)
    return _joined([excerpt, citation], "\n")


def render_list(sections: Sequence[tuple[str, Sequence[str]]]) -> tuple[Outgoing, ...]:
    """Headings with lines below them."""
    parts: list[Outgoing] = []
    for heading, lines in sections:
        shown = [Outgoing(one_line(line, _UNITS // 4)) for line in lines]
        parts += _below(_bold(heading), _gathered(shown))
    return _packed(parts)


def render_again(messages: Sequence[Outgoing], texts: Texts) -> tuple[Outgoing, ...]:
    """The same messages, with a sentence that this is the same as before."""
    return _packed(_below(Outgoing(texts.again), list(messages)))


def render_summary(summary: Summary, texts: Texts, links: Links = PUBLISHERS) -> tuple[Outgoing, ...]:
    """The title, then the sentences in the article's order, each with its citation."""
    parts = [part for n, quote in enumerate(summary.sentences, 1) for part in _quote(quote, n, texts, (), links)]
    return _packed(_below(_bold(texts.summary_title.format(title=summary.article.title)), parts))


def render_sources(
    article: Article, last: Sequence[Quote], named: Sequence[Source], texts: Texts, *,
    corrected: str | None = None, outdated: Container[Quote] = (), links: Links = PUBLISHERS,
) -> tuple[Outgoing, ...]:  # fmt: skip
    """The article and when it was ``corrected`` (ISO 8601), the passages of the last answer, and the sources that the
    article names. All quotes are numbered in one sequence."""
    about = [_about(article, links), Outgoing(texts.corrected_on.format(day=corrected[:10]) if corrected else "")]
    parts = _below(_bold(texts.sources_about), [_joined(about, "\n")])
    behind = [part for n, quote in enumerate(last, 1) for part in _quote(quote, n, texts, outdated, links)]
    parts += _below(_bold(texts.sources_last), behind or [Outgoing(texts.nothing_said_yet)])
    sources: list[Outgoing] = []
    n = len(last)
    for source in named[:_NAMES]:
        mentions: list[Outgoing] = []
        for quote in source.mentions[:_MENTIONS]:
            n += 1
            mentions += _quote(quote, n, texts, (), links)
        sources += _below(_bold(source.name), mentions + _more(len(source.mentions) - _MENTIONS, texts))
    sources += _more(len(named) - _NAMES, texts)
    parts += _below(_bold(texts.sources_named), sources or [Outgoing(texts.no_named_sources)])
    return _packed(parts)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _styled(text: str, kind: str, url: str | None = None) -> Outgoing:
    return Outgoing(text, (MessageEntity(kind, 0, _units(text), url=url),) if text else ())


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


def one_line(text: str, limit: int) -> str:
    """Any text on one line of at most ``limit`` code points."""
    line = " ".join(_encodable(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _bold(text: str) -> Outgoing:
    return _styled(one_line(text, _TITLE), MessageEntity.BOLD)


def _linked(text: str, url: str | None) -> Outgoing:
    return _styled(text, MessageEntity.TEXT_LINK, url) if url else Outgoing(text)


def _about(article: Article, links: Links) -> Outgoing:
    title = _linked(one_line(article.title or article.url or article.id, _TITLE), links.to_article(article))
    known = [one_line(fact, _SITE) for fact in (article.site, article.author, article.day) if fact]
    return _joined([title, Outgoing(" · ".join(filter(None, known)))], "\n")


def _more(count: int, texts: Texts) -> list[Outgoing]:
    return [Outgoing(texts.more.format(n=count))] if count > 0 else []


def _quote(quote: Quote, n: int, texts: Texts, outdated: Container[Quote], links: Links) -> list[Outgoing]:
    """A quote and its citation, in as few parts as the length of messages allows; nearly always one."""
    site = one_line(quote.article.site or "", _SITE)
    place = f"[{n}] {texts.place(quote)}"
    citation = _linked(f"{place} · {site}" if site else place, links.to_quote(quote))
    if quote in outdated:
        citation = _joined([citation, Outgoing(texts.corrected_since)], "\n")
    digest = quote.article.digest
    parts: list[Outgoing] = []
    for start, end in _split(quote.text, _UNITS - _units(citation.text) - 1):
        parts.append(_excerpt(quote, quote.start + start, quote.start + end, digest))
    return [*parts[:-1], _joined([*parts[-1:], citation], "\n")]


def _excerpt(quote: Quote, start: int, end: int, digest: str | None = None) -> Outgoing:
    """``quote.article.text[start:end]``, a part of the quote, in a blockquote with the focus in bold."""
    text = quote.article.text[start:end]
    is_tall = len(text) > _TALL[0] or text.count("\n") >= _TALL[1]
    shown = _styled(text, MessageEntity.EXPANDABLE_BLOCKQUOTE if is_tall else MessageEntity.BLOCKQUOTE)
    entities = list(shown.entities)
    if quote.focus:
        first, last = max(start, quote.focus[0]), min(end, quote.focus[1])
        bold = quote.article.text[first:last]
        before = quote.article.text[start : first + len(bold) - len(bold.lstrip())]
        if bold.strip():
            entities.append(MessageEntity(MessageEntity.BOLD, _units(before), _units(bold.strip())))
    return Outgoing(text, tuple(entities), (Excerpt(quote, start, end, digest or quote.article.digest),))


def _part(quote: Quote, span: tuple[int, int] | None, focus: tuple[int, int] | None = None) -> Quote:
    return replace(quote, start=span[0], end=span[1], focus=focus) if span else quote


def _split(text: str, limit: int) -> list[tuple[int, int]]:
    """Ranges of at most ``limit`` UTF-16 units, cut after a sentence or else a word. Only white space is left out."""
    ranges = []
    start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    while start < stop:
        end = start + len(text[start:stop].encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore"))
        if end < stop:
            end = _cut(text, start, end)
        ranges.append((start, start + len(text[start:end].rstrip())))
        start = end + len(text[end:stop]) - len(text[end:stop].lstrip())
    return ranges


def _cut(text: str, start: int, end: int) -> int:
    """The best offset to cut ``text[start:end]``, in its second half."""
    middle = (start + end) // 2
    # One more character is searched, because white space directly after the end is a good place too.
    for place in (_SENTENCE_END, _WORD_END):
        found = [m.end() for m in place.finditer(text, middle, end + 1) if middle < m.end() <= end]
        if found:
            return found[-1]
    while end > middle and unicodedata.category(text[end]) in {"Mn", "Me", "Mc", "Cf"}:
        end -= 1
    return end


def _below(heading: Outgoing, parts: list[Outgoing]) -> list[Outgoing]:
    """The parts with a heading above the first one, joined to it if both fit into one message."""
    if not heading.text or not parts:
        return [part for part in (heading, *parts) if part.text]
    headed = _joined([heading, parts[0]], "\n")
    return [headed, *parts[1:]] if _fits(headed) else [heading, *parts]


def _joined(parts: Sequence[Outgoing], between: str) -> Outgoing:
    pieces: list[tuple[str, tuple[MessageEntity, ...]]] = []
    for part in parts:
        if part.text:
            pieces += [(between, ()), (part.text, part.entities)]
    text, entities = MessageEntity.concatenate(*pieces[1:])
    return Outgoing(text, tuple(entities), tuple(excerpt for part in parts for excerpt in part.excerpts))


def _fits(message: Outgoing) -> bool:
    return _units(message.text) <= _UNITS and len(message.entities) <= _ENTITIES


def _gathered(lines: Sequence[Outgoing]) -> list[Outgoing]:
    """Lines below each other, in as few parts as possible."""
    parts: list[Outgoing] = []
    for line in lines:
        longer = _joined([*parts[-1:], line], "\n")
        # This leaves room for a heading above the first part.
        if parts and _units(longer.text) <= _UNITS - _TITLE - 1:
            parts[-1] = longer
        else:
            parts.append(line)
    return parts


def _packed(parts: Sequence[Outgoing]) -> tuple[Outgoing, ...]:
    """The parts in order, in as few messages as possible, with a blank line between parts. No part is split."""
    messages: list[Outgoing] = []
    for part in parts:
        longer = _joined([*messages[-1:], part], "\n\n")
        if messages and _fits(longer):
            messages[-1] = longer
        else:
            messages.append(part)
    return tuple(messages)
