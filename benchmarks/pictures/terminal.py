"""Draw docs/conversation.svg from a real run of the terminal chat: python -m benchmarks.pictures.terminal"""

import io
import os
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from bot.cli.chat import converse
from bot.cli.screen import Screen
from bot.cli.session import Target
from bot.wording.texts import texts_for
from index.embed.model_loader import LazyEmbedder
from index.ingest.source import read_article
from index.library import Library

SOURCE = "examples/lighthouse.md"
QUESTIONS = (
    "Who made the lens, and when?",
    "How much will the restoration cost?",
    "Why is the lamp dimmed in April?",
    "Скільки коштує квиток?",
    "What does the hotel charge for a night?",
)


def main() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    console = Console(record=True, width=96, force_terminal=True, file=io.StringIO())
    questions = iter(QUESTIONS)

    def read() -> str | None:
        question = next(questions, None)
        if question:
            console.print(f"\n[bold]› {question}[/bold]", highlight=False)
        return question

    library = Library.open(None, LazyEmbedder("multilingual"))
    article_id = library.add(read_article(SOURCE)).article.id
    converse(Target(library, article_id), Screen(console, texts_for(None)), read)
    target = Path("docs/conversation.svg")
    target.parent.mkdir(exist_ok=True)
    target.write_text(console.export_svg(title=f"quoth chat {SOURCE}", theme=MONOKAI))


if __name__ == "__main__":
    main()
