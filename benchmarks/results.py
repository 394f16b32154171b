"""Stores the figures of benchmarks as JSON, from which ``python -m benchmarks.render`` makes tables."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "results"
CODE = ("bot", "index", "tests/support", "benchmarks", ":!benchmarks/results", ":!benchmarks/tables")
DEFAULT_MODEL = "multilingual"
LOCAL = frozenset(("--data", "--folder", "--environment"))  # options that say only where something is on this machine


def keep(name: str, figures: Mapping[str, Any]) -> None:
    """Write ``results/NAME.json``: the figures, and which command on which commit and machine measured them."""
    content = {
        "command": command_line(sys.orig_argv),
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "figures": _rounded(figures),
    }
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"kept in {path.relative_to(ROOT)}")


def named(name: str, model: str) -> str:
    """The name of a result, for a model: another than the default model has its own file."""
    return name if model == DEFAULT_MODEL else f"{name}-{Path(model).name}"


def kept() -> dict[str, dict[str, Any]]:
    """All results by name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def command_line(arguments: list[str]) -> str:
    """What a person would type, without the options that hold a path of this machine."""
    words = arguments[arguments.index("-m") + 1 :] if "-m" in arguments else arguments[1:]
    typed = [word for before, word in zip(["", *words], words, strict=False) if not {before, word} & LOCAL]
    return " ".join(["python -m", *typed])


def commit() -> str | None:
    """The commit whose code runs, with "-dirty" if the code was changed since; None where there is no git."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", *CODE)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + "-dirty" * bool(changed)


def machine() -> str:
    """Its cores and its processor's name."""
    info = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return f"{os.cpu_count()} cores, {named[1] if named else platform.processor() or platform.machine()}"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _rounded(value: Any) -> Any:
    """To six digits behind the point, which is more than any table shows."""
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    if isinstance(value, int | str | None):
        return value
    return round(float(value), 6)
