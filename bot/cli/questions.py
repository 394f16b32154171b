"""Commands that answer, about one article or about the whole library."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.session import AsJson, Data, Session, Target, print_json, session
from index.errors import QuothError

if TYPE_CHECKING:
    from index.library import Library

    Where = tuple[Library, str | None]

Which = Annotated[
    str | None, typer.Option("--article", help="An article's id, or a source, which is not added to the library.")
]
Questions = Annotated[Path | None, typer.Option("--questions", help="Ask every line of this JSON Lines file.")]


def chat(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(help="A file or link (default: the library's newest article).")
    ] = None,
    data: Data = None,
) -> None:
    """Talk to an article in the terminal."""
    with session(data, keep=source is None, model=True, preloaded=context.obj) as s:
        from bot.cli.chat import converse, reader

        place = _place(s, source)
        converse(place, s.showing(place.library), reader(s.console))


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


def summary(article: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """Summarise an article in its own sentences."""
    from bot.cli.json_contract import summary_json

    with session(data) as s:
        place = _place(s, article)
        found = place.library.summary(place.article_id)
        if as_json:
            print_json(summary_json(found, s.links(place.library)))
        else:
            s.showing(place.library).summary(found)


def sources(article: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """Show where an article comes from, and the sources that it names."""
    from bot.cli.json_contract import sources_json

    with session(data) as s:
        place = _place(s, article)
        about, named = place.library.current(place.article_id), place.library.sources(place.article_id)
        corrected = place.library.listing(place.article_id).corrected
        if as_json:
            print_json(sources_json(about, named, corrected, s.links(place.library)))
        else:
            s.showing(place.library).sources(about, (), named, corrected)


def _place(s: Session, article: str | None) -> Target:
    """The named article, or the library's newest."""
    name = article or s.library.newest()
    if name is None:
        raise QuothError("The library is empty. Add an article first (quoth add SOURCE), or name a source.")
    return s.places.find(article) if article else Target(s.library, name)


def _where(s: Session, article: str | None) -> "Where":
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
