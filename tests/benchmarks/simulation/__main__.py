"""A fleet's breakers at scale: the real code in simulated time.

    python -m tests.benchmarks.simulation [--sizes 100,1000,10000] [--seed 1]

Prints a table in Markdown and writes build/bench-simulation.json; the same seed, the same numbers.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.report import save
from tests.benchmarks.simulation import accepting
from tests.benchmarks.simulation.fleet import CONTESTANTS, OURS, Outcome, run
from tests.benchmarks.simulation.scenarios import SCENARIOS, settings_of
from tests.fakes.silence import silence
from tests.proofs.report import show

REPORT = Path("build/bench-simulation.json")
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
    show(f"{TITLE}\n|{'---|' * (TITLE.count('|') - 1)}")
    rows = []
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for job, outcome in zip(jobs, pool.map(_run, jobs), strict=True):
            show(_row(outcome, fail_max=job[3]))
            rows.append({"fail_max": job[3], "seed": job[4], **asdict(outcome)})
    accepted = [asdict(accepting.run(size, seed=options.seed)) for size in options.sizes]
    show(f"\n{accepting.TITLE}")
    for each in accepted:
        show(accepting.row(each))
    save(REPORT, {"fleets": rows, "accepting": accepted})


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


if __name__ == "__main__":
    main()
