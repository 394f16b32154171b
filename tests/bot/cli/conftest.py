"""Commands in an empty folder, and an article in it."""

import io
import os
import sys
from pathlib import Path

import pytest

import index.embed.model_loader
from bot.cli.app import main
from tests.support.terminal import HARBOUR, ReadyEmbedder, Run


@pytest.fixture
def quoth(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder: (exit status, stdout, stderr)."""
    monkeypatch.setattr(index.embed.model_loader, "LazyEmbedder", ReadyEmbedder)
    monkeypatch.setattr(os, "setpriority", lambda *_: None)  # the tests' own process is not what shall stand back
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("QUOTH_") or name in {"LC_ALL", "LC_MESSAGES", "LANG"}]:
        monkeypatch.delenv(name)

    def run(*command: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["quoth", *command])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def harbour(tmp_path: Path) -> str:
    (tmp_path / "harbour.txt").write_text(HARBOUR)
    return "harbour.txt"
