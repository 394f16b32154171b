"""Runs Python code that may crash, hang or need much memory in a separate process.

The child's environment does not contain our settings. It imports this package from the same place as we do. Its
standard error is discarded. The child limits its own memory and time, with ``limit``, before it reads any input.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).parents[1]


class ChildFailed(Exception):
    """The child crashed, was stopped, or wrote too much."""


def start(command: Sequence[str], *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Run ``python COMMAND...``, such as ``["-m", "index.ingest.sandbox"]``; its standard output is a pipe."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUOTH_")}
    paths = [str(_ROOT), *filter(None, [environment.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and modules
        [sys.executable, "-P", *command],  # -P: do not import from the working folder
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def run(command: Sequence[str], data: bytes, *, seconds: float, most_bytes: int) -> bytes:
    """The output of a child that gets ``data`` on its standard input. It is stopped after ``seconds``.

    Raises:
        ChildFailed: its exit status is not 0, it took too long, or it wrote more than ``most_bytes``.
    """
    with start(command, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        stopper = threading.Timer(seconds, child.kill)
        feeder = threading.Thread(target=_feed, args=(child.stdin, data))
        stopper.start()
        feeder.start()
        try:
            written = child.stdout.read(most_bytes + 1)
            if len(written) <= most_bytes:
                child.wait()
        finally:
            stopper.cancel()
            child.kill()
            feeder.join()
    if child.returncode or len(written) > most_bytes:
        raise ChildFailed
    return written


def _feed(pipe: IO[bytes], data: bytes) -> None:
    with suppress(OSError), pipe:  # the child may end before it has read everything
        pipe.write(data)


def limit(*, memory: int, seconds: int) -> None:
    """Limit this process to ``memory`` bytes of address space and ``seconds`` of processor time, and forbid it to write
    files."""
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > most:
            resource.setrlimit(kind, (most, most))
