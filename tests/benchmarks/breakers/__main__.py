"""Breakers side by side: what a dead service sees of a fleet, and what a healthy call costs.

    python -m tests.benchmarks.breakers [--sizes 2,16,64] [--runs 1]

Prints two tables and writes build/bench-breakers.json.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from tests.benchmarks.breakers import installed, overhead, peers
from tests.benchmarks.breakers.peers import POWERTOOLS_TABLE, Place
from tests.proofs.processes import SHAPE, emulator, ours
from tests.proofs.processes_fleet import Outcome, Participant, Shape, context_with, run
from tests.proofs.processes_ours import dynamodb
from tests.proofs.report import show

REPORT = Path("build/bench-breakers.json")
TITLE = (
    "breaker            processes  reached  quiet after  calls at reset  "
    "first success  all succeed  dies again: reached"
)
IN_PROJECT = {"powertools": peers.powertools}
ON_THEIR_OWN: dict[str, Callable[[Place, Shape], Participant]] = {
    "pybreaker": peers.pybreaker,
    "pybreaker+redis": peers.pybreaker_redis,
    "purgatory+redis": peers.purgatory_redis,
}
_numbers = count()


def main() -> None:
    """Run both comparisons."""
    options = _options()
    packages, absent = installed.install()
    show(f"Fleets: dead from the start, {SHAPE}. The worst of {options.runs} runs.\n{TITLE}")
    fleets = _fleets(options.sizes, options.runs, packages, absent)
    costs = overhead.compare(packages, has_peers=absent is None)
    for contest, rows in costs.items():
        show(f"\n{contest}: ns a call, {overhead.ROUNDS} rounds of {overhead.CALLS} calls in turn")
        show("breaker         median     min     max  ratio to ours")
        for row in rows:
            show(
                f"{row['name']:<13} {row['median']:>8.0f} {row['least']:>7.0f} {row['most']:>7.0f}"
                f" {row['ratio']:>14.2f}"
            )
    if absent is not None:
        show(f"\nabsent (not beaten): {', '.join(ON_THEIR_OWN)}: {absent}")
    REPORT.parent.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    REPORT.write_text(
        json.dumps(
            {
                "machine": machine,
                "shape": asdict(SHAPE),
                "fleets": fleets,
                "ns_per_call": costs,
                "absent": dict.fromkeys(ON_THEIR_OWN, absent) if absent else {},
            },
            indent=2,
        )
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.breakers")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument(
        "--sizes", type=lambda text: [int(one) for one in text.split(",")], default=[2, 16, 64]
    )
    return parser.parse_args()


def _fleets(sizes: list[int], runs: int, packages: str, absent: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    context = context_with("tests.proofs.processes_warm", "tests.benchmarks.breakers.peers")
    makers = IN_PROJECT if absent else {**IN_PROJECT, **ON_THEIR_OWN}
    redis = nullcontext("") if absent else installed.redis()
    with emulator() as endpoint, redis as url:
        _create_powertools_table(endpoint)
        for size in sizes:
            outcomes = [ours(endpoint, size, SHAPE) for _ in range(runs)]
            rows += _noted(overhead.OURS, outcomes)
            for name, make in makers.items():
                outcomes = [
                    run(
                        context,
                        size,
                        SHAPE,
                        make,
                        lambda _: (
                            Place(endpoint, url, packages, f"peer-{number}"),  # noqa: B023
                            SHAPE,
                        ),
                    )
                    for number in (next(_numbers) for _ in range(runs))
                ]
                rows += _noted(name, outcomes)
    return rows


def _noted(name: str, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    first = outcomes[0]
    cells = (
        (17, name),
        (10, f"{first.processes}"),
        (7, f"{max(one.reached for one in outcomes)}"),
        (11, _seconds([one.left_alone_after for one in outcomes])),
        (14, f"{max(one.probes for one in outcomes)}"),
        (13, _seconds([one.succeeded_after for one in outcomes])),
        (11, _seconds([one.all_after for one in outcomes])),
        (19, f"{max(one.reached_again for one in outcomes)}"),
    )
    show("  ".join(text.rjust(width) for width, text in cells))
    return [{"breaker": name, **asdict(one)} for one in outcomes]


def _seconds(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{max(known):.2f} s" if len(known) == len(values) else "never"


def _create_powertools_table(endpoint: str) -> None:
    dynamodb(endpoint).create_table(
        TableName=POWERTOOLS_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


if __name__ == "__main__":
    main()
