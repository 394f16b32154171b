"""The ``quoth`` command, also ``python -m bot``."""

import os
import sys
import threading
from typing import NoReturn

from bot.cli.preload import preload


def main() -> NoReturn:
    """Run the command and end the process with its status."""
    preloaded = preload(sys.argv[1:])
    from bot.cli.app import main as run

    status = 0
    try:
        run(preloaded)
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the reader of the pipe has gone
            status = status or 1
    if any(thread.name.startswith("model") for thread in threading.enumerate()):
        sys.exit(status)  # once it is loaded, or prepared and its folder tidy
    # Everything is closed and written. Freeing the model and the modules piece by piece takes a quarter of a second.
    os._exit(status)


if __name__ == "__main__":
    main()
