"""Everything that is measured beside a peer: `python -m tests.benchmarks`.

Runs the benchmarks one after another and writes build/bench.json: for each target its name, ours,
the peer's, the ratio, n, the target, and whether it is met. Exits 0 once all has been measured.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.report import save
from tests.benchmarks.simulation.partition import READ_UNITS, WRITE_UNITS
from tests.proofs.report import show

BUILD = Path("build")
PARTS = ("stack", "breakers", "simulation")


def main() -> None:
    """Measure, and hold the results against the targets."""
    for part in PARTS:
        show(f"\n== {part}")
        command = [sys.executable, "-m", f"tests.benchmarks.{part}"]
        subprocess.run(command, check=True)  # noqa: S603 - our own modules
    entries = [
        *_stack(_read("stack")),
        *_breakers(_read("breakers")),
        *_fleets(_read("simulation")),
    ]
    show("\ntarget                                   ours       peer   ratio    n  target  met")
    for entry in entries:
        peer, ratio = (_number(entry[name]) for name in ("peer", "ratio"))
        show(
            f"{entry['name']:<36} {_number(entry['ours']):>8} {peer:>10} {ratio:>7} "
            f"{entry['n']:>4}  {entry['target']:<7} {'yes' if entry['met'] else 'NO'}"
        )
    save(BUILD / "bench.json", {"entries": entries})


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BUILD / f"bench-{part}.json").read_text())
    return found


def _stack(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    by_name = {(each["what"], each["who"]): each for each in found["cpu_ms"]}
    for name, what, most in (
        ("API cold init, CPU ms", "cold", 0.42),
        ("one 202 request, CPU ms", "request", 1.0 / 1.76),
    ):
        ours, peer = by_name[what, "breakwater"], by_name[what, "usual stack"]
        yield _entry(name, ours["median"], peer["median"], ours["n"], most)


def _breakers(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for contest, rows in found["ns_per_call"].items():
        by_name = {row["name"]: row for row in rows}
        ours, peer = by_name["breakwater"], by_name["powertools"]
        entry = _entry(f"breaker {contest}, ns", ours["median"], peer["median"], ours["rounds"], 0)
        yield {**entry, "target": "2000", "met": ours["median"] <= 2_000}


def _fleets(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    size = max(row["environments"] for row in found["fleets"])
    rows = [row for row in found["fleets"] if row["environments"] == size]
    ours, peer = ([row for row in rows if row["breaker"] == who] for who in _WHO)
    for name, of, units, limit in (
        ("hot item, read units/s at most", "peak_reads", 0.5, READ_UNITS),
        ("hot item, writes/s at most", "peak_writes", 1.0, WRITE_UNITS),
    ):
        most, theirs = (max(row[of] for row in each) * units for each in (ours, peer))
        entry = _entry(f"{name}, {size:,}", most, theirs, len(ours), 0)
        yield {**entry, "target": f"{limit:.0f}", "met": most <= limit}


_WHO = ("breakwater", "powertools")


def _entry(name: str, ours: float, peer: float, n: int, target: float) -> dict[str, Any]:
    ratio = ours / peer if peer else None
    met = ratio is not None and ratio <= target
    return {
        "name": name, "ours": ours, "peer": peer, "ratio": ratio, "n": n,
        "target": f"{target:.2f} x", "met": met,
    }  # fmt: skip


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


if __name__ == "__main__":
    main()
