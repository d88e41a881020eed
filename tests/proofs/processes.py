"""Proof (d): many processes share one circuit on an emulated DynamoDB.

The service is dead from the start, gets its probe, recovers, is healthy for a while and dies again.
What is checked is what the service sees, and the emulator is first shown to be atomic.
"""

import itertools
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.emulator import running_emulator
from infra.local.ports import free_port
from tests.fakes.aws import create_tables
from tests.proofs.processes_fleet import Outcome, Shape, context_with, run
from tests.proofs.processes_ours import Ours, dynamodb
from tests.proofs.report import Report, show

SHAPE = Shape()
SIZES = (2, 16, 64)
RUNS = 3
RACERS, ROUNDS = 8, 20
TITLE = (
    "processes  reached/bound  quiet after  probes  first success/limit  all succeed  "
    "dies again: reached/bound  writes while healthy"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run may show at most."""

    reached: int
    """Every process but the one that counts the last failure may have a call under way, or make
    one on what it read up to a window ago: one in all, for its failure tells it."""
    reached_again: int
    """After health each of them may have kept one failure to itself besides."""
    succeeded_after: float
    all_after: float


def bounds_of(processes: int, shape: Shape) -> Bounds:
    """Return the guarantees for that many processes."""
    open_for = shape.reset_timeout * 2 * 1.1
    # Who has just looked waits for its window, then probes.
    closed = open_for + shape.window * 1.2 + shape.timeout + shape.margin
    return Bounds(
        reached=shape.fail_max + processes - 1,
        reached_again=shape.fail_max + 2 * (processes - 1),
        succeeded_after=closed,
        # Whoever was refused asks again within a window and its jitter; then its call takes a time.
        all_after=closed + shape.window * 1.2 + 1.0,
    )


def violations_of(outcome: Outcome, shape: Shape) -> list[str]:
    """Return which guarantees a run has broken."""
    bounds, n = bounds_of(outcome.processes, shape), outcome.processes
    checks = {
        f"{outcome.faults} requests to the store failed": outcome.faults == 0,
        f"{outcome.reached} calls reached the dead service": outcome.reached <= bounds.reached,
        "the calls never stopped": outcome.left_alone_after is not None,
        f"{outcome.probes} probes at one reset": outcome.probes == 1,
        f"first success after {outcome.succeeded_after}": _within(
            outcome.succeeded_after, bounds.succeeded_after
        ),
        f"all succeeded after {outcome.all_after}": _within(outcome.all_after, bounds.all_after),
        f"{outcome.reached_again} calls reached it when it died again": (
            outcome.reached_again <= bounds.reached_again
        ),
        f"{outcome.writes_while_healthy} writes while healthy": outcome.writes_while_healthy == 0,
    }
    return [f"N={n}: {what}" for what, holds in checks.items() if not holds]


def prove(sizes: tuple[int, ...] = SIZES, runs: int = RUNS) -> Report:
    """Run the fleets and return what broke; one line for each size with the worst of its runs."""
    broken, done = [], 0
    show(TITLE)
    with emulator() as endpoint:
        broken += atomicity_faults(dynamodb(endpoint))
        for processes in sizes:
            outcomes = [ours(endpoint, processes, SHAPE) for _ in range(runs)]
            done += len(outcomes)
            broken += [broke for one in outcomes for broke in violations_of(one, SHAPE)]
            show(row(outcomes, SHAPE))
    explored = f"{done} runs of {', '.join(map(str, sizes))} processes"
    return Report(explored=explored, violations=len(broken), details=broken)


_numbers = itertools.count()


def ours(endpoint: str, processes: int, shape: Shape) -> Outcome:
    """Return one run of Breakwater's breaker, on a circuit of its own."""
    service = f"service-{next(_numbers)}"
    context = context_with("tests.proofs.processes_warm")
    return run(context, processes, shape, Ours, lambda tally: (endpoint, service, shape, tally))


@contextmanager
def emulator() -> Iterator[str]:
    """Yield the endpoint of an emulated DynamoDB with the breaker's tables."""
    with (
        tempfile.TemporaryDirectory(prefix="breakers-") as folder,
        running_emulator(free_port(), Path(folder) / "emulator") as running,
    ):
        create_tables(dynamodb(running.endpoint))
        yield running.endpoint


def atomicity_faults(client: Any) -> list[str]:
    """Let threads race for the same conditional write; each race has one winner."""
    winners: list[int] = []
    ready = threading.Barrier(RACERS)

    def race() -> None:
        for number in range(ROUNDS):
            ready.wait(30)
            try:
                client.update_item(
                    TableName="circuits",
                    Key={"service": {"S": f"race-{number}"}},
                    UpdateExpression="SET probe_owner = :me",
                    ConditionExpression="attribute_not_exists(probe_owner)",
                    ExpressionAttributeValues={":me": {"S": "me"}},
                )
            except ClientError:
                continue
            winners.append(number)

    racers = [threading.Thread(target=race) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    if sorted(winners) == list(range(ROUNDS)):
        return []
    return [f"the emulator is not atomic: {ROUNDS} races had {len(winners)} winners"]


def row(outcomes: list[Outcome], shape: Shape) -> str:
    """Return the worst of some runs of one size."""
    bounds = bounds_of(outcomes[0].processes, shape)

    def worst(name: str) -> float:
        values = [getattr(outcome, name) for outcome in outcomes]
        return float("inf") if None in values else float(max(values))

    cells = (
        (9, f"{outcomes[0].processes}"),
        (13, f"{worst('reached'):.0f}/{bounds.reached}"),
        (11, f"{worst('left_alone_after'):.2f} s"),
        (6, f"{worst('probes'):.0f}"),
        (19, f"{worst('succeeded_after'):.2f}/{bounds.succeeded_after:.1f} s"),
        (11, f"{worst('all_after'):.2f} s"),
        (25, f"{worst('reached_again'):.0f}/{bounds.reached_again}"),
        (20, f"{worst('writes_while_healthy'):.0f}"),
    )
    return "  ".join(text.rjust(width) for width, text in cells)


def _within(value: float | None, limit: float) -> bool:
    return value is not None and value <= limit
