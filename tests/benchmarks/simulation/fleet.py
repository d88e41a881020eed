"""One run: a fleet of environments calls a service that gets into trouble and recovers."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from breakwater.resilience.circuit import BreakerSettings
from tests.benchmarks.simulation.contest import BrokenError, Calls, Contestant, RefusedError
from tests.benchmarks.simulation.kernel import Kernel
from tests.benchmarks.simulation.ours import Ours
from tests.benchmarks.simulation.partition import READ_UNITS, WRITE_UNITS, Partition
from tests.benchmarks.simulation.powertools import Powertools, in_simulation
from tests.benchmarks.simulation.service import DeadError, Service, Trouble

OURS, PEER = "breakwater", "powertools"
CONTESTANTS = (OURS, PEER)
PAUSE = 1.0
"""An environment's mean pause between two calls: steps call vendors in bursts, and rest."""
MOST = 0.99
"""Of the fleet that have had a success again: a last straggler may not have called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens to the service and to the storage. Seconds."""

    name: str
    lasts: float
    trouble: Trouble | None = None
    slow_call: float | None = None
    capacity: float = 1.0
    """The share of the partition that the item has: it may not be alone there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run has shown. Seconds; None where it did not happen."""

    scenario: str
    breaker: str
    environments: int
    lasts: float
    struck: int
    """Calls that reached the service while it was in trouble."""
    refused: int
    broken: int
    """Calls that failed because the breaker's own storage did."""
    opened: int
    """How often a closed circuit opened."""
    opens_after: float | None
    """From the trouble's beginning."""
    probes: int
    closes_after: float | None
    """From the trouble's end to the last closing."""
    most_succeed_after: float | None
    """From the trouble's end until nearly every environment has had a success."""
    reads: int
    writes: int
    peak_reads: int
    peak_writes: int
    throttled: int


def run(
    scenario: Scenario, breaker: str, environments: int, *, settings: BreakerSettings, seed: int
) -> Outcome:
    """Run a scenario once; equal arguments give an equal outcome."""
    kernel, chance = Kernel(), Random(seed)  # noqa: S311 - a simulation's
    partition = Partition(
        kernel,
        chance,
        read_units=READ_UNITS * scenario.capacity,
        write_units=WRITE_UNITS * scenario.capacity,
    )
    calls = Calls(kernel)
    service = Service(kernel, chance, scenario.trouble)
    contestant: Contestant = (
        Ours(kernel, partition, chance, calls, settings)
        if breaker == OURS
        else Powertools(kernel, partition, calls, settings)
    )
    for number in range(environments):
        call = contestant.caller(number)
        work = _environment(number, kernel, chance, service, call, calls)
        # One after the other, as Lambda starts them, all before the trouble begins.
        kernel.start(work, at=chance.uniform(0, 10))
    with in_simulation(kernel):
        kernel.run(scenario.lasts)
        kernel.end()
    return _outcome(scenario, breaker, environments, service, calls, partition)


def _environment(
    number: int,
    kernel: Kernel,
    chance: Random,
    service: Service,
    call: Callable[[Callable[[], None]], None],
    calls: Calls,
) -> Callable[[], None]:
    def work() -> None:
        while True:
            try:
                call(lambda: service.call(number))
            except RefusedError:
                calls.refused += 1
            except BrokenError:
                calls.broken += 1
            except DeadError:
                pass
            kernel.sleep(chance.expovariate(1 / PAUSE))

    return work


def _outcome(
    scenario: Scenario,
    breaker: str,
    environments: int,
    service: Service,
    calls: Calls,
    partition: Partition,
) -> Outcome:
    trouble = scenario.trouble
    begins, ends = (trouble.begins, trouble.ends) if trouble else (0.0, 0.0)
    opened = [moment for moment in calls.opened_at if moment >= begins]
    closed = [moment for moment in calls.closed_at if moment >= ends]
    return Outcome(
        scenario=scenario.name,
        breaker=breaker,
        environments=environments,
        lasts=scenario.lasts,
        struck=service.struck,
        refused=calls.refused,
        broken=calls.broken,
        opened=len(calls.opened_at),
        opens_after=opened[0] - begins if opened else None,
        probes=calls.probes,
        closes_after=closed[-1] - ends if closed else None,
        most_succeed_after=_most_succeed(service, environments, ends),
        reads=partition.total("reads"),
        writes=partition.total("writes"),
        peak_reads=partition.peak("reads"),
        peak_writes=partition.peak("writes"),
        throttled=partition.throttled,
    )


def _most_succeed(service: Service, environments: int, ends: float) -> float | None:
    after = sorted(service.first_success.values())
    needed = int(environments * MOST)
    return after[needed - 1] - ends if len(after) >= needed > 0 else None
