"""Many processes, one service that dies and recovers: the harness, for any breaker.

The service is a counter in shared memory, so that what reached it is known from outside and alike
for every breaker. The processes are forked from a server that has everything imported.
"""

import multiprocessing as mp
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from typing import Any, Protocol

CALL_SECONDS = 0.25
"""Long enough for all processes to have one under way at once."""
PACE = 0.04
"""A process's pause between two calls, give or take half."""
CAP = 12.0
MAX_ARRIVALS = 400_000


class DeadError(Exception):
    """The service fails."""


class RefusedError(Exception):
    """The breaker did not let a call pass."""


class Participant(Protocol):
    """One process's breaker."""

    def call(self, function: Callable[[], None]) -> None:
        """Return when the call has succeeded. Raises DeadError; RefusedError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What every breaker is set to. Seconds."""

    fail_max: int = 5
    reset_timeout: float = 2.0
    window: float = 1.0
    timeout: float = 1.0
    margin: float = 1.0
    quiet: float = 1.0
    """Without a call for this long, the service counts as left alone."""


class Tally:
    """Counters that all processes share, by name."""

    NAMES = ("reads", "writes", "faults", "probes")

    def __init__(self, context: ForkServerContext) -> None:
        self._values = context.Array("q", len(self.NAMES))

    def add(self, name: str) -> None:
        with self._values.get_lock():
            self._values[self.NAMES.index(name)] += 1

    def seen(self) -> dict[str, int]:
        return {name: int(self._values[number]) for number, name in enumerate(self.NAMES)}


class Backend:
    """The service: when it was called, and whether it is well."""

    def __init__(self, context: ForkServerContext, processes: int) -> None:
        self.is_alive = context.Value("b", 0)
        self.is_over = context.Value("b", 0)
        self.succeeded_at = context.Array("d", processes, lock=False)
        self._count = context.Value("q", 0)
        self._arrivals = context.Array("d", MAX_ARRIVALS, lock=False)

    def call(self) -> None:
        """Raise DeadError while the service is dead."""
        with self._count.get_lock():
            self._arrivals[self._count.value] = time.monotonic()
            self._count.value += 1
        time.sleep(CALL_SECONDS)
        if not self.is_alive.value:
            raise DeadError

    @property
    def count(self) -> int:
        return int(self._count.value)

    def arrival(self, number: int) -> float:
        return float(self._arrivals[number])


Make = Callable[..., Participant]


def work(number: int, backend: Backend, barrier: Any, make: Make, arguments: Any) -> None:
    """Be one process: call, look at nothing, call again."""
    participant = make(*arguments)
    barrier.wait(120)
    while not backend.is_over.value:
        try:
            participant.call(backend.call)
        except (DeadError, RefusedError):
            pass
        else:
            backend.succeeded_at[number] = time.monotonic()
        time.sleep(PACE * random.uniform(0.5, 1.5))  # noqa: S311 - a pause


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run has shown. Seconds; None where it did not happen before the run gave up."""

    processes: int
    reached: int
    """Calls that a service dead from the start has seen, until it was left alone."""
    left_alone_after: float | None
    probes: int
    """Calls at the first reset, the service being dead still."""
    succeeded_after: float | None
    """From the recovery to the first success: the probe that closes."""
    all_after: float | None
    """From the recovery until every process has had a success."""
    reached_again: int
    """Calls that it sees when it dies again, having been healthy."""
    writes_while_healthy: int
    faults: int


class Driver:
    """Leads one run through its stages, by what reaches the service alone."""

    def __init__(self, backend: Backend, processes: int, tally: Tally) -> None:
        self._backend, self._processes, self._tally = backend, processes, tally

    def run(self, shape: Shape) -> Outcome:
        """Dead from the start; a probe; recovery; a second of health; dead again."""
        backend, began = self._backend, time.monotonic()
        left_alone = self._await_quiet(shape.quiet)
        reached = backend.count
        self._await_call(reached, shape.reset_timeout * 1.2 + 1.0)
        self._await_quiet(shape.quiet)
        probes = backend.count - reached
        recovered = time.monotonic()
        backend.is_alive.value = 1
        first, everybody = self._await_successes(recovered, shape.reset_timeout * 3.0 + 8.0)
        # What is still being written and read when the last one hears of it.
        time.sleep(shape.window * 1.3)
        before = self._tally.seen()["writes"]
        time.sleep(1.0)
        writes = self._tally.seen()["writes"] - before
        count = backend.count
        backend.is_alive.value = 0
        self._await_quiet(shape.quiet)
        return Outcome(
            processes=self._processes,
            reached=reached,
            left_alone_after=None if left_alone is None else left_alone - began,
            probes=probes,
            succeeded_after=first,
            all_after=everybody,
            reached_again=backend.count - count,
            writes_while_healthy=writes,
            faults=self._tally.seen()["faults"],
        )

    def _await_quiet(self, seconds: float) -> float | None:
        """Return when the last call came, once there are no more; None if they go on."""
        give_up = time.monotonic() + CAP
        while (now := time.monotonic()) < give_up:
            count = self._backend.count
            last = self._backend.arrival(count - 1) if count else now
            if now - last > seconds:
                return last
            time.sleep(0.02)
        return None

    def _await_call(self, count: int, seconds: float) -> None:
        give_up = time.monotonic() + seconds
        while self._backend.count == count and time.monotonic() < give_up:
            time.sleep(0.01)

    def _await_successes(self, since: float, seconds: float) -> tuple[float | None, float | None]:
        """Return when the first process and when the last one succeeded, after the recovery."""
        first: float | None = None
        while time.monotonic() < since + seconds:
            after = [moment - since for moment in self._backend.succeeded_at if moment > since]
            if after and first is None:
                first = min(after)
            if len(after) == self._processes:
                return first, max(after)
            time.sleep(0.02)
        return first, None


def context_with(*modules: str) -> ForkServerContext:
    """Return the context in which processes start quickly: these are imported once for all."""
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return context


def run(
    context: ForkServerContext,
    processes: int,
    shape: Shape,
    make: Make,
    arguments: Callable[[Tally], Any],
) -> Outcome:
    """Start the processes, lead them through one run, and end them."""
    backend, tally = Backend(context, processes), Tally(context)
    barrier = context.Barrier(processes + 1)
    started = [
        context.Process(
            target=work, args=(number, backend, barrier, make, arguments(tally)), daemon=True
        )
        for number in range(processes)
    ]
    try:
        for process in started:
            process.start()
        barrier.wait(120)
        return Driver(backend, processes, tally).run(shape)
    finally:
        backend.is_over.value = 1
        for process in started:
            if process.pid is not None:
                process.join(15)
                process.kill()
