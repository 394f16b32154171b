"""Commands about feeds and corrections."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.session import AsJson, Data, print_json, session
from index.errors import QuothError, StoreError

if TYPE_CHECKING:
    from bot.feeds.followed import FeedStore

CHAT = re.compile(r"(?:-?\d{1,20}|@\w{4,32})(?:/\d{1,10})?")


def follow(
    feed: Annotated[str, typer.Argument(help="The address of an RSS or Atom feed, or of a page that names one.")],
    announce: Annotated[
        str | None,
        typer.Option(metavar="CHAT", help="Announce new articles in this chat: its id or @name; a topic: CHAT/TOPIC."),
    ] = None,
    every: Annotated[int, typer.Option(min=5, max=1440, help="Minutes between two visits.")] = 30,
    data: Data = None,
) -> None:
    """Let the running bot add the articles of a feed, and check them for corrections."""
    from bot.settings import read_settings
    from index.ingest.fetch import is_url, read
    from index.ingest.sandbox import feed_link_sandboxed, parse_feed_sandboxed

    if not is_url(feed):
        raise QuothError(f"{feed}: is not a web address. Give the feed's address, with https:// in front.")
    if announce is not None and not CHAT.fullmatch(announce):
        raise QuothError(f"{announce}: is not a chat. Give its id (-100…) or @name; for a topic, add /TOPIC.")
    settings = read_settings()
    raw = read(feed, allow_private=settings.allow_private_addresses)
    if named := feed_link_sandboxed(raw.data, raw.url or feed):
        feed = named
        raw = read(feed, allow_private=settings.allow_private_addresses)
    found = parse_feed_sandboxed(raw.data, raw.url or feed, raw.content_type)
    with _feeds(data or settings.data_dir) as feeds:
        feeds.follow(feed, found.title, every * 60, announce)
    typer.echo(f"Following {found.title} ({feed}), {len(found.entries)} articles now.")
    typer.echo(f"The running bot (quoth run) adds them, and checks the feed every {every} minutes.")


def unfollow(feed: Annotated[str, typer.Argument(help="As quoth feeds shows it.")], data: Data = None) -> None:
    """Stop following a feed; its articles stay."""
    from bot.settings import read_settings

    with _feeds(data or read_settings().data_dir) as feeds:
        if not feeds.unfollow(feed):
            raise QuothError(f"{feed}: is not a followed feed. See: quoth feeds.")
    typer.echo(f"No longer following {feed}.")


def list_feeds(data: Data = None, as_json: AsJson = False) -> None:
    """List the feeds that are followed."""
    from datetime import UTC, datetime

    from bot.settings import read_settings

    with _feeds(data or read_settings().data_dir) as feeds:
        found = feeds.all()
    for one in found:
        due = datetime.fromtimestamp(one.due, UTC).isoformat(timespec="seconds") if one.due else None
        minutes = one.every // 60
        if as_json:
            known = {"url": one.url, "title": one.title, "minutes": minutes, "announce": one.announce}
            print_json(known | {"next": due, "failures": one.failures})
        else:
            state = f"{one.failures} failures in a row" if one.failures else f"every {minutes} minutes"
            told = f", announced in {one.announce}" if one.announce else ""
            typer.echo(f"{one.url}  {one.title}  ({state}, next {due or 'now'}{told})")
    if not found and not as_json:
        typer.echo("No feed is followed. Follow one: quoth follow FEED")


def refresh(
    article_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One article; else all of them.")] = None,
    data: Data = None,
) -> None:
    """Read articles from their pages again; a changed text becomes a new version."""
    from bot.cli.progress import adding
    from bot.wording.advice import advised
    from index.ingest.source import correction, read_article

    failed = 0
    with session(data, model=True) as s:
        listings = s.library.articles() if article_id is None else [s.library.listing(article_id)]
        if article_id is not None and listings[0].url is None:
            raise QuothError(f"Article {article_id} has no web address. Add its new text: quoth add SOURCE.")
        wanted = [one for one in listings if one.url]
        with adding(len(wanted)) as bar:
            for one in wanted:
                try:
                    article = read_article(one.url or "", allow_private=s.settings.allow_private_addresses)
                    s.library.add(correction(s.library.current(one.id), article), corrects=one.id)
                    change = "corrected" if article.id != one.id else "unchanged"
                    s.screen.say(f"{article.id}  {article.title}  ({change})")
                except StoreError:
                    raise
                except QuothError as error:
                    failed += 1
                    bar.console.print(f"quoth: {advised(error)}", markup=False, highlight=False, soft_wrap=True)
                bar.advance(bar.task_ids[0])
        s.library.save_index()
    if failed:
        print(f"quoth: {failed} of {len(wanted)} could not be refreshed.", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1)


@contextmanager
def _feeds(folder: Path) -> "Iterator[FeedStore]":
    from bot.feeds.followed import FeedStore
    from bot.state.database import Database

    database = Database(folder)
    try:
        yield FeedStore(database)
    finally:
        database.close()
