"""Ways in which a document is spoiled at random: text and markup, and the bytes that it is written in."""

import random
import re
from collections.abc import Callable

# What trips readers of text: ends of strings and numbers, invisible and combining characters, halves of pairs, marks.
NASTY = tuple(
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        *("\x00", "\x1a", "\x1b", "\x7f", "\x85", "\x0b", "\x0c", "\r", "\r\n", "\n\n", "\n \n", "\t", "\ufeff"),
        *("\ufffe", "\xa0", "\xad", "\u200b", "\u200d", "\u200e", "\u2028", "\u2029", "\u202e", "\u2066", "\u3000"),
        *("\u0301", "\u0316\u0301" * 40, "\u1100", "\u1161", "\u0344", "\u0958", "\ud800", "\udfff", "\U000e0001"),
        *("\U0010ffff", "👩‍👩‍👧", "İ", "ß", "ﬁ", "ﷺ", "Ⅷ", "²", "①", "“", "”", "«", "'", '"', "(", ")", "]", "。"),
        *("…", "¡", "§", "<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "<?xml ", "<!DOCTYPE html>", "<p>"),
        *("</p>", "<br>", "<b>", "<table>", "<td>", "<li>", "<h2>", "<script>", "</script>", "<style>", "<svg>"),
        *("<template>", "<base href='['>", "&", "&#", "&#0;", "&#x110000;", "&#xd800;", "&nbsp", "&amp;amp;"),
        *("&#8233;", "&#x0301;", "&bogus;", "%00", "# ", "---\n", "```\n", "> ", "- ", "1. ", "| ", "|---|", "["),
        *("](", "![", "**", "_", "`", "~~~", "\\", "[a]: b", "http://", "https://[", "//"),
        *("https://a.example:99999/", "javascript:x", "url=", "Source: https://a.example\n", "charset=utf-16"),
        *("charset=x-user-defined", "encoding='utf-7'", "lang=", "content=", "2024-02-30", "0000-00-00", "{", "}"),
        *(
            "[",
            '"@type":',
            "null",
            "1e999",
            "%PDF-",
            "endobj",
            "stream",
            "xref",
            "/Kids",
            "9999999999",
            "-1",
        ),
    )
)
Change = Callable[[bytes, random.Random], bytes]


def nasty(r: random.Random) -> str:
    """Something that trips readers."""
    return r.choice(NASTY).decode("utf-8", "surrogateescape")


def count(r: random.Random) -> int:
    """Mostly few, at times many."""
    return int(10 ** r.uniform(0, r.choice((1, 2, 3, 4, 5))))


def _inserted(text: str, r: random.Random) -> str:
    at = r.randint(0, len(text))
    return text[:at] + nasty(r) * (1 if r.random() < 0.7 else count(r)) + text[at:]


def _everywhere(text: str, r: random.Random) -> str:
    """Something put in place of something that is often there."""
    old = r.choice((" ", ". ", "\n", "e", "<p>", "</p>", "\n\n", "=", '"', "</", ",", "<"))
    return text.replace(old, nasty(r) + r.choice(("", old)), r.choice((-1, 1, 10)))


def _span(text: str, r: random.Random) -> tuple[int, int]:
    at = r.randint(0, len(text))
    return at, min(len(text), at + count(r))


def _cut(text: str, r: random.Random) -> str:
    at, until = _span(text, r)
    return text[:at] + text[until:]


def _truncated(text: str, r: random.Random) -> str:
    return text[: r.randint(0, len(text))]


def _repeated(text: str, r: random.Random) -> str:
    at, until = _span(text, r)
    return text[:at] + text[at:until] * min(count(r), 2_000_000 // (until - at + 1) + 1) + text[until:]


def _moved(text: str, r: random.Random) -> str:
    at, until = _span(text, r)
    rest = text[:at] + text[until:]
    to = r.randint(0, len(rest))
    return rest[:to] + text[at:until] + rest[to:]


def spliced(text: str, r: random.Random, other: str | None = None) -> str:
    """With a piece of another document in it."""
    donor = text if other is None else other
    at, until = _span(donor, r)
    to = r.randint(0, len(text))
    return text[:to] + donor[at:until] + text[to:]


def _element(text: str, r: random.Random) -> re.Match[str] | None:
    found = list(re.finditer(r"<(\w+)[^<>]*>", text[:200_000]))
    return r.choice(found) if found else None


def _nested(text: str, r: random.Random) -> str:
    """A start tag many times, sometimes ended as often."""
    if (tag := _element(text, r)) is None:
        return text
    times = count(r)
    end = f"</{tag.group(1)}>" * (times if r.random() < 0.4 else 0)
    until = r.randint(tag.end(), len(text))
    return text[: tag.start()] + tag.group() * times + text[tag.end() : until] + end + text[until:]


def _renamed(text: str, r: random.Random) -> str:
    """An element, or all of its kind, is another."""
    if (tag := _element(text, r)) is None:
        return text
    names = (
        "p div b a table tr td th li ul ol dl h1 h3 span pre code br hr q svg form nav aside main article body html "
    )
    names += "script style template head title base frameset select option textarea noscript iframe object math x:y"
    new = r.choice(names.split())
    return re.sub(rf"(</?){tag.group(1)}\b", rf"\g<1>{new}", text, count=r.choice((0, 1, 2)))


def _attribute(text: str, r: random.Random) -> str:
    found = list(re.finditer(r"(?<![\w:-])([\w:-]{1,40})=(\"[^\"<>]*\"|'[^'<>]*')", text[:200_000]))
    if not found:
        return text
    one = r.choice(found)
    name = (
        one.group(1) if r.random() < 0.8 else r.choice(("lang", "xml:lang", "class", "id", "href", "charset", "style"))
    )
    value = r.choice((nasty(r), "a" * count(r), "", nasty(r) * count(r), "https://a.example/" + nasty(r)))
    return text[: one.start()] + f'{name}="{value}"' + text[one.end() :]


def _wide(text: str, r: random.Random) -> str:
    """Lines or words without an end."""
    old = r.choice(("\n", " ", ".", "<p>"))
    return text.replace(old, r.choice(("", " ", "\u00a0")))


def _said(text: str, r: random.Random) -> str:
    """A word, or what stands between two tags, is something else."""
    words = list(re.finditer(r"\w+|(?<=>)[^<>]+(?=<)", text[:200_000]))
    if not words:
        return text
    one = r.choice(words)
    new = r.choice(
        (
            nasty(r),
            nasty(r) * count(r),
            str(r.randint(-9, 10**12)),
            r.choice(text[:200_000].split("\n")),
            "a" * count(r),
        )
    )
    return text[: one.start()] + new + text[one.end() :]


TEXTS = (
    *(
        _inserted,
        _everywhere,
        _cut,
        _truncated,
        _repeated,
        _moved,
        spliced,
        _nested,
        _renamed,
        _attribute,
        _wide,
        _said,
    ),
    *(_inserted, _said, _attribute),
)


def flipped(data: bytes, r: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(min(count(r), len(data))):
        changed[r.randrange(len(data))] ^= 1 << r.randrange(8)
    return bytes(changed)


def _bytes_inserted(data: bytes, r: random.Random) -> bytes:
    at = r.randint(0, len(data))
    return data[:at] + r.choice((r.choice(NASTY), r.randbytes(r.randint(1, 40)), bytes(count(r)))) + data[at:]


def bytes_cut(data: bytes, r: random.Random) -> bytes:
    at = r.randint(0, len(data))
    return data[:at] + data[at + count(r) :]


def _bytes_ended(data: bytes, r: random.Random) -> bytes:
    return data[: r.randint(0, len(data))]


BYTES: tuple[Change, ...] = (flipped, _bytes_inserted, bytes_cut, _bytes_ended)
