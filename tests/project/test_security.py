"""What SECURITY.md says is where it says, and secrets come in by one way and are opened in one place."""

import ast
import re
from pathlib import Path

import pytest
import typer

from bot.cli.app import app

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
TABLE = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in SECURITY.splitlines() if line.startswith("| ")
]
ROWS = {row[0]: row[1:] for row in TABLE[2:]}


def functions(path: Path) -> set[str]:
    found = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("what", ROWS)
def test_each_row_names_files_and_tests_that_are_there(what: str) -> None:
    _, where, proof = ROWS[what]
    files = re.findall(r"`([^`]+)`", where)
    assert files
    assert all((ROOT / file).is_file() for file in files)
    tests = [test.split("::") for test in re.findall(r"`([^`]+)`", proof)]
    assert tests
    for file, name in tests:
        assert name.startswith("test_")
        assert name in functions(ROOT / file), name


def test_the_table_is_whole() -> None:
    assert TABLE[0] == ["what comes in", "what is made sure of", "where", "proved by"]
    assert len(ROWS) == len(TABLE) - 2
    assert "SECURITY.md" in (ROOT / "README.md").read_text("utf-8")


def test_secrets_are_opened_in_one_place() -> None:
    """Where ``get_secret_value`` is called, the token could go into a log."""
    paths = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "index").rglob("*.py")]
    calls = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8").count("get_secret_value") for path in paths}
    assert {name: times for name, times in calls.items() if times} == {"bot/telegram/app.py": 2}


def test_no_secret_is_given_on_the_command_line() -> None:
    """Where everybody on the machine could read it."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    options = {name for command in commands.values() for one in command.params for name in (one.name, *one.opts)}
    assert "--data" in options
    assert not [name for name in options if re.search("token|secret|key|password", name)]
