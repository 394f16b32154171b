"""The log: one line an event, and nobody in it."""

import io
import logging
import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import BadRequest

from bot.observe.logs import Event, NeverWaiting, OneLine, begin_request, request
from index.errors import DamagedLibrary, StoreError, UnknownArticle

SAID = "xylophone\nlevel=critical"


class Log:
    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(OneLine())

    @property
    def lines(self) -> list[str]:
        return self._stream.getvalue().split("\n")[:-1]


@pytest.fixture
def log() -> Iterator[Log]:
    """What is written of everything that is logged at any level."""
    log, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(log.handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.removeHandler(log.handler)
    root.setLevel(level)


def ours() -> logging.Logger:
    return logging.getLogger("quoth")


def test_time_with_its_zone_then_level_event_and_what_is_known(log: Log) -> None:
    ours().warning(Event("retry", method="sendMessage", pause=0.5, article=None, hint='a "b" c'))
    (line,) = log.lines
    time, rest = line.split(" ", 1)
    assert datetime.fromisoformat(time.removeprefix("time=")).tzinfo is not None
    assert rest == r'level=warning event=retry method=sendMessage pause=0.5 hint="a \"b\" c"'


def test_what_is_logged_on_behalf_of_an_update_has_its_request(log: Log) -> None:
    begin_request()
    ours().info(Event("one"))
    logging.getLogger("telegram.ext").warning("two")
    first = request.get()
    begin_request()
    ours().info(Event("three"))
    request.set(None)
    ours().info(Event("four"))
    ids = [line.partition("request=")[2] for line in log.lines]
    assert first is not None
    assert ids[0] == ids[1] == first.id
    assert ids[2] not in {"", first.id}
    assert ids[3] == ""


@given(st.text(), st.floats() | st.integers() | st.text())
def test_whatever_the_value_it_is_one_line(name: str, value: str | float) -> None:
    line = OneLine().format(logging.makeLogRecord({"name": "quoth", "msg": Event("x", a=value, b=name)}))
    assert len(line.splitlines()) == 1
    assert line.isascii()


@pytest.mark.parametrize("name", ["telegram.ext.Updater", "httpx", "asyncio", "tornado.application", "anything"])
def test_of_what_libraries_say_only_what_stands_in_their_source(log: Log, name: str) -> None:
    library = logging.getLogger(name)
    library.critical("Received %r from %d\nwith %s", {"text": SAID}, 7_700_000_001, "123:token")
    if not name.startswith(("telegram", "tornado")):  # they are not known to keep values out of their messages
        library.error(f"Task failed: {SAID}")
    assert log.lines
    for line in log.lines:
        assert f"event=log logger={name} " in line
        assert "source=test_logs:" in line
    for secret in ("xylophone", "7700000001", "token", "level=critical "):
        assert not any(secret in line.partition("event=")[2] for line in log.lines)


def test_it_waits_for_nobody_and_says_what_it_dropped() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", 0) as read, os.fdopen(writer, "w", encoding="utf-8") as write:
        handler = NeverWaiting(write)
        handler.setFormatter(OneLine())
        for number in range(5_000):  # of which a pipe that nobody reads takes a part
            handler.handle(logging.makeLogRecord({"name": "quoth", "msg": Event("question", number=number)}))
        kept = read.read(1 << 20).splitlines()
        handler.handle(logging.makeLogRecord({"name": "quoth", "msg": Event("question", number=5_000)}))
        told, last = read.read(1 << 20).decode().splitlines()
    assert 0 < len(kept) < 5_000
    assert f"level=warning event=dropped lines={5_000 - len(kept)}" in told
    assert "event=question number=5000" in last


def failed(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as raised:
        return raised


@pytest.mark.parametrize(
    "error", [BadRequest(SAID), ValueError(SAID), UnknownArticle(SAID), StoreError(SAID), KeyError(SAID)]
)
def test_an_error_is_told_by_its_kind_and_place_not_by_its_words(log: Log, error: Exception) -> None:
    for name in ("quoth", "telegram", "asyncio"):
        logging.getLogger(name).error("It failed", exc_info=failed(error, ValueError(SAID)))
    assert len(log.lines) == 3
    for line in log.lines:
        assert f'error="{type(error).__name__} < ValueError"' in line
        assert "xylophone" not in line
    assert "observe/test_logs.py:" in log.lines[0]


def test_the_codes_of_the_system_and_of_sqlite_are_told(log: Log) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        sqlite3.connect("/nowhere/at/all")
    ours().error(Event("failed"), exc_info=failed(StoreError(SAID), caught.value))
    ours().error(Event("failed"), exc_info=failed(OSError(28, SAID)))
    assert 'error="StoreError < OperationalError(SQLITE_CANTOPEN)"' in log.lines[0]
    assert 'error="OSError(ENOSPC)"' in log.lines[1]


def test_what_is_wrong_with_the_library_is_told_with_what_to_do(log: Log) -> None:
    ours().error(Event("failed"), exc_info=failed(DamagedLibrary("Run: quoth rebuild.")))
    assert 'message="Run: quoth rebuild."' in log.lines[0]
