"""`python -m tests.proofs [name ...]`: what is known of the breaker, found out anew.

Exit code: 0 only if nothing was violated and every missing condition was found out.
"""

import sys
import time
from collections.abc import Callable, Mapping

from tests.proofs import processes, proof_protocol, schedules_proof, stateful_proof
from tests.proofs.report import Report, show

PROOFS: Mapping[str, tuple[str, Callable[[], Report]]] = {
    "protocol": ("the protocol as a model, in every order of its steps", proof_protocol.prove),
    "schedules": ("the real code, interleaved at every request", schedules_proof.prove),
    "histories": ("random histories, in memory and on DynamoDB", stateful_proof.prove),
    "processes": ("fleets of processes that share one circuit", processes.prove),
}


def main(names: list[str]) -> int:
    """Run the named proofs, or all, and return the exit code."""
    if unknown := set(names) - set(PROOFS):
        show(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(PROOFS)}")
        return 2
    reports = [_run(name) for name in names or PROOFS]
    violations = sum(report.violations for report in reports)
    caught = sum(report.mutations_caught for report in reports)
    mutations = sum(report.mutations for report in reports)
    show(f"violations: {violations}")
    show(f"mutations caught: {caught} of {mutations}")
    return 0 if violations == 0 and caught == mutations else 1


def _run(name: str) -> Report:
    title, prove = PROOFS[name]
    show(f"{name}: {title} ...")
    since = time.monotonic()
    report = prove()
    show(f"  explored: {report.explored} ({time.monotonic() - since:.0f} s)")
    show("\n".join(f"  {line}" for line in report.details))
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
