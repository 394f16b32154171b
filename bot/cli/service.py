"""Commands about the running bot."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.session import AsJson, Data, print_json, session
from index.errors import QuothError

if TYPE_CHECKING:
    from bot.settings import Settings

MOST_UNANSWERED = 100  # the most unanswered questions that are printed
PATIENCE = 28.0  # seconds; longer than all health checks together may take
# The address to call for addresses that mean "listen on all interfaces".
ANY = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104


def run(data: Data = None) -> None:
    """Run the Telegram bot (by polling; by webhook when QUOTH_WEBHOOK_URL is set)."""
    with session(data, model=True) as s:
        from bot.telegram.app import serve

        serve(s.settings, s.library, data or s.settings.data_dir)


def stats(
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days back.")] = 7,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show how much the bot's readers ask, what the articles do not answer, and votes."""
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


def health() -> None:
    """Ask the running bot whether all is well (needs QUOTH_METRICS_PORT)."""
    from bot.settings import read_settings

    typer.echo(_health(read_settings()))


def _health(settings: "Settings") -> str:
    """The response of ``/healthz`` if all is well.

    Raises:
        QuothError: the bot reports a problem or does not answer.
    """
    from http.client import HTTPConnection, HTTPException

    if settings.metrics_port is None:
        raise QuothError("QUOTH_METRICS_PORT is not set, so the bot cannot be asked. Set it and start the bot again.")
    host = ANY.get(settings.metrics_listen, settings.metrics_listen)
    connection = HTTPConnection(host, settings.metrics_port, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        said = response.read(1000).decode(errors="replace").strip()
    except (OSError, HTTPException):
        raise QuothError(f"No bot answers on {host}, port {settings.metrics_port}. Start it: quoth run.") from None
    finally:
        connection.close()
    if response.status != 200:
        raise QuothError(said)
    return said
