"""Draw docs/conversation.svg from a real run of the terminal chat: python -m benchmarks.picture"""

import io
import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from bot.chat import converse
from bot.reading import Place, read_article
from bot.screen import Screen
from bot.texts import ENGLISH
from index.embedder import SentenceTransformerEmbedder
from index.library import Library

SOURCE = "examples/lighthouse.md"
QUESTIONS = (
    "Who made the lens, and when?",
    "How much will it all cost?",
    "Why is the lamp dimmed in April?",
    "Хто голосував проти?",
    "What does the hotel charge for a night?",
)


class Typed(Console):
    """A console at which somebody types the questions."""

    def __init__(self, lines: Iterator[str]) -> None:
        super().__init__(record=True, width=96, force_terminal=True, file=io.StringIO())
        self._lines = lines

    def input(self, *arguments: object, **options: object) -> str:
        line = next(self._lines, None)
        if line is None:
            raise EOFError
        self.print(f"\n[bold]› {line}[/bold]", highlight=False)
        return line


def main() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    console = Typed(iter(QUESTIONS))
    library = Library.open(None, SentenceTransformerEmbedder("multilingual"))
    article_id = library.add(read_article(SOURCE)).article.id
    converse(Place(library, article_id), Screen(console, ENGLISH), console)
    target = Path("docs/conversation.svg")
    target.parent.mkdir(exist_ok=True)
    target.write_text(console.export_svg(title=f"quoth chat {SOURCE}", theme=MONOKAI))


if __name__ == "__main__":
    main()
