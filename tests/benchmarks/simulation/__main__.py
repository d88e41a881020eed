"""A fleet's breakers at scale: the real code in simulated time.

    python -m tests.benchmarks.simulation [--sizes 100,1000,10000] [--seed 1]

Prints a table in Markdown and writes build/bench-simulation.json; the same seed, the same numbers.
"""

import argparse
import gc
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

from tests.benchmarks.report import Entry, save, within
from tests.benchmarks.simulation import accepting
from tests.benchmarks.simulation.fleet import CONTESTANTS, OURS, PEER, Outcome, run
from tests.benchmarks.simulation.partition import READ, READ_UNITS, WRITE_UNITS
from tests.benchmarks.simulation.scenarios import SCENARIOS, settings_of
from tests.fakes.silence import silence
from tests.proofs.report import show

SIZES = (100, 1_000, 10_000)
FAIL_MAX = 5
SHARES_AT_SCALE = (0.05, 0.1, 1.0)
FAIL_MAX_AT_SCALE = 100
"""What the runbook gives a fleet of ten thousand."""
TITLE = (
    "| environments | scenario | breaker | calls that reach it | opens after | probes "
    "| closes after | 99 % succeed after | reads/s: mean, most | writes/s: most "
    "| throttled | failed by the storage |"
)
Job = tuple[int, str, int, int, int]
"""Place of the scenario, breaker, environments, fail_max, seed."""


def main() -> None:
    """Simulate every scenario at every size."""
    options = _options()
    jobs = _jobs(options.sizes, options.seed)
    table: list[str] = []
    note(table, f"{TITLE}\n|{'---|' * (TITLE.count('|') - 1)}")
    outcomes = []
    with ProcessPoolExecutor(
        max_workers=os.cpu_count(),
        # Thousands of environments stay: looking through them takes long.
        initializer=gc.set_threshold,
        initargs=(200_000,),
    ) as pool:
        for job, outcome in zip(jobs, pool.map(_run, jobs), strict=True):
            note(table, _row(outcome, fail_max=job[3]))
            outcomes.append((job[3], outcome))
    accepted = [accepting.run(size, seed=options.seed) for size in options.sizes]
    note(table, f"\n### Accepting\n\n{accepting.TITLE}")
    for each in accepted:
        note(table, _accepted(each))
    most = [one for fail_max, one in outcomes if fail_max == FAIL_MAX]
    fleets = [{"fail_max": fail_max, **asdict(one)} for fail_max, one in outcomes]
    last = accepted[-1]
    save(
        "simulation",
        [
            *entries(most),
            within(
                8,
                f"{last.environments:,} accepting: writes/s, a shard of `due`",
                last.peak_shard,
                1,
                WRITE_UNITS,
            ),
        ],
        seed=options.seed,
        fail_max=FAIL_MAX,
        write_units=WRITE_UNITS,
        fleets=fleets,
        accepting=[asdict(each) for each in accepted],
        table=table,
    )


def note(table: list[str], lines: str) -> None:
    """Show lines of the table at once, and keep them for the page."""
    show(lines)
    table.append(lines)


def entries(outcomes: list[Outcome]) -> list[Entry]:
    """Hold the largest fleet against the limits of one item's partition."""
    size = max(one.environments for one in outcomes)
    mine, theirs = (
        [one for one in outcomes if one.environments == size and one.breaker == who]
        for who in CONTESTANTS
    )
    rows = [
        within(
            8,
            f"{size:,} environments: {name}",
            max(getattr(one, column) for one in mine) * units,
            len(mine),
            limit,
            peer=max(getattr(one, column) for one in theirs) * units,
            versus=PEER,
        )
        for name, column, units, limit in (
            ("read units/s", "peak_reads", READ, READ_UNITS),
            ("writes/s", "peak_writes", 1.0, WRITE_UNITS),
        )
    ]
    dead, theirs_dead = (
        next(one for one in each if one.scenario == "outage") for each in (mine, theirs)
    )
    return rows + [
        Entry(
            number=8, name=f"{size:,} environments: {name}", ours=getattr(dead, column), n=1,
            target="reported", met=None if getattr(dead, column) is None else True,
            peer=getattr(theirs_dead, column), versus=PEER,
        )
        for name, column in (("s to trip", "opens_after"), ("s to close", "closes_after"))
    ]  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.simulation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--sizes", type=lambda text: [int(one) for one in text.split(",")], default=list(SIZES)
    )
    return parser.parse_args()


def _jobs(sizes: list[int], seed: int) -> list[Job]:
    jobs = [
        (place, breaker, size, FAIL_MAX, seed)
        for size in sizes
        for place in range(len(SCENARIOS))
        for breaker in CONTESTANTS
    ]
    most = max(sizes)
    return jobs + [
        (place, OURS, most, FAIL_MAX_AT_SCALE, seed)
        for place, scenario in enumerate(SCENARIOS)
        if scenario.trouble and scenario.trouble.share in SHARES_AT_SCALE and scenario.trouble.fails
    ]


def _run(job: Job) -> Outcome:
    place, breaker, environments, fail_max, seed = job
    scenario = SCENARIOS[place]
    settings = settings_of(scenario, fail_max=fail_max)
    with silence():  # each environment would say that its storage is throttled
        return run(scenario, breaker, environments, settings=settings, seed=seed)


def _row(outcome: Outcome, *, fail_max: int) -> str:
    name = outcome.breaker if fail_max == FAIL_MAX else f"{outcome.breaker}, fail_max {fail_max}"
    cells = (
        f"{outcome.environments:,}",
        outcome.scenario,
        name,
        f"{outcome.struck:,}",
        _seconds(outcome.opens_after),
        f"{outcome.probes}",
        _seconds(outcome.closes_after),
        _seconds(outcome.most_succeed_after),
        f"{outcome.reads / outcome.lasts:,.0f}, {outcome.peak_reads:,}",
        f"{outcome.peak_writes:,}",
        f"{outcome.throttled:,}",
        f"{outcome.broken:,}",
    )
    return f"| {' | '.join(cells)} |"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _accepted(found: accepting.Accepted) -> str:
    cells = (
        f"{found.environments:,}",
        f"{found.requests:,}",
        f"{found.refused:,}",
        f"{found.accepted:,}",
        f"{found.at_once:,}",
        f"{found.swept:,}",
        f"{found.swept_after:.0f} min",
        f"{found.lost}",
        f"{found.twice}",
        f"{found.calls / found.accepted:.2f}",
        f"{found.peak_shard:,}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
