"""What breakers and calls to vendors show, for operators.

A transition is told at once, as a line and metrics; what is counted and timed, together at the end
of the invocation. Of circuits nothing is called here, and nothing written, on the healthy path.
"""

import logging
from collections import Counter, defaultdict

from breakwater.adapters import metrics
from breakwater.resilience.circuit import Circuit, State

logger = logging.getLogger(__name__)


class CircuitsObserver:
    """resilience.observer.Observer, and adapters.http's CallObserver.

    `flush` belongs to the end of each invocation.
    """

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._calls: list[tuple[str, str, float, bool]] = []

    def changed(self, before: Circuit, after: Circuit) -> None:
        """Log and measure a transition, or an override, that a write of ours has made.

        Not only at the invocation's end, which a killed one does not reach.
        """
        old, new = _state(before), _state(after)
        logger.warning(
            "circuit of %s: %s -> %s",
            after.service,
            old,
            new,
            extra={
                "circuit_breaker": after.service,
                "old_state": old,
                "new_state": new,
                # Closing forgets the failures: before is what had opened it.
                "failure_count": max(before.failures, after.failures),
                "generation": after.generation,
            },
        )
        values: dict[str, float] = {
            metrics.CIRCUIT_TRANSITIONS: 1,
            metrics.CIRCUIT_STATE: metrics.level(after),
        }
        if (seconds := _was_open(before, after)) is not None:
            values[metrics.CIRCUIT_OPEN_TIME] = seconds
        metrics.publish(values, {metrics.TARGET: after.service})

    def failed(self, circuit: Circuit) -> None:
        """Count a failure."""
        self._counts[circuit.service][metrics.CIRCUIT_FAILURES] += 1

    def refused(self, circuit: Circuit) -> None:
        """Count a refused call."""
        self._counts[circuit.service][metrics.CIRCUIT_REJECTIONS] += 1

    def probed(self, circuit: Circuit) -> None:
        """Count a probe."""
        self._counts[circuit.service][metrics.CIRCUIT_PROBES] += 1

    def slow(self, circuit: Circuit, seconds: float) -> None:
        """Count a slow answer, and log how slow it was."""
        logger.warning(
            "%s took %.1f s to answer",
            circuit.service,
            seconds,
            extra={"circuit_breaker": circuit.service, "seconds": round(seconds, 3)},
        )
        self._counts[circuit.service][metrics.CIRCUIT_SLOW_CALLS] += 1

    def called(self, service: str, outcome: str, *, seconds: float, is_fault: bool) -> None:
        """Note a request to a vendor: how it ended, and whether that speaks against the vendor."""
        self._calls.append((service, outcome, seconds, is_fault))

    def flush(self) -> None:
        """Publish what has been counted and timed since the last time."""
        counts, self._counts = self._counts, defaultdict(Counter)
        for service, counted in counts.items():
            metrics.publish(counted, {metrics.TARGET: service})
        calls, self._calls = self._calls, []
        latencies: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        faults: defaultdict[str, list[int]] = defaultdict(list)
        for service, outcome, seconds, is_fault in calls:
            latencies[service, outcome].append(round(seconds * 1000, 1))
            faults[service].append(int(is_fault))
        for (service, outcome), times in latencies.items():
            target = {metrics.TARGET: service}
            metrics.publish(
                {metrics.VENDOR_LATENCY: times}, {**target, metrics.OUTCOME: outcome}, target
            )
        for service, each in faults.items():
            metrics.publish({metrics.VENDOR_FAULTS: each}, {metrics.TARGET: service})


def _state(circuit: Circuit) -> str:
    """Return the state, as an operator's override has it where there is one."""
    mode = circuit.override_mode
    return circuit.state.value if mode is None else mode.value


def _was_open(before: Circuit, after: Circuit) -> float | None:
    """Return for how many seconds a circuit that closes was not closed."""
    if before.state is State.CLOSED or after.state is not State.CLOSED:
        return None
    if before.opened_at is None or after.updated_at is None:
        return None
    return max(0.0, after.updated_at - before.opened_at)
