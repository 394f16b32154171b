"""Draw docs/telegram.png, a conversation with the running bot as Telegram shows it: python -m benchmarks.pictures.phone

The real bot process talks to the Bot API server of the tests. Each message is drawn from its text and entities alone,
as a Telegram client does it, on a light and on a dark phone. Needs Chromium (Debian's ``chromium``).
"""

import html
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from bot.wording.texts import texts_for
from index.embed.model_loader import LazyEmbedder
from index.ingest.source import read_article
from index.library import Library
from tests.support.bot_api import BotApi
from tests.support.browser.chromium import ABSENT, find_chromium
from tests.support.process import Bot, Json, ask

TARGET = Path("docs/telegram.png")
READER = 7
WIDTH, HEIGHT, SCALE = 390, 1100, 2  # the size of a phone in CSS pixels, and device pixels for each
SAID = (
    "Who made the lens?",
    "How much will the restoration cost?",
    "and who pays for it?",
    "What does the hotel charge for a night?",
)
IN_CONTEXT = 0  # the index of the question whose answer is also shown in its context
TAGS = {"bold": "b", "text_link": "a", "blockquote": "blockquote", "expandable_blockquote": "blockquote"}
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { display: flex; gap: 24px; padding: 24px; background: #fff; font: 15px/1.32 "Liberation Sans", Arial, sans-serif }
.phone { width: 390px; height: 1052px; overflow: hidden; border-radius: 22px; display: flex; flex-direction: column }
.bar { padding: 13px 18px; font-weight: bold; flex: none }
.bar small { display: block; font-weight: normal; opacity: .6 }
.chat { flex: 1; padding: 10px; display: flex; flex-direction: column; gap: 7px; overflow: hidden }
.said { max-width: 330px; border-radius: 15px; padding: 7px 11px; white-space: pre-wrap; overflow-wrap: anywhere }
.mine { align-self: flex-end; border-bottom-right-radius: 4px }
.theirs { border-bottom-left-radius: 4px; align-self: flex-start }
.with { width: 330px }
.keys { width: 330px; display: grid; gap: 3px; margin-top: -3px }
.row { display: flex; gap: 3px }
.key { flex: 1; text-align: center; padding: 8px 2px; border-radius: 8px; font-size: 13px }
blockquote { border-left: 3px solid; border-radius: 4px; padding: 3px 9px; margin: 1px 0 3px; font-size: 14px }
a { text-decoration: none }
.light { color: #111; border: 1px solid #d5d5d5 }
.light .bar { background: #f6f6f6 }
.light .chat { background: #cddfc5 }
.light .mine { background: #e4ffcf }
.light .theirs { background: #fff }
.light a { color: #2678b6 }
.light blockquote { border-color: #3d8fd1; background: #3d8fd11c }
.light .key { background: #6f8d62cc; color: #fff }
.dark { color: #f2f2f2; border: 1px solid #222 }
.dark .bar { background: #1c2733 }
.dark .chat { background: #0e1621 }
.dark .mine { background: #2b5278 }
.dark .theirs { background: #182533 }
.dark a { color: #6ab3f3 }
.dark blockquote { border-color: #6ab3f3; background: #6ab3f31f }
.dark .key { background: #26394dcc; color: #fff }
"""


def conversation() -> list[Json]:
    """The messages of the chat at its end."""
    with tempfile.TemporaryDirectory() as temporary, BotApi() as api:
        folder = Path(temporary)
        with Library.open(folder, LazyEmbedder("multilingual")) as library:
            library.add(replace(read_article("examples/lighthouse.md"), url="https://gazette.example/lighthouse"))
        with Bot(api, folder):
            for text in SAID:
                ask(api, READER, text)
            seen = len(api.calls)
            api.press(api.sent(READER)[IN_CONTEXT], texts_for("en").context_button)
            api.wait_for("editMessageText", since=seen)
            return list(api.messages(READER))


def drawn(message: Json) -> str:
    """A message as HTML: its text with its entities, and its keyboard."""
    units = message["text"].encode("utf-16-le")
    marks: list[tuple[int, int, str]] = []
    for entity in message.get("entities", []):
        if tag := TAGS.get(entity["type"]):
            start, length = entity["offset"], entity["length"]
            # At the same offset, end tags come before start tags, and the longest entity encloses the others.
            marks += [(start, 1_000_000 - length, f"<{tag}>"), (start + length, length, f"</{tag}>")]
    out, at = "", 0
    for place, _, tag in sorted(marks):
        out += html.escape(units[2 * at : 2 * place].decode("utf-16-le")) + tag
        at = place
    out += html.escape(units[2 * at :].decode("utf-16-le"))
    # A blockquote is a block, so the line break after it is not shown.
    out = out.replace("</blockquote>\n", "</blockquote>")
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    keys = "".join(
        '<div class="row">' + "".join(f'<div class="key">{html.escape(key["text"])}</div>' for key in row) + "</div>"
        for row in rows
    )
    side = "theirs" if message["from"]["is_bot"] else "mine"
    wide = " with" if rows else ""
    return f'<div class="said {side}{wide}">{out}</div>' + (f'<div class="keys">{keys}</div>' if keys else "")


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(f"skipped: {ABSENT}")
    chat = "".join(map(drawn, conversation()))
    bar = '<div class="bar">Quoth<small>bot</small></div>'
    phones = "".join(
        f'<div class="phone {look}">{bar}<div class="chat">{chat}</div></div>' for look in ("light", "dark")
    )
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "page.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{phones}', "utf-8")
        size = f"--window-size={2 * WIDTH + 72},{HEIGHT}"
        subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", f"--force-device-scale-factor={SCALE}", size,
             f"--screenshot={TARGET.resolve()}", page.as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
