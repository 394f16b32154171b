"""A conversation about one article in the terminal."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.cli.screen import Screen
from bot.cli.session import Target
from index.models import Answer, NotAQuestion, Quote

if TYPE_CHECKING:
    from rich.console import Console

HELP = "Write a question, or /summary, /sources, /article, /quit."
Read = Callable[[], str | None]


def converse(place: Target, screen: Screen, read: Read) -> None:
    """Answer every line that ``read`` gives, until it gives None or /quit."""
    library, article = place.library, place.library.current(place.article_id)
    library.warm()
    screen.say(article.title, "bold")
    screen.say(HELP)
    last: tuple[Quote, ...] = ()
    history: list[str] = []
    while (line := read()) is not None:
        screen.say("")
        match line.strip().split(maxsplit=1):
            case []:
                continue
            case ["/quit" | "/exit", *_]:
                break
            case ["/summary", *_]:
                screen.summary(library.summary(article.id))
            case ["/sources", *_]:
                corrected = library.listing(article.id).corrected
                screen.sources(article, last, library.sources(article.id), corrected)
            case ["/article", *_]:
                screen.say(article.title, "bold")
                screen.say(article.text)
            case [command, *_] if command.startswith("/") and command != "/ask":
                screen.say(HELP)
            case ["/ask"]:
                screen.say(HELP)
            case words:
                question = words[1] if words[0] == "/ask" else line.strip()
                found = library.ask(question, article.id, history=history[-3:])
                if isinstance(found, NotAQuestion) and found.kind == "gist":
                    screen.summary(library.summary(article.id))
                    continue
                screen.answer(found, several=False)
                if not isinstance(found, NotAQuestion):
                    history.append(question)
                if isinstance(found, Answer):
                    last = found.quotes


def reader(console: "Console") -> Read:
    """Reads lines from standard input. Lines that are not typed are printed, so that a transcript has the questions."""

    def read() -> str | None:
        try:
            line = console.input("\n› " if console.is_terminal else "")
        except EOFError:
            return None
        if not sys.stdin.isatty():
            console.print(f"\n› {line}", markup=False, highlight=False, soft_wrap=True)
        return line

    return read
