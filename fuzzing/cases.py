"""Documents of all kinds, and case N: one of them spoiled in a way that the number N alone decides."""

import gzip
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fuzzing import broken_files
from fuzzing.mutations import BYTES, TEXTS, spliced
from fuzzing.watched import Case, Kind
from tests.support.documents.docx import docx, p
from tests.support.documents.pdfs import lines, pdf, picture, wrapped

Form = Literal["html", "markdown", "text", "pdf", "docx", "feed"]
MOST = 12_000_000  # bytes of a case
PROSE = (
    "The mill of Vell stands still since March, says its miller Ada Orr. “I have ground rye for forty years,” she told "
    "the council (twice). It paid 4.5 million crowns, approx. a third of its worth! Who else would? Nobody knows."
)
OTHERS = (
    "Das Mühlrad steht still. Seit dem 19. Jahrhundert drehte es sich Tag und Nacht, so die Müllerin; nun nicht mehr.",
    "Мельница стоит с марта. «Я молол рожь сорок лет», — сказал мельник. Совет заплатил 4,5 млн крон.",
    "水車は三月から止まっている。「四十年も粉をひいた」と粉屋は言う。村は学校と公園を望んでいる。",
    "الطاحونة متوقفة منذ مارس. قال الطحان إنه طحن الجاودار أربعين عامًا. لا أحد يعرف ما سيحدث بعد ذلك.",
)
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The mill | The Vell Courier</title>
<link rel="canonical" href="https://a.example/mill"><meta name="author" content="Ida Holm">
<meta property="article:published_time" content="2024-03-02T08:00:00+01:00">
<script type="application/ld+json">{{"@type": "NewsArticle", "author": {{"name": "Ida"}}}}</script>
<meta http-equiv="refresh" content="300; url=/again"><link rel="alternate" type="application/rss+xml" href="/feed">
</head><body><nav><ul><li><a href="/">Home</a></li></ul></nav><article><h1>The mill</h1>
<p class="byline">By Ida Holm</p>
<p>{PROSE}</p><h2>The wheel</h2><p>{PROSE}<br>{PROSE}</p><table><tr><th>Year</th><td>1650 &amp; 1651</td></tr></table>
<blockquote>{PROSE}</blockquote><figure><img src="a.png" alt="A mill"></figure><p>{OTHERS[1]} &#8217;</p></article>
<footer>© 2024 &nbsp; <a href="mailto:a@b.example">Write</a></footer></body></html>"""
MARKDOWN = f"""---
title: The mill
author: Ida Holm
date: 2024-03-02
url: https://a.example/mill
language: en
---

# The mill

{PROSE}

- *Forty* [spinners](https://a.example "all of them")
- `code` and ![a wheel](b.png)

| year | made |
| --- | --- |
| 1650 | rye |

> {OTHERS[0]}

```
x = 1
```

<!-- a note --><div>{PROSE}</div>

{PROSE}
"""
TEXT = (
    "Home\nNews\nSport\n\n" + "\n\n".join((PROSE, "The wheel", *OTHERS, PROSE)) + "\n\nSource: https://a.example/mill\n"
)
RSS = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>The Vell Courier</title><link>https://a.example/</link><item><title>The mill &amp; the wheel</title>
<link>https://a.example/mill</link><pubDate>Sat, 02 Mar 2024 08:00:00 GMT</pubDate><dc:creator>Ida</dc:creator>
<description><![CDATA[<p>{PROSE}</p>]]></description></item>
<item><guid>https://a.example/b</guid></item>
</channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/">
<title type="html">&lt;b&gt;Vell</title>
<entry><title>The mill</title><link rel="alternate" href="mill"/><updated>2024-03-02T08:00:00Z</updated>
<summary>{PROSE}</summary></entry><entry><link href="//b.example/c"/></entry></feed>"""
JSON_FEED = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "Vell", "items": [{"id": "1", "url": "https://a.example/b",'
    ' "title": "The mill", "content_text": "It stands.", "date_published": "2024-03-02T08:00:00Z"}]}'
)
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp1251", "cp1252", "koi8-u"),
    *(
        "big5",
        "euc-kr",
        "shift_jis",
        "iso2022_jp",
        "gb18030",
        "hz",
        "latin1",
        "cp437",
        "cp037",
        "mac_roman",
    ),
)
LABELS = (
    *ENCODINGS,
    *("x-user-defined", "replacement", "iso-8859-8-i", "x-mac-cyrillic", "unicode", "none", "utf8", "base64"),
    *(
        "rot13",
        "\x00",
        "ü",
        '"utf-8"',
        "utf-8;",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "a" * 300,
    ),
)
NAMES = (
    *("-", "a", "a.html", "a.htm.gz", "a.md", "a.txt", "a.pdf", "a.docx", "https://a.example/b", "https://[/a.md"),
    *("\x00",),
)
TYPES = (
    *(None, "", "text/html", "text/plain", "text/markdown", "text/x", "a/b", ";", "application/pdf"),
    *("application/xml", "application/octet-stream", "application/xhtml+xml", "multipart/mixed; boundary=a"),
    *("text/html; charset*=a''b",),
)
URLS = (
    *(None, "https://a.example/b", "http://a.example/", "https://[::1/", "ftp://a.example/"),
    *(
        "https://a.example/\ud800",
        "",
    ),
)


@dataclass(frozen=True, slots=True)
class Seed:
    form: Form
    data: bytes


# By the first byte of an input. PDFs are read in a process of their own, which cannot be followed.
READ_AS: tuple[tuple[Kind, str, str | None], ...] = (
    ("extract", "-", None),
    ("extract", "a.html", None),
    ("extract", "a.md", None),
    ("extract", "a.txt", None),
    ("extract", "a.txt", "text/plain; charset=shift_jis"),
    ("extract", "a.docx", None),
    ("feed", "-", "application/xml"),
    ("page's feed", "-", None),
    ("refresh", "-", None),
    ("unpack", "gzip", None),
    ("unpack", "deflate", None),
)


def by_first_byte(data: bytes) -> Case:
    """What ``fuzzing.guided`` makes of an input."""
    kind, name, content_type = READ_AS[data[0] % len(READ_AS)] if data else READ_AS[0]
    return Case(kind, data[1:], name, content_type)


def seeds(pages: Path | None) -> list[Seed]:
    """Documents made here, and the saved pages of a folder."""
    made = [
        Seed("html", PAGE.encode()),
        Seed("html", PAGE.replace("utf-8", "windows-1251").encode("cp1251", "replace")),
        Seed("markdown", MARKDOWN.encode()),
        Seed("text", TEXT.encode()),
        *(Seed("text", text.encode()) for text in OTHERS),
        *(Seed("feed", text.encode()) for text in (RSS, ATOM, JSON_FEED)),
        Seed("pdf", pdf(lines(wrapped(PROSE * 9)), lines(wrapped(PROSE * 4, 200)), title="The mill", author="Ida")),
        Seed("pdf", pdf(lines(wrapped(PROSE * 9, 200)), picture, title="", author="\u0301")),
        Seed("pdf", pdf(lines(wrapped(PROSE)), password="a")),
        Seed(
            "docx",
            docx(
                p("The mill", style="Titel") + p("The wheel", style="berschrift1") + p(PROSE) + p(*OTHERS)
                # A table, within another.
                + f"<w:tbl><w:tr><w:tc>{p('1650')}<w:tbl><w:tr><w:tc>{p(PROSE)}</w:tc></w:tr></w:tbl>"
                + "</w:tc></w:tr></w:tbl>"
                + p('<w:r><w:footnoteReference w:id="5"/></w:r>', PROSE),
                core="<dc:title>The mill</dc:title><dc:creator>Ida Holm</dc:creator><dc:language>en</dc:language>"
                '<dcterms:created>2024-03-02T08:00:00Z</dcterms:created>',
            ),
        ),
    ]  # fmt: skip
    saved = sorted(pages.glob("*.html.gz")) if pages else []
    return made + [Seed("html", gzip.decompress(path.read_bytes())) for path in saved]


def case(number: int, documents: Sequence[Seed]) -> Case:
    """The case of this number: always the same for the same documents."""
    r = random.Random(number)
    seed = r.choice(documents if r.random() < 0.3 else [one for one in documents if len(one.data) < 20_000])
    data = _opened(seed, r, documents)
    for _ in range(r.choice((0, 0, 0, 1, 3))):
        data = r.choice(BYTES)(data, r)
    name, content_type = _told(seed, r)
    kind: Kind = "extract"
    match seed.form:
        case "feed" if r.random() < 0.9:
            kind = "feed"
        case "html" if r.random() < 0.2:
            kind = r.choice(("feed", "page's feed", "refresh"))
    if r.random() < 0.08:
        data = gzip.compress(data, 1) * r.choice((1, 1, 2))
        data = r.choice(BYTES)(data, r) if r.random() < 0.6 else data
        if r.random() < 0.5:
            kind, name = "unpack", r.choice(("gzip", "x-gzip", "deflate", "br", "", "identity"))
    return Case(kind, data[:MOST], name, content_type, r.choice(URLS))


def _told(seed: Seed, r: random.Random) -> tuple[str, str | None]:
    """What it is called and said to be: the truth, mostly."""
    endings = {"html": "a.html", "markdown": "a.md", "text": "a.txt", "pdf": "a.pdf", "docx": "a.docx", "feed": "a.xml"}
    name = endings[seed.form] if r.random() < 0.75 else r.choice(NAMES)
    content_type = None if r.random() < 0.6 else r.choice(TYPES)
    if content_type and r.random() < 0.5:
        content_type += f"; charset={r.choice(LABELS)}"
    return name, content_type


def _opened(seed: Seed, r: random.Random, documents: Sequence[Seed]) -> bytes:
    """The document spoiled where its own structure is."""
    data = seed.data
    times = r.choice((1, 1, 2, 4, 8))
    if seed.form == "docx":
        return broken_files.docx(data, r, times) if r.random() < 0.7 else broken_files.packed(data, r)
    if seed.form == "pdf":
        return broken_files.pdf(data, r, times)
    text = data.decode("utf-8", "surrogateescape")
    others = [one for one in documents if one.form == seed.form]
    for _ in range(times):
        change = r.choice(TEXTS)
        text = (
            change(text, r)
            if change is not spliced
            else spliced(text, r, r.choice(others).data.decode("utf-8", "surrogateescape"))
        )
        text = text[: MOST // 2]
    if r.random() < 0.15:
        real = r.choice(ENCODINGS)
        if r.random() < 0.5:
            text = re.sub(r"(?<=charset=)[\"'\w-]+|(?<=encoding=)[\"'\w-]+", r.choice(LABELS).replace("\\", ""), text)
        return text.encode(real, "replace")
    return text.encode("utf-8", "surrogateescape" if r.random() < 0.9 else "replace")
