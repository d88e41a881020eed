"""`python -m infra.audit`: look for known vulnerabilities in what the locks name.

pip-audit asks PyPI's advisories. Where only a mirror of packages answers, it finds no advisory for
anything and calls that success; here that is said, and fails where AUDIT=required. What is found
always fails.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Not requirements/peers.txt: what `make bench` compares with is neither shipped nor developed with.
LOCKS = ("layers/deps/requirements.txt", "requirements/dev.txt")
_SECONDS = 300


@dataclass(frozen=True)
class Verdict:
    """What came of an audit of one lock."""

    audited: int
    unknown: int
    """Packages of which the service knows nothing."""
    found: Sequence[str]


def read(report: Mapping[str, Any]) -> Verdict:
    """Read pip-audit's report (`--format json`)."""
    packages = report["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        f" (fixed in {', '.join(vulnerability['fix_versions']) or 'nothing yet'})"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    unknown = sum("skip_reason" in package for package in packages)
    return Verdict(len(packages) - unknown, unknown, found)


def judge(lock: str, verdict: Verdict | None, *, required: bool) -> tuple[str, bool]:
    """Return what is said of a lock, and whether it may pass."""
    if verdict is None or not verdict.audited:
        return f"{lock}: NOT audited, no vulnerability service answers from here", not required
    if verdict.found:
        return "\n  ".join([f"{lock}: {len(verdict.found)} known:", *verdict.found]), False
    said = f"{lock}: {verdict.audited} packages, no known vulnerability"
    if verdict.unknown:
        return f"{said}; {verdict.unknown} could NOT be audited", not required
    return said, True


def audit(lock: str) -> Verdict | None:
    """Ask about a lock; None where the service cannot be reached."""
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / lock), "--disable-pip",
        "--no-deps", "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        return read(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def main() -> int:
    """Audit every lock and return the exit code."""
    required = os.environ.get("AUDIT") == "required"
    passed = True
    for lock in LOCKS:
        said, may_pass = judge(lock, audit(lock), required=required)
        print(f"pip-audit: {said}")
        passed = passed and may_pass
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
