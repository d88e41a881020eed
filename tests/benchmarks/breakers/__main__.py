"""Breakers side by side: what a dead service sees of a fleet, and what a healthy call costs.

    python -m tests.benchmarks.breakers [--sizes 2,16,64] [--runs 1]

Every fleet's breakers run one after the other at each size. Writes build/bench-breakers.json.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from itertools import count
from typing import Any

from tests.benchmarks.breakers import blackhole, overhead
from tests.benchmarks.breakers import peers as makers
from tests.benchmarks.breakers.peers import POWERTOOLS_TABLE, Place
from tests.benchmarks.report import Entry, save, within
from tests.benchmarks.surroundings import peers
from tests.proofs.processes import SHAPE, bounds_of, emulator, ours
from tests.proofs.processes_fleet import Outcome, Participant, Shape, Tally, context_with, run
from tests.proofs.processes_ours import dynamodb
from tests.proofs.report import show

TITLE = (
    "breaker            processes  reached  quiet after  calls at reset  "
    "first success  all succeed  dies again: reached"
)
Make = Callable[[Place, Shape], Participant]
IN_PROJECT: dict[str, Make] = {"powertools": makers.powertools}
ON_THEIR_OWN: dict[str, Make] = {
    "pybreaker": makers.pybreaker,
    "pybreaker+redis": makers.pybreaker_redis,
    "purgatory+redis": makers.purgatory_redis,
}
_numbers = count()


def main() -> None:
    """Run all comparisons."""
    options = _options()
    show(f"Fleets: dead from the start, {SHAPE}. {options.runs} runs.\n{TITLE}")
    with peers() as found:
        absent = found.absent
        taking_part = IN_PROJECT if absent else {**IN_PROJECT, **ON_THEIR_OWN}
        place = Place("", found.redis, found.packages, "")
        fleets = _fleets(options.sizes, options.runs, taking_part, place)
    costs = overhead.compare(found.packages, has_peers=not absent)
    for contest, rows in costs.items():
        show(f"\n{contest}: ns a call, {overhead.ROUNDS} rounds of {overhead.CALLS} calls in turn")
        show("breaker         median     min     max  ratio to ours")
        for row in rows:
            show(
                f"{row['name']:<13} {row['median']:>8.0f} {row['least']:>7.0f} {row['most']:>7.0f}"
                f" {row['ratio']:>14.2f}"
            )
    show("\na DynamoDB that takes connections and never answers ...")
    added = blackhole.seconds_added()
    show(f"a guarded call took {', '.join(f'{one:.3f}' for one in added)} s longer")
    if absent:
        show(f"\nabsent (not beaten): {', '.join(ON_THEIR_OWN)}: {absent}")
    entries = [*_costs(costs, absent), *_dead(fleets, absent), *_swallowed(added)]
    save(
        "breakers",
        entries,
        shape=asdict(SHAPE),
        fleets=fleets,
        ns_per_call=costs,
        black_hole_seconds=added,
        absent=dict.fromkeys(ON_THEIR_OWN, absent) if absent else {},
    )


def _costs(contests: dict[str, list[dict[str, Any]]], absent: str) -> Iterator[Entry]:
    for contest, rows in contests.items():
        mine = next(row for row in rows if row["name"] == overhead.OURS)
        for row in rows:
            if row is not mine:
                yield within(
                    5, f"breaker {contest}, ns", mine["median"], mine["rounds"], 2_000,
                    peer=row["median"], versus=row["name"],
                    note=f"absent: {absent}" if absent else "",
                )  # fmt: skip


def _dead(fleets: list[dict[str, Any]], absent: str) -> Iterator[Entry]:
    """Return for each size the worst of the runs, beside each peer's worst."""
    for size in sorted({row["processes"] for row in fleets}):
        rows = [row for row in fleets if row["processes"] == size]
        bound = bounds_of(size, SHAPE).reached
        mine = [row for row in rows if row["breaker"] == overhead.OURS]
        for name in dict.fromkeys(row["breaker"] for row in rows):
            if name == overhead.OURS:
                continue
            theirs = [row for row in rows if row["breaker"] == name]
            for what, column, most in (
                (f"{size} processes, dead: calls reach it", "reached", bound),
                (f"{size} processes, dead: probes at reset", "probes", 1),
            ):
                yield within(
                    6, what, max(row[column] for row in mine), len(mine), most,
                    peer=max(row[column] for row in theirs), versus=name,
                    note=f"absent: {absent}" if absent else "",
                )  # fmt: skip


def _swallowed(added: list[float]) -> Iterator[Entry]:
    *before, last = added
    yield within(
        7, "black-holed DynamoDB: seconds it adds", max(before), len(before), 0.5,
        note="peers wait for their client's own timeout, a minute: not measured",
    )  # fmt: skip
    yield within(7, "the same, once the store's breaker is open", last, 1, 0.05)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.breakers")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument(
        "--sizes", type=lambda text: [int(one) for one in text.split(",")], default=[2, 16, 64]
    )
    return parser.parse_args()


def _fleets(
    sizes: list[int], runs: int, contest: dict[str, Make], place: Place
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    context = context_with("tests.proofs.processes_warm", "tests.benchmarks.breakers.peers")
    with emulator() as endpoint:
        _create_powertools_table(endpoint)
        for size in sizes:
            for _ in range(runs):
                rows.append(_noted(overhead.OURS, ours(endpoint, size, SHAPE)))
                for name, make in contest.items():
                    theirs = replace(place, endpoint=endpoint, service=f"peer-{next(_numbers)}")
                    seen = run(context, size, SHAPE, make, partial(_arguments, theirs))
                    rows.append(_noted(name, seen))
    return rows


def _arguments(place: Place, _: Tally) -> tuple[Place, Shape]:
    return place, SHAPE


def _noted(name: str, seen: Outcome) -> dict[str, Any]:
    cells = (
        (17, name),
        (10, f"{seen.processes}"),
        (7, f"{seen.reached}"),
        (11, _seconds(seen.left_alone_after)),
        (14, f"{seen.probes}"),
        (13, _seconds(seen.succeeded_after)),
        (11, _seconds(seen.all_after)),
        (19, f"{seen.reached_again}"),
    )
    show("  ".join(text.rjust(width) for width, text in cells))
    return {"breaker": name, **asdict(seen)}


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} s"


def _create_powertools_table(endpoint: str) -> None:
    dynamodb(endpoint).create_table(
        TableName=POWERTOOLS_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


if __name__ == "__main__":
    main()
