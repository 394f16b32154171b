"""Ask the running bot on this machine how it is."""

from http.client import HTTPConnection, HTTPException

from bot.settings import Settings
from index.errors import QuothError

PATIENCE = 28.0  # seconds: longer than all that is looked at may take
ANY = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to listen on, not to call


def health(settings: Settings) -> str:
    """What ``/healthz`` says when all is well.

    Raises:
        QuothError: something is wrong with the bot, or nobody answers.
    """
    if settings.metrics_port is None:
        raise QuothError(
            "QUOTH_METRICS_PORT is not set, so that the bot cannot be asked. Set it and start the bot anew."
        )
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
