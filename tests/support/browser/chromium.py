"""A headless Chromium, driven over its DevTools pipe (no port, no network beyond loopback).

Source: https://chromedevtools.github.io/devtools-protocol/ and the switch ``--remote-debugging-pipe``: JSON messages,
each ended by a NUL, written to the browser's descriptor 3 and read from its 4.
"""

import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]

NAMES = ("chromium", "chromium-browser", "google-chrome")
ABSENT = "there is no Chromium here (Debian: apt install chromium)"
PATIENCE = 60.0  # seconds for one command

_EXECUTE = "import os, sys; [os.dup2(int(sys.argv[n]), n + 2) for n in (1, 2)]; os.execv(sys.argv[3], sys.argv[3:])"


class BrowserError(Exception):
    """Chromium refused a command, or is gone."""


def find_chromium() -> str | None:
    """The browser's path, or None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """``with Tab(path) as tab:`` one empty page of ``width`` x ``height`` CSS pixels, until the block ends."""

    def __init__(self, chromium: str, width: int = 1280, height: int = 1600) -> None:
        self._command = [
            chromium, "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run",
            "--hide-scrollbars",
            "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--mute-audio", "--force-device-scale-factor=1", f"--window-size={width},{height}",
            # Nothing is looked up but this machine, so that a saved page stays alone.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]  # fmt: skip
        self._size = width, height
        self._waiting = b""
        self._number = 0

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        # Numbers above those that Chromium wants, so that neither is overwritten before it is copied.
        high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10) for descriptor in (theirs_in, theirs_out)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _EXECUTE, *map(str, high), *self._command,
             f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=high, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for descriptor in (theirs_in, theirs_out, *high):
            os.close(descriptor)
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        width, height = self._size
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._to)
        try:
            self._process.wait(10)  # it ends when nobody is left to command it
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._from)
        self._profile.cleanup()

    def call(self, method: str, **parameters: object) -> Json:
        """A command's result.

        Raises:
            BrowserError: it was refused, or there was no answer.
        """
        self._number += 1
        message: Json = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._read(deadline, method)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def navigate(self, url: str) -> None:
        """Go there as if the address had been typed, and wait until the page has loaded.

        Raises:
            BrowserError: there is no such page.
        """
        result = self.call("Page.navigate", url=url)
        if "errorText" in result:
            raise BrowserError(f"{url}: {result['errorText']}")
        if "loaderId" in result:  # else only the fragment is another
            deadline = time.monotonic() + PATIENCE
            while self._read(deadline, url).get("method") != "Page.loadEventFired":
                pass

    def evaluate(self, script: str) -> Any:
        """What the script, or the promise it gives, comes to.

        Raises:
            BrowserError: it threw.
        """
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def _read(self, deadline: float, what: str) -> Json:
        while b"\0" not in self._waiting:
            if not select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise BrowserError(f"{what}: no answer in {PATIENCE:.0f} seconds")
            chunk = os.read(self._from, 1 << 20)
            if not chunk:
                raise BrowserError(f"{what}: Chromium is gone")
            self._waiting += chunk
        message, _, self._waiting = self._waiting.partition(b"\0")
        return dict(json.loads(message))
