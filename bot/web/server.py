"""The bot's own small web servers, on its event loop."""

import logging
from types import TracebackType

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from bot.observe.logs import Event
from bot.settings import SettingsError

log = logging.getLogger("quoth")
REQUEST = 8192  # bytes of a request's head
PATIENCE = 30  # seconds for a request to be made, and for the next on the same connection


class Quiet(RequestHandler):
    """Says nothing about the server's software, and does not log who asks for what."""

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        if not isinstance(value, HTTPError):
            log.error(Event("page_failed"), exc_info=value)


class WebServer:
    """``what`` and ``setting`` name the server and its settings (``QUOTH_<setting>_PORT``) in errors. ``body`` is
    how many bytes a request's body may have."""

    def __init__(
        self, application: Application, what: str, setting: str, listen: str, port: int, body: int = REQUEST
    ) -> None:
        self._what, self._setting, self._listen, self._port = what, setting, listen, port
        application.settings["log_function"] = lambda handler: None  # nobody needs to know who reads what
        self._server = HTTPServer(
            application,
            max_header_size=REQUEST,
            max_body_size=body,
            idle_connection_timeout=PATIENCE,
            body_timeout=PATIENCE,
        )

    async def start(self) -> None:
        """Raises SettingsError: the port cannot be listened on."""
        try:
            self._server.add_sockets(bind_sockets(self._port, self._listen))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SettingsError(
                f"{self._what} cannot listen on {self._listen}, port {self._port} ({reason}). "
                f"Set another QUOTH_{self._setting}_PORT or QUOTH_{self._setting}_LISTEN."
            ) from None
        log.info(Event("listening", server=self._setting.lower(), port=self._port))

    async def stop(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()
