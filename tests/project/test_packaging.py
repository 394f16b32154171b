"""What a newcomer reads is what there is: commands, settings, the container, the one-way arrows."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCS = README + "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
TERMINAL = (ROOT / "docs" / "terminal.md").read_text("utf-8")


def commands() -> list[str]:
    return sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_docs(command: str) -> None:
    assert f"`quoth {command}" in TERMINAL


def test_the_docs_name_no_command_that_is_not_there() -> None:
    assert set(re.findall(r"`quoth ([a-z]+)", DOCS)) <= set(commands())


@pytest.mark.parametrize("package", ["index"])
def test_the_engine_knows_nothing_of_the_bot(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & {"bot", "telegram", "typer", "rich"}, path


def test_the_container_does_what_the_readme_says() -> None:
    docker = (ROOT / "Dockerfile").read_text("utf-8")
    torch = next(d for d in _project()["dependencies"] if d.startswith("torch=="))
    index = "--extra-index-url https://download.pytorch.org/whl/cpu"
    assert f"pip install --no-deps {index} {torch} && pip install . &&" in _first_command()
    assert index in docker.replace("\\\n", "")
    assert f"\n{torch}+cpu" in (ROOT / "requirements.lock").read_text("utf-8")
    # Nothing comes from the network but what the lock names and hashes.
    first, second = re.findall(r"pip install (.+)", docker.replace("\\\n", ""))
    assert {"--require-hashes", "--no-deps", "--only-binary", "requirements.lock"} <= set(first.split())
    assert second.split() == ["--no-deps", "--no-build-isolation", ".", "&&", "pip", "check"]
    assert re.search(r"^USER (?!root)", docker, re.MULTILINE)
    for folder in re.findall(r"^COPY (?!--from)(?:--chown=\S+ )?((?:\S+ )+)\S+$", docker, re.MULTILINE):
        assert all((ROOT / name).exists() for name in folder.split())
    # The user who will need the model proves that it is there, and that what was left behind is not missed.
    assert docker.index("pip uninstall") < docker.index("USER quoth") < docker.rindex("quoth chat")


def test_the_container_asks_the_bot_how_it_is() -> None:
    docker, compose = ((ROOT / name).read_text("utf-8") for name in ("Dockerfile", "compose.yaml"))
    (check,) = re.findall(r'^HEALTHCHECK .*CMD test -z "\$QUOTH_METRICS_PORT" \|\| quoth (\w+)$', docker, re.MULTILINE)
    assert check in commands()
    (port,) = re.findall(r"QUOTH_METRICS_PORT=(\d+)", docker)
    # .env may have an empty one, which compose.yaml has to win over.
    assert f"      QUOTH_METRICS_PORT: {port}\n" in compose.partition("environment:")[2]
    assert not re.search(rf"^EXPOSE .*\b{port}\b", docker, re.MULTILINE)


def test_a_year_of_logs_does_not_fill_the_disk() -> None:
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    assert "    logging:\n      driver: local\n" in compose  # which rotates by itself


def test_every_module_and_every_file_that_one_reads_is_installed() -> None:
    config = _setuptools()
    assert config["packages"]["find"] == {"include": ["bot*", "index*"]}
    for top in ("bot", "index"):
        folders = {path.parent for path in (ROOT / top).rglob("*.py")}
        assert all((folder / "__init__.py").is_file() for folder in folders)
        kept = [path for path in (ROOT / top).rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
        assert kept
        for path in kept:
            package = next(parent for parent in path.parents if (parent / "__init__.py").is_file())
            name = path.relative_to(package)
            assert any(name.match(pattern) for pattern in config["package-data"]["*"]), path


def test_the_first_command_of_the_readme_talks_about_an_article_that_is_there() -> None:
    assert (ROOT / _first_command().rsplit(" ", 1)[1]).is_file()


def test_the_readme_is_read_in_three_minutes() -> None:
    assert len(README.split()) <= 1000


def test_links_between_the_docs_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = page.read_text("utf-8")
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)", text):
            there = page.parent / target if target else page
            assert there.exists(), (page.name, target)
            if anchor:
                assert anchor in _anchors(there.read_text("utf-8")), (page.name, anchor)


def test_files_that_the_docs_name_are_there() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for page in pages:
        for name in re.findall(r"`((?:bot|docs|examples|index|tests)/[\w./-]+)`", page.read_text("utf-8")):
            assert (ROOT / name).exists(), (page.name, name)


def _first_command() -> str:
    return next(line for line in README.splitlines() if line.startswith("python3 -m venv"))


def _anchors(page: str) -> set[str]:
    """As the web shows them: lower case, without marks, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _project() -> dict[str, list[str]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]  # type: ignore[no-any-return]


def _setuptools() -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]  # type: ignore[no-any-return]
