"""Known vulnerabilities of the packages in requirements.lock, by pip-audit.

pip-audit reports no fault for a package that it could not look up, so for all of them if it cannot reach its service.
Here only packages that were looked up count: if there are none, this says "SKIPPED"; if some are missing, it fails.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent / "requirements.lock"


def pins(lock: str) -> list[str]:
    """``name==version`` of each package; a local version, such as +cpu, has the vulnerabilities of its public one."""
    return [f"{name}=={version}" for name, version in re.findall(r"^([\w.-]+)==([^\s+;\\]+)", lock, re.MULTILINE)]


def judged(report: dict[str, Any]) -> tuple[str, int]:
    """What pip-audit's JSON report comes to, in a few words, and the exit status."""
    packages = report.get("dependencies", [])
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    if len(unknown) == len(packages):
        return "pip-audit: SKIPPED, its vulnerability service cannot be reached from here. Nothing was checked.", 0
    bad = [f"{one['name']} {one['version']}: {', '.join(vuln['id'] for vuln in one['vulns'])}"
           for one in packages if one.get("vulns")]  # fmt: skip
    if bad:
        return "pip-audit: vulnerable. Make the lock again with fixed versions.\n" + "\n".join(bad), 1
    if unknown:
        return f"pip-audit: could not look up {', '.join(unknown)}. Try again.", 1
    return f"pip-audit: no known vulnerability in {len(packages)} packages.", 0


def audit() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "pins.txt"
        listed.write_text("\n".join(pins(LOCK.read_text("utf-8"))), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off"]
        done = subprocess.run(  # noqa: S603
            [*command, "--format", "json", "--requirement", str(listed)],
            check=False, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:  # it ends with a traceback when it finds no network
        return {}
    return report


if __name__ == "__main__":
    said, status = judged(audit())
    print(said)  # noqa: T201
    sys.exit(status)
