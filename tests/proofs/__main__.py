"""`python -m tests.proofs`: what is known of the breaker, found out anew.

Exit code: 0 only if nothing was violated and every missing condition was found out.
"""

import sys
import time
from collections.abc import Callable, Mapping

from tests.proofs import processes, stateful_proof
from tests.proofs.report import Report, show

PROOFS: Mapping[str, Callable[[], Report]] = {
    "random histories of the real breaker, in memory and on DynamoDB": stateful_proof.prove,
    "fleets of processes that share one circuit": processes.prove,
}


def main() -> int:
    """Run every proof and return the exit code."""
    reports = []
    for name, prove in PROOFS.items():
        show(f"{name} ...")
        since = time.monotonic()
        report = prove()
        reports.append(report)
        show(f"  explored: {report.explored} ({time.monotonic() - since:.0f} s)")
        if report.violations or report.mutations_caught < report.mutations:
            show("\n".join(f"  {line}" for line in report.details))
    violations = sum(report.violations for report in reports)
    caught = sum(report.mutations_caught for report in reports)
    mutations = sum(report.mutations for report in reports)
    show(f"violations: {violations}")
    show(f"mutations caught: {caught} of {mutations}")
    return 0 if violations == 0 and caught == mutations else 1


if __name__ == "__main__":
    sys.exit(main())
