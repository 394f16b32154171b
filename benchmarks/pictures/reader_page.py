"""Draw docs/reader.png, the reader page on a desktop and on phones: python -m benchmarks.pictures.reader_page

It is the page of a real answer. Needs Chromium (Debian's ``chromium``).
"""

import subprocess
import tempfile
from pathlib import Path

from bot.web.reader_page import article_page
from bot.wording.texts import texts_for
from index.embed.model_loader import LazyEmbedder
from index.ingest.source import read_article
from index.library import Library
from index.models import Answer
from tests.support.browser.chromium import ABSENT, find_chromium

TARGET = Path("docs/reader.png")
SOURCE, QUESTION = "examples/lighthouse.md", "Who made the lens?"
# The colour scheme of a frame is what its page sees as the reader's preference.
FRAMES = """<!doctype html><style>
body { margin: 0; padding: 24px; display: flex; gap: 24px; background: #e9e9ec }
iframe { border: 0; border-radius: 14px; height: 700px }
</style>""" + "".join(
    f'<iframe style="width: {width}px; color-scheme: {scheme}" src="{page}"></iframe>'
    for width, scheme, page in (
        (900, "light", "page.html"),
        (360, "light", "page.html#quote"),
        (360, "dark", "page.html#quote"),
    )
)


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(f"skipped: {ABSENT}")
    with Library.open(None, LazyEmbedder("multilingual")) as library:
        article = library.add(read_article(SOURCE)).article
        found = library.ask(QUESTION, article.id)
    assert isinstance(found, Answer)
    with tempfile.TemporaryDirectory() as folder:
        marked = found.quotes[0].start, found.quotes[0].end
        Path(folder, "page.html").write_bytes(article_page(article, marked, texts_for(article.language)))
        Path(folder, "frames.html").write_text(FRAMES, "utf-8")
        subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1716,748",
             f"--screenshot={TARGET.resolve()}", Path(folder, "frames.html").as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
