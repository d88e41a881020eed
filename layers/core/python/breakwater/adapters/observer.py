"""What breakers see, for operators: a transition at once, as a line and metrics; counts together.

On the healthy path nothing is called here, and nothing written.
"""

import logging
from collections import Counter, defaultdict

from breakwater.adapters import metrics
from breakwater.resilience.circuit import Circuit

logger = logging.getLogger(__name__)


class CircuitsObserver:
    """resilience.observer.Observer; `flush` belongs to the end of each invocation."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

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
        metrics.publish(
            after.service, {metrics.TRANSITIONS: 1, metrics.STATE: metrics.level(after)}
        )

    def failed(self, circuit: Circuit) -> None:
        """Count a failure."""
        self._counts[circuit.service][metrics.FAILURES] += 1

    def refused(self, circuit: Circuit) -> None:
        """Count a refused call."""
        self._counts[circuit.service][metrics.REJECTIONS] += 1

    def probed(self, circuit: Circuit) -> None:
        """Count a probe."""
        self._counts[circuit.service][metrics.PROBES] += 1

    def slow(self, circuit: Circuit, seconds: float) -> None:
        """Count a slow answer, and log how slow it was."""
        logger.warning(
            "%s took %.1f s to answer",
            circuit.service,
            seconds,
            extra={"circuit_breaker": circuit.service, "seconds": round(seconds, 3)},
        )
        self._counts[circuit.service][metrics.SLOW_CALLS] += 1

    def flush(self) -> None:
        """Publish what has been counted since the last time, a line for each service."""
        counts, self._counts = self._counts, defaultdict(Counter)
        for service, counted in counts.items():
            metrics.publish(service, counted)


def _state(circuit: Circuit) -> str:
    """Return the state, as an operator's override has it where there is one."""
    mode = circuit.override_mode
    return circuit.state.value if mode is None else mode.value
