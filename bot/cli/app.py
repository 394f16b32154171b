"""The ``quoth`` command: its options, its commands in the order of ``quoth --help``, and its exit statuses."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import articles, feeds, maintenance, questions, service
from index.errors import QuothError

if TYPE_CHECKING:
    from index.embed.model_loader import LazyEmbedder

COMMANDS: dict[str, Callable[..., None]] = {
    "chat": questions.chat,
    "add": articles.add,
    "list": articles.list_articles,
    "show": articles.show,
    "remove": articles.remove,
    "ask": questions.ask,
    "summary": questions.summary,
    "sources": questions.sources,
    "stats": service.stats,
    "verify": maintenance.verify,
    "rebuild": maintenance.rebuild,
    "backup": maintenance.backup,
    "restore": maintenance.restore,
    "salvage": maintenance.salvage,
    "run": service.run,
    "health": service.health,
    "follow": feeds.follow,
    "unfollow": feeds.unfollow,
    "feeds": feeds.list_feeds,
    "refresh": feeds.refresh,
}
app = typer.Typer(
    name="quoth",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, command in COMMANDS.items():
    app.command(name)(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"quoth {version('quoth')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Ask an article; it answers in its own words."""


def main(preloaded: "LazyEmbedder | None" = None) -> None:
    """Run the command. Errors become one line on stderr and an exit status. ``preloaded`` comes from ``preload``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(obj=preloaded)
    except QuothError as error:
        from bot.wording.advice import advised

        print(f"quoth: {advised(error)}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has ended. Without this, the interpreter would fail again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # users get a sentence, not a traceback, even for our own bugs
        reason = (str(error).splitlines() or [""])[0]
        print(  # noqa: T201
            f"quoth: this should not have happened ({type(error).__name__}: {reason}). Please report it.",
            file=sys.stderr,
        )
        sys.exit(1)
