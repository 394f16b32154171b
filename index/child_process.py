"""Python in a process of its own: for what may crash, hang or need more memory than we have to spare.

A child sees the environment without our settings, and imports this package from where we did, before anything else of
that name. Its standard error is thrown away. What it may use of the machine it limits itself, by ``limit``, before it
reads a byte.
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
    """It crashed, was stopped, or wrote more than it may."""


def start(command: Sequence[str], *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Run ``python COMMAND...``, such as ``["-m", "index.ingest.sandbox"]``; its standard output is a pipe."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUOTH_")}
    paths = [str(_ROOT), *filter(None, [environment.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and modules
        [sys.executable, "-P", *command],  # -P: the folder that we run in is not a place to import from
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def run(command: Sequence[str], data: bytes, *, seconds: float, most_bytes: int) -> bytes:
    """What the child writes when it is given ``data`` on its standard input. It is stopped after ``seconds``.

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
    with suppress(OSError), pipe:  # a child that has ended reads no further
        pipe.write(data)


def limit(*, memory: int, seconds: int) -> None:
    """Let this process have ``memory`` bytes of address space and ``seconds`` of a processor, and write no file."""
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
