"""Everything that is measured beside a peer: `python -m tests.benchmarks [part ...]`.

Runs the parts one after another and puts their rows together in build/bench.json: for each target
of docs/performance.md what is ours, the peer's, the ratio, n, the target, and whether it is met.
Then it draws docs/charts and writes the page's tables. Exits 0 once all has been measured, met or
not. Named parts alone are run and drawn, and nothing is put together.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks import pages
from tests.benchmarks.report import BUILD, TITLE, merge
from tests.benchmarks.surroundings import PYTHON, AbsentError, packages
from tests.proofs.report import show

HERE = Path(__file__).parent
CHARTS = Path("docs/charts")
PARTS: Mapping[str, str] = {
    "stack": "cold starts and a 202, beside the usual serverless stack and the original design",
    "breakers": "breakers in process, in fleets, and without their storage",
    "counts": "calls and writes, counted by the tests that hold them",
    "cost": "dollars for a million tasks",
    "simulation": "fleets of 100 to 10,000 environments in simulated time",
    "load": "1,000 deployments through the whole local stack, at rising concurrency",
}


def main(names: list[str]) -> int:
    """Measure, and hold the results against the targets. Returns the exit code."""
    if unknown := set(names) - PARTS.keys():
        show(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
        return 2
    began = time.monotonic()
    for part in names or PARTS:
        show(f"\n== {part}: {PARTS[part]} ({time.monotonic() - began:.0f} s so far)")
        subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, "-m", f"tests.benchmarks.{part}"], check=True
        )
    draw()
    if names:
        return 0
    entries = merge(list(PARTS))
    pages.main()
    show(f"\n{TITLE}")
    for entry in entries:
        show(entry.line())
    met = sum(entry.met is True for entry in entries)
    missed = sum(entry.met is False for entry in entries)
    show(
        f"\n{met} met, {missed} not met, {len(entries) - met - missed} unknown, in "
        f"{time.monotonic() - began:.0f} s; build/bench.json"
    )
    return 0


def draw() -> None:
    """Draw what the parts have left in build/, where the peers' environment is there to draw in."""
    try:
        packages()
    except AbsentError as error:
        show(f"nothing drawn: matplotlib is {error}")
        return
    command = [str(PYTHON), str(HERE / "charts.py"), str(BUILD), str(CHARTS)]
    subprocess.run(command, check=True)  # noqa: S603 - an environment of ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
