"""Writes what was measured into docs/performance.md: `python -m tests.benchmarks.pages`.

`make bench` does it by itself. Each block stands between two marks; one whose part was not measured
is left as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.blocks import rewritten
from tests.benchmarks import report
from tests.benchmarks.report import Entry

PAGE = Path("docs/performance.md")
Part = Mapping[str, Any]


def targets(found: Part) -> Iterable[str]:
    """Return every row, met or not."""
    entries = [Entry.of(row) for row in found["entries"]]
    yield "| # | | ours | peer | ratio | n | target | met | peer's name, remarks |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for entry in entries:
        yield f"| {' | '.join(entry.cells())} |"
    yield ""
    machine = found["machine"]
    yield f"Measured on {found['on']}, {machine['cpus']} CPUs, Python {machine['python']}."


def simulated(found: Part) -> Iterable[str]:
    """Return the fleets' table, and that of accepting."""
    yield from found["table"]


def loaded(found: Part) -> Iterable[str]:
    """Return what each level of load came to."""
    columns = ("clients", "tasks", "accepted/s", "accept p50, p99", "accept to success p50, p99")
    yield f"| {' | '.join(columns)} | ended/s |"
    yield "|---|---|---|---|---|---|"
    for one in found["levels"]:
        yield (
            f"| {one['clients']} | {one['tasks']} | {one['accepted_a_second']:.1f} "
            f"| {one['accept_p50']:.3f} s, {one['accept_p99']:.3f} s "
            f"| {one['success_p50']:.2f} s, {one['success_p99']:.2f} s "
            f"| {one['ended_a_second']:.1f} |"
        )
    yield ""
    yield f"Accepting saturates at {found['saturates_at']} clients."


BLOCKS: Mapping[str, tuple[str, Callable[[Part], Iterable[str]]]] = {
    "targets": ("bench.json", targets),
    "simulation": ("bench-simulation.json", simulated),
    "load": ("bench-load.json", loaded),
}


def block(name: str) -> str | None:
    """Return what was measured for a block; None where nothing was."""
    file, lines = BLOCKS[name]
    measured = report.BUILD / file
    return "\n".join(lines(report.load(measured))) if measured.exists() else None


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(rewritten(PAGE.read_text(), "bench", block))


if __name__ == "__main__":
    main()
