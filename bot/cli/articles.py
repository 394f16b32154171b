"""Commands about the articles of the library."""

import os
import sys
import time
from typing import Annotated

import typer

from bot.cli.progress import adding, not_added
from bot.cli.session import AsJson, Data, print_json, session
from index.errors import QuothError, StoreError

NICE = 10  # the niceness (at most 19) while several sources are added


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
        os.setpriority(os.PRIO_PROCESS, 0, NICE)  # a bot on the same machine has priority
    with session(data, model=True) as s:
        from bot.cli.json_contract import added_json
        from bot.wording.advice import advised
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
                    failed.append((source, advised(error)))
                    bar.advance(bar.task_ids[0])
                    if as_json:
                        print_json({"source": source, "error": advised(error)})
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


def remove(article_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None) -> None:
    """Remove one article from the library."""
    with session(data) as s:
        s.library.remove(article_id)
        s.library.save_index()
        s.screen.say(f"Removed {article_id}.")
