"""What the container installs is pinned, hashed, and what pyproject.toml allows; and what the audit of it means."""

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
ENTRY = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$")
CONTAINER = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "python_version": "3.11",
             "python_full_version": "3.11.7", "implementation_name": "cpython"}  # fmt: skip


def locked() -> dict[str, str]:
    entries = re.split(r"\n(?! )", re.sub(r"^#.*\n", "", LOCK, flags=re.MULTILINE).strip())
    found = [ENTRY.match(entry) for entry in entries]
    assert all(found), [entry for entry, match in zip(entries, found, strict=True) if not match]
    return {match[1]: match[2] for match in found if match}


def test_each_package_is_pinned_hashed_and_there_once() -> None:
    names = list(locked())
    assert names == sorted(set(names))
    assert "--index-url" not in LOCK


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("dependency", DEPENDENCIES)
def test_each_dependency_is_there_in_a_version_that_is_allowed(dependency: str, machine: str) -> None:
    wanted = Requirement(dependency)
    here = {**{name: str(value) for name, value in default_environment().items()}, **CONTAINER}
    assert wanted.marker is None or wanted.marker.evaluate({**here, "platform_machine": machine})
    assert wanted.specifier.contains(locked()[canonicalize_name(wanted.name)])


def test_what_builds_the_package_is_there_too() -> None:
    (wanted,) = map(
        Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    )
    assert wanted.specifier.contains(locked()[wanted.name])


def test_the_container_takes_the_python_that_the_lock_is_for() -> None:
    docker = (ROOT / "Dockerfile").read_text("utf-8")
    assert set(re.findall(r"^FROM (\S+)", docker, re.MULTILINE)) == {"python:3.11-slim"}
    assert "--python-version 3.11 " in LOCK


@pytest.fixture(scope="module")
def audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "said", "status"),
    [
        ([], "SKIPPED", 0),
        ([UNKNOWN, UNKNOWN], "SKIPPED", 0),
        ([GOOD, GOOD], "no known vulnerability in 2 packages", 0),
        ([GOOD, BAD], "b 2: PYSEC-1, PYSEC-2", 1),
        ([UNKNOWN, BAD], "b 2: PYSEC-1, PYSEC-2", 1),
        ([GOOD, UNKNOWN], "could not look up c", 1),
    ],
)
def test_only_what_the_audit_has_looked_up_counts(audit: Any, packages: list[Any], said: str, status: int) -> None:
    text, found = audit.judged({"dependencies": packages})
    assert said in text
    assert found == status


def test_the_audit_asks_for_every_package(audit: Any) -> None:
    assert audit.judged({}) == audit.judged({"dependencies": []})
    assert audit.pins(LOCK) == [f"{name}=={version.removesuffix('+cpu')}" for name, version in locked().items()]


def test_ci_runs_it() -> None:
    assert 'python" .ci/audit.py' in (ROOT / ".ci" / "run").read_text("utf-8")
