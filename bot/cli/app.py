"""The terminal commands. Everything heavy is imported by the command that needs it."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.feeds import commands
from bot.cli.progress import adding, not_added
from bot.cli.session import AsJson, Data, Session, print_json, session
from index.errors import QuothError, StoreError

if TYPE_CHECKING:
    from bot.cli.targets import Target
    from index.embed.model_loader import LazyEmbedder
    from index.library import Library

app = typer.Typer(
    name="quoth",
    help="Ask an article; it answers in its own words.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(commands)
Which = Annotated[
    str | None, typer.Option("--article", help="An article's id, or a source that is read without being kept.")
]
Questions = Annotated[Path | None, typer.Option("--questions", help="Ask every line of this JSON Lines file.")]
MOST_UNANSWERED = 100  # unanswered questions that are printed
NICE = 10  # of 19: how far work that takes long stands back


def main(preloaded: "LazyEmbedder | None" = None) -> None:
    """Run the command; every error is one line on stderr and an exit status. ``preloaded``: as from ``preload``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(obj=preloaded)
    except QuothError as error:
        print(f"quoth: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except BrokenPipeError:
        # Who reads us has gone; the interpreter would complain again while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # a reader of the terminal gets a sentence, whatever we did wrong
        reason = (str(error).splitlines() or [""])[0]
        print(  # noqa: T201
            f"quoth: this should not have happened ({type(error).__name__}: {reason}). Please report it.",
            file=sys.stderr,
        )
        sys.exit(1)


@app.command()
def chat(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="File, link, or nothing: the library's newest article.")] = None,
    data: Data = None,
) -> None:
    """Talk to an article in the terminal."""
    with session(data, keep=source is None, model=True, preloaded=context.obj) as s:
        from bot.cli.chat import converse, reader

        place = _place(s, source)
        converse(place, s.showing(place.library), reader(s.console))


@app.command()
def add(
    sources: Annotated[
        list[str], typer.Argument(help="Links; .html, .html.gz, .pdf, .docx, .txt, .md files; or - for stdin.")
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add articles to the library."""
    failed: list[tuple[str, str]] = []
    if len(sources) > 1 and hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)  # a bot that runs on this machine goes first
    with session(data, model=True) as s:
        from bot.cli.json_contract import added_json
        from index.ingest.source import read_article

        with adding(len(sources)) as bar:
            for source in sources:
                started = time.perf_counter()
                try:
                    article = read_article(source, allow_private=s.settings.allow_private_addresses)
                    added = s.library.add(article)
                except StoreError:
                    raise
                except QuothError as error:
                    failed.append((source, str(error)))
                    bar.advance(bar.task_ids[0])
                    if as_json:
                        print_json({"source": source, "error": str(error)})
                    continue
                seconds = time.perf_counter() - started
                bar.advance(bar.task_ids[0])
                bar.update(bar.task_ids[0], rate=f"{added.passages / seconds:.0f} sentences a second")
                if as_json:
                    print_json(added_json(source, added, seconds))
                else:
                    counts = f"{added.paragraphs} paragraphs, {added.passages} passages, {seconds:.1f} s"
                    s.screen.say(f"{article.id}  {article.title}  ({counts})")
                    sys.stdout.flush()
        s.library.save_index()
    if failed:
        print(not_added(failed, len(sources)), file=sys.stderr)  # noqa: T201
        raise typer.Exit(1)


@app.command("list")
def list_articles(data: Data = None, as_json: AsJson = False) -> None:
    """List the library's articles, the newest first."""
    from bot.cli.json_contract import listing_json

    with session(data) as s:
        listings = s.library.articles()
        if as_json:
            print_json([listing_json(one) for one in listings])
        elif not listings:
            s.screen.say("The library is empty. Add an article: quoth add SOURCE")
        else:
            for one in listings:
                s.screen.say(f"{one.id}  {one.added[:10]}  {one.title}  ({one.passages} passages)")


@app.command()
def show(article_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, as_json: AsJson = False) -> None:
    """Show one article of the library."""
    from bot.cli.json_contract import show_json

    with session(data) as s:
        article = s.library.article(article_id)
        if as_json:
            print_json(show_json(article, s.library.passages(article_id)))
        else:
            s.screen.say(article.title, "bold")
            facts = (article.site, article.author, article.day, article.url)
            s.screen.say(" · ".join(fact for fact in facts if fact))
            s.screen.say(article.text)


@app.command()
def remove(article_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None) -> None:
    """Remove one article from the library."""
    with session(data) as s:
        s.library.remove(article_id)
        s.library.save_index()
        s.screen.say(f"Removed {article_id}.")


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument()] = None,
    article: Which = None,
    questions: Questions = None,
    candidates: Annotated[int, typer.Option(min=0, max=100, help="Give the K closest passages too (JSON).")] = 0,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask one question, or those of a file."""
    if (question is None) == (questions is None):
        raise typer.BadParameter("give either a QUESTION or --questions FILE")
    with session(data, model=True, preloaded=context.obj) as s:
        if questions is not None:
            _ask_all(s, questions, article, candidates)
            return
        assert question is not None
        from bot.cli.json_lines import ask_one

        place = _where(s, article)
        found, ms = ask_one(place, question, [], candidates)
        if as_json:
            from bot.cli.json_contract import answer_json

            print_json(answer_json(found, ms, s.links(place[0])))
        else:
            s.showing(place[0]).answer(found, several=place[1] is None and s.library.size() > 1)


@app.command()
def summary(article: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """Sum an article up in its own sentences."""
    from bot.cli.json_contract import summary_json

    with session(data) as s:
        place = _place(s, article)
        found = place.library.summary(place.article_id)
        if as_json:
            print_json(summary_json(found, s.links(place.library)))
        else:
            s.showing(place.library).summary(found)


@app.command()
def sources(article: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """Say where an article comes from and whom it names as its sources."""
    from bot.cli.json_contract import sources_json

    with session(data) as s:
        place = _place(s, article)
        about, named = place.library.current(place.article_id), place.library.sources(place.article_id)
        corrected = place.library.listing(place.article_id).corrected
        if as_json:
            print_json(sources_json(about, named, corrected, s.links(place.library)))
        else:
            s.showing(place.library).sources(about, (), named, corrected)


@app.command()
def stats(
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days back.")] = 7,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What the bot's readers ask, what the articles do not answer, and votes."""
    from datetime import UTC, datetime

    from bot.cli.json_contract import report_json
    from bot.state.database import Database
    from bot.state.tallies import Tallies

    with session(data) as s:
        database = Database(data or s.settings.data_dir)
        try:
            titles = {one.id: one.title for one in s.library.articles()}
            today, versions = datetime.now(UTC).date(), s.library.versions()
            report = Tallies(database).report(days=days, questions=MOST_UNANSWERED, today=today, articles=versions)
        finally:
            database.close()
        if as_json:
            print_json(report_json(report, titles))
        else:
            s.screen.report(report, titles)


@app.command()
def verify(data: Data = None, as_json: AsJson = False) -> None:
    """Check every stored hash, offset and vector."""
    with session(data) as s:
        faults = s.library.verify()
        count = len(s.library.articles())
        if as_json:
            print_json({"articles": count, "faults": faults})
        else:
            for fault in faults:
                s.screen.say(fault)
            s.screen.say(f"{count} articles, {len(faults) or 'no'} faults.")
    if faults:
        raise typer.Exit(1)


@app.command()
def rebuild(data: Data = None) -> None:
    """Split and embed every article anew, and make the index again."""
    from rich.console import Console
    from rich.progress import Progress

    with session(data, model=True) as s, Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Indexing", total=None)
        count = s.library.rebuild(lambda done, total: bar.update(task, completed=done, total=total))
        s.screen.say(f"{count} articles indexed.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file; the bot may go on running.")], data: Data = None
) -> None:
    """Copy the data folder into one file, and check the copy."""
    from bot.settings import read_settings
    from bot.state.backup import back_up

    folder = data or read_settings().data_dir
    count = back_up(folder, file)
    megabytes = file.stat().st_size / 1_000_000
    typer.echo(f"{folder} is kept in {file}: {count} articles, {megabytes:.1f} MB, checked.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="Made by quoth backup.")],
    data: Data = None,
) -> None:
    """Put a backup into a folder that has no library."""
    from bot.settings import read_settings
    from bot.state.backup import restore

    folder = data or read_settings().data_dir
    typer.echo(f"{folder} has what {file} kept: {restore(file, folder)} articles, checked.")


@app.command()
def salvage(
    folder: Annotated[Path, typer.Argument(help="Of a damaged library. It is only read.")], data: Data = None
) -> None:
    """Put what can still be read of a damaged library into a new folder."""
    from rich.console import Console
    from rich.progress import track

    from bot.settings import read_settings
    from bot.state.salvage import begin, take_along

    target = data or read_settings().data_dir
    found = begin(folder, target)
    console = Console(stderr=True)
    with session(target, model=True) as s:
        for story in track(found.stories, "Indexing", console=console, transient=True, disable=not console.is_terminal):
            for before, article in zip((None, *story), story, strict=False):
                s.library.add(article, corrects=before.id if before else None)
        s.library.save_index()
        told = [f"{len(found.stories)} articles of {folder} are in {target}"]
        told += [f"{found.lost} could not be read"] if found.lost else []
        told += ["what chats are on and feeds too"] if take_along(folder, target) else []
        s.screen.say("; ".join(told) + ".")
        s.screen.say(f"Check them with quoth verify --data {target}, then set QUOTH_DATA_DIR to it.")


@app.command()
def run(data: Data = None) -> None:
    """Run the Telegram bot (by polling; by webhook when QUOTH_WEBHOOK_URL is set)."""
    with session(data, model=True) as s:
        from bot.telegram.app import serve

        serve(s.settings, s.library, data or s.settings.data_dir)


@app.command()
def health() -> None:
    """Ask the running bot whether all is well (needs QUOTH_METRICS_PORT)."""
    from bot.cli.healthcheck import health
    from bot.settings import read_settings

    typer.echo(health(read_settings()))


def _place(s: Session, article: str | None) -> "Target":
    """The named article, or the library's newest."""
    from bot.cli.targets import Target

    name = article or s.library.newest()
    if name is None:
        raise QuothError("The library is empty. Add an article first (quoth add SOURCE), or name a source.")
    return s.places.find(article) if article else Target(s.library, name)


Where = tuple["Library", str | None]


def _where(s: Session, article: str | None) -> Where:
    """The named article, or the whole library."""
    if article is None:
        _place(s, None)
        return s.library, None
    place = s.places.find(article)
    return place.library, place.article_id


def _ask_all(s: Session, path: Path, article: str | None, candidates: int) -> None:
    from bot.cli.json_lines import answered

    try:
        lines = path.read_text("utf-8").splitlines() if str(path) != "-" else sys.stdin.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuothError(f"{path}: cannot be read ({error}). It must be JSON Lines in UTF-8.") from error
    for line in lines:
        if line.strip():
            print_json(answered(line, lambda name: _where(s, name or article), candidates, s.links))
