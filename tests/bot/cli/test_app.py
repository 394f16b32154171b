"""What holds for all commands: their version, help, exit status, and errors in one line."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from index.ingest import sandbox
from tests.support.terminal import Run


@pytest.mark.parametrize(
    "command",
    [
        ("show", "0123456789ab"),
        ("remove", "0123456789ab"),
        ("ask", "Who?", "--article", "0123456789ab"),
        ("ask", "Who?"),
        ("summary",),
        ("sources", "--article", "missing.txt"),
        ("ask", "--questions", "missing.jsonl"),
        ("add", "http://127.0.0.1:1/private"),
        ("run",),
        ("list", "--data", "a-file/data"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_line_and_status_1(quoth: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "a-file").write_text("no folder")
    status, out, err = quoth(*command)
    assert status == 1
    assert out == ""
    assert err.startswith("quoth: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command", [("ask",), ("ask", "a", "--questions", "f"), ("nonsense",), ("show",)], ids=" ".join
)
def test_wrong_usage_is_status_2(quoth: Run, command: tuple[str, ...]) -> None:
    assert quoth(*command)[0] == 2


def test_its_version_is_that_of_the_package(quoth: Run) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
    assert quoth("--version") == (0, f"quoth {project['version']}\n", "")


@pytest.mark.parametrize("command", [("add",), ("chat",), ("ask", "When does the ferry leave?", "--article")])
def test_what_a_source_holds_is_parsed_in_the_sandbox(
    quoth: Run, harbour: str, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sandbox, "_CHILD", ("-c", "import os; os.abort()"))
    status, _, err = quoth(*command, harbour)
    assert status == 1
    assert "too much time or memory" in err


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['quoth', '--help']\nfrom bot.cli.app import main\n"
        "try: main()\nexcept SystemExit: pass\n"
    )
    code += "print([m for m in ('torch', 'numpy', 'telegram', 'pydantic', 'rich', 'httpx') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    assert re.search(r"^\s+rebuild ", out, re.MULTILINE)
