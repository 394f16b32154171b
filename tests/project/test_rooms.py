"""What import contracts in pyproject.toml cannot say: tests import no other test module, and rooms stay small."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_MODULES, MOST_LINES = 14, 350  # of a folder, of a module


def modules(*tops: str) -> list[Path]:
    return [path for top in tops for path in sorted((ROOT / top).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """The full names of the modules that are imported, and of what is imported from them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_no_module_imports_a_test() -> None:
    for path in modules("tests", "benchmarks", "training", "fuzzing"):
        assert not [name for name in imported(path) if ".test_" in f".{name}"], path


def test_rooms_are_small() -> None:
    every = modules("benchmarks", "training", "fuzzing", "tests/support")
    assert not [(folder, count) for folder, count in Counter(p.parent for p in every).items() if count > MOST_MODULES]
    assert not [path for path in every if len(path.read_text("utf-8").splitlines()) > MOST_LINES]
