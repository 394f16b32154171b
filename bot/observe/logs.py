"""The log: one line on stderr for each event, in logfmt (``key=value``). Nobody learns from it who asked, or what.

What we log ourselves is an ``Event``, made of names and numbers. What libraries log may hold the token (httpx), an
update (python-telegram-bot) or the arguments of a failed task (asyncio). Of that, only what stands in their source is
written.
"""

import errno
import json
import logging
import re
import secrets
import select
import sys
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import TextIO

from bot.wording.advice import advised
from index.errors import DamagedLibrary, ModelError, ModelMismatch, NewerLibrary

OWN = {"quoth", "index"}  # loggers whose messages are our own sentences
TEMPLATES = {"telegram", "tornado"}  # loggers whose messages are constant templates, with separate values
# Errors whose messages hold only names of files, models and articles. They are logged, with what to do.
HARMLESS = {DamagedLibrary, ModelError, ModelMismatch, NewerLibrary}
FRAMES = 12  # of a traceback: the innermost ones
LONGEST = 1000  # characters of a value
_PLAIN = re.compile(r"[\w.:/+@-]+", re.ASCII)
_VALUE = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")


@dataclass(frozen=True, slots=True)
class Request:
    """An update that is being handled. ``id`` is random; ``began`` is in monotonic seconds."""

    id: str
    began: float


request: ContextVar[Request | None] = ContextVar("request", default=None)


def begin_request() -> None:
    """Start a new request: every line that this task logs from now on has its id."""
    request.set(Request(secrets.token_hex(4), time.monotonic()))


class Event:
    """What happened, as the message of a log record: a name, and values that anybody may know."""

    def __init__(self, name: str, /, **known: str | float | None) -> None:
        self.fields: dict[str, str | float | None] = {"event": name, **known}

    def __str__(self) -> str:
        return _logfmt(self.fields)


class OneLine(logging.Formatter):
    """Time, level, event, request and values, in one line. Of an error, its kind and where it was raised, but not its
    message, which may quote somebody."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {"time": when, "level": record.levelname.lower(), **_said(record)}
        if (on_behalf := request.get()) is not None:
            fields["request"] = on_behalf.id
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            fields |= {"error": " < ".join(_causes(error))}
            if record.name.partition(".")[0] not in TEMPLATES:  # their errors nearly always come from the network
                fields["trace"] = " < ".join(_frames(error))
            if type(error) in HARMLESS:
                fields["message"] = advised(error)
        return _logfmt(fields)


class NeverWaiting(logging.StreamHandler[TextIO]):
    """Drops a line if it cannot be written at once, and later logs how many lines it dropped.

    Otherwise ``quoth run 2>&1 | less`` would wait until somebody reads on, and the bot would answer nobody. A pipe that
    can be written to has room for a line (PIPE_BUF, 4096 bytes on Linux: pipe(7)).
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._poll = select.poll()
        self._poll.register(stream, select.POLLOUT)
        self._dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        if self._dropped and self._poll.poll(0):
            event, self._dropped = Event("dropped", lines=self._dropped), 0
            super().emit(logging.makeLogRecord({"name": "quoth", "levelname": "WARNING", "msg": event}))
        if self._poll.poll(0):
            super().emit(record)
        else:
            self._dropped += 1


def begin_logging(level: str) -> None:
    """Write the log to stderr. Libraries log only warnings, unless ``level`` is "debug"."""
    handler = NeverWaiting(sys.stderr) if hasattr(select, "poll") else logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if level == "debug" else logging.WARNING)
    logging.getLogger("quoth").setLevel(level.upper())


def _said(record: logging.LogRecord) -> Mapping[str, str | float | None]:
    if isinstance(record.msg, Event):
        return record.msg.fields
    root, fields = record.name.partition(".")[0], {"event": "log", "logger": record.name}
    if root in OWN:
        return fields | {"message": record.getMessage()}
    if root in TEMPLATES:
        fields["message"] = _VALUE.sub("…", str(record.msg).partition("\n")[0])
    return fields | {"source": f"{record.module}:{record.lineno}"}


def _causes(error: BaseException) -> Iterator[str]:
    """The kind of an error and of each error that caused it, with the names of the system's or SQLite's codes."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        code = getattr(cause, "sqlite_errorname", None)
        if isinstance(cause, OSError) and cause.errno is not None:
            code = errno.errorcode.get(cause.errno)
        yield f"{type(cause).__name__}({code})" if code else type(cause).__name__
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _frames(error: BaseException) -> list[str]:
    """Where an error was raised, innermost first. Reads no file."""
    places = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    return [f"{'/'.join(Path(code.co_filename).parts[-2:])}:{line}" for code, line in places[: -FRAMES - 1 : -1]]


def _logfmt(fields: Mapping[str, str | float | None]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value is not None)


def _value(value: str | float) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    text = str(value)[:LONGEST]
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
