"""Run the proofs: `python -m tests.proofs [--quick] [name ...]`.

The last two lines say what was found; the exit code is 0 only if nothing was violated and every
mutation was caught.
"""

import sys
import time
from collections.abc import Mapping
from typing import Protocol

from tests.proofs import proof_protocol
from tests.proofs.report import Report, show


class Proof(Protocol):
    """One proof; the quick bound is the tests'."""

    def __call__(self, *, is_quick: bool) -> Report: ...


PROOFS: Mapping[str, Proof] = {
    "protocol": proof_protocol.prove,
}


def main(arguments: list[str]) -> int:
    """Run the proofs that are named, or all."""
    is_quick = "--quick" in arguments
    names = [name for name in arguments if not name.startswith("-")] or list(PROOFS)
    reports = [_run(name, is_quick=is_quick) for name in names]
    violations = sum(report.violations for report in reports)
    caught = sum(report.mutations_caught for report in reports)
    mutations = sum(report.mutations for report in reports)
    show(f"violations: {violations}\nmutations caught: {caught} of {mutations}")
    return int(violations > 0 or caught < mutations)


def _run(name: str, *, is_quick: bool) -> Report:
    show(f"{name} ...")
    began = time.monotonic()
    report = PROOFS[name](is_quick=is_quick)
    show(f"{name}: explored {report.explored} in {time.monotonic() - began:.0f} s")
    for line in report.details:
        show(f"  {line}")
    return report


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
