"""Commands for the data folder: checking, indexing again, backup, restoring, salvage."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.session import AsJson, Data, print_json, session


def verify(data: Data = None, as_json: AsJson = False) -> None:
    """Check every stored hash, offset and vector."""
    with session(data) as s:
        from bot.wording.advice import mended

        faults = [mended(fault) for fault in s.library.verify()]
        count = len(s.library.articles())
        if as_json:
            print_json({"articles": count, "faults": faults})
        else:
            for fault in faults:
                s.screen.say(fault)
            s.screen.say(f"{count} articles, {len(faults) or 'no'} faults.")
    if faults:
        raise typer.Exit(1)


def rebuild(data: Data = None) -> None:
    """Split, embed and index every article again."""
    from rich.console import Console
    from rich.progress import Progress

    with session(data, model=True) as s, Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Indexing", total=None)
        count = s.library.rebuild(lambda done, total: bar.update(task, completed=done, total=total))
        s.screen.say(f"{count} articles indexed.")


def backup(
    file: Annotated[Path, typer.Argument(help="A new file. The bot may keep running.")], data: Data = None
) -> None:
    """Copy the data folder into one file, and check the copy."""
    from bot.settings import read_settings
    from bot.state.backup import back_up

    folder = data or read_settings().data_dir
    count = back_up(folder, file)
    megabytes = file.stat().st_size / 1_000_000
    typer.echo(f"{folder} is saved in {file}: {count} articles, {megabytes:.1f} MB, checked.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file made by quoth backup.")],
    data: Data = None,
) -> None:
    """Put a backup into a folder that has no library."""
    from bot.settings import read_settings
    from bot.state.backup import restore

    folder = data or read_settings().data_dir
    typer.echo(f"{file} is restored to {folder}: {restore(file, folder)} articles, checked.")


def salvage(
    folder: Annotated[Path, typer.Argument(help="The folder of a damaged library. It is not changed.")],
    data: Data = None,
) -> None:
    """Copy what can still be read of a damaged library to a new folder."""
    from rich.console import Console
    from rich.progress import track

    from bot.settings import read_settings
    from bot.state.salvage import begin, take_along

    target = data or read_settings().data_dir
    found = begin(folder, target)
    console = Console(stderr=True)
    with session(target, model=True) as s:
        for lineage in track(
            found.lineages, "Indexing", console=console, transient=True, disable=not console.is_terminal
        ):
            for before, article in zip((None, *lineage), lineage, strict=False):
                s.library.add(article, corrects=before.id if before else None)
        s.library.save_index()
        told = [f"{len(found.lineages)} articles of {folder} are in {target}"]
        told += [f"{found.lost} could not be read"] if found.lost else []
        told += ["the chats' articles and the feeds are there too"] if take_along(folder, target) else []
        s.screen.say("; ".join(told) + ".")
        s.screen.say(f"Check them with quoth verify --data {target}, then set QUOTH_DATA_DIR to it.")
