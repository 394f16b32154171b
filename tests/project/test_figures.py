"""What the docs say was measured is what the benchmarks kept."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEPT = {"command", "commit", "date", "machine", "figures"}


def render(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.render", *options]
    environment = {"PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def test_the_tables_of_the_docs_are_those_of_the_results() -> None:
    done = render(ROOT, "--check")
    assert (done.returncode, done.stdout) == (0, ""), done


@pytest.mark.parametrize("name", ["README.md", "docs/figures.md"])
def test_a_figure_that_was_written_by_hand_is_noticed_and_put_right(copy: Path, name: str) -> None:
    page = copy / name
    before = page.read_text("utf-8")
    assert " 5.4 ms |" in before
    page.write_text(before.replace(" 5.4 ms |", " 4.5 ms |"), "utf-8")
    done = render(copy, "--check")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{name}: ")
    assert " 4.5 ms |" in page.read_text("utf-8")
    assert render(copy).returncode == 0
    assert page.read_text("utf-8") == before
    assert render(copy, "--check").returncode == 0


def test_a_new_figure_is_rendered(copy: Path) -> None:
    path = copy / "benchmarks" / "results" / "speed.json"
    content = json.loads(path.read_text("utf-8"))
    content["figures"]["article"] = 7.25
    path.write_text(json.dumps(content), "utf-8")
    assert render(copy, "--check").returncode == 1
    assert render(copy).returncode == 0
    for name in ("README.md", "docs/figures.md"):
        assert " 7.2 ms |" in (copy / name).read_text("utf-8")


def test_each_result_says_where_it_comes_from() -> None:
    paths = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
    assert paths
    for path in paths:
        content = json.loads(path.read_text("utf-8"))
        assert content.keys() - {"note"} == KEPT, path
        assert content["commit"] or content["note"], path
        assert content["command"].startswith("python -m "), path
        assert "/" not in content["machine"] + content["command"], path
