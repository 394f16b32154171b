"""The ``quoth`` command, also ``python -m bot``."""

import os
import sys
from typing import NoReturn

from bot.early import begun


def main() -> NoReturn:
    early = begun(sys.argv[1:])
    from bot.cli import main as run

    status = 0
    try:
        run(early)
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # whoever read it has gone
            status = status or 1
    # All is closed and written. Taking the model and the modules apart piece by piece takes a quarter of a second.
    os._exit(status)


if __name__ == "__main__":
    main()
