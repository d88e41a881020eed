"""What happens each minute, whether or not anybody calls.

For every service: an override that is over is ended, and the circuit's state is published, so that
an alarm holds for as long as a circuit is open. A circuit that nobody has probed for a minute is
probed with the vendor's cheap authenticated read, through the ordinary guard, so that one without
traffic closes again. Everything may run twice at once: what is written is conditional.
"""

import logging
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from breakwater.domain.errors import BreakwaterError, CircuitBreakerOpenError
from breakwater.ports import Clock, Probed
from breakwater.resilience.circuit import Circuit, State
from breakwater.resilience.deadline import Deadline
from breakwater.services.breakers import Breakers

IDLE_SECONDS = 60.0
"""How long a circuit waits for a caller to probe it before upkeep does."""
LIMIT_SECONDS = 45.0
"""How long a run may take; its Lambda has a minute, until the next one comes."""
PROBE_SECONDS = 30.0
"""What one attempt of a call may take: with less, a vendor that hangs would be cut short."""

logger = logging.getLogger(__name__)

Vendors = Callable[[str], Probed]
"""Gives what a service is probed by. Raises ConfigurationError."""
Gauge = Callable[[Circuit], None]
"""Publishes a circuit's state."""


@dataclass(frozen=True, slots=True)
class ProbeRun:
    """The ports.Run of a probe, which only reads."""

    correlation_id: str
    deadline: Deadline
    clock: Clock
    mark: str = "upkeep"
    """No task's: nothing is ever marked with it."""

    def now(self) -> datetime:
        """Return the wall-clock time."""
        return self.clock.now()

    def effect(self, name: str, **_details: str) -> NoReturn:
        """Refuse: nobody has asked for a change. Raises TypeError."""
        raise TypeError(f"a probe changes nothing, and certainly does not {name}")

    def lease(self, resource: str) -> NoReturn:
        """Refuse: a read needs nothing for itself. Raises TypeError."""
        raise TypeError(f"a probe takes no lease, and none on {resource}")

    def pause(self, seconds: float) -> None:
        """Wait, at most until the deadline."""
        self.clock.sleep(min(seconds, self.deadline.remaining))


class Upkeep:
    """Looks after every circuit once."""

    def __init__(
        self,
        *,
        breakers: Breakers,
        gauge: Gauge,
        vendors: Vendors,
        configured: Collection[str],
        clock: Clock,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        """Bind to all breakers, and to the vendors of those services that are configured."""
        self._breakers = breakers
        self._gauge = gauge
        self._vendors = vendors
        self._configured = frozenset(configured)
        self._clock = clock
        self._limit = limit_seconds

    def __call__(self, correlation_id: str) -> Mapping[str, str]:
        """Look after every circuit and return each one's state.

        Raises: StorageUnavailableError where not even one can be read.
        """
        deadline = Deadline.after(self._limit, self._clock.monotonic)
        circuits = dict(self._breakers.stored())
        for service, circuit in circuits.items():
            with _alone(service, "looked after"):
                circuits[service] = self._breakers.lapse(circuit)
            with _alone(service, "measured"):
                self._gauge(circuits[service])
        for service in self._idle(circuits):
            # A probe that is cut short says nothing: whoever does not get its time is the next
            # run's first, and one that was judged goes to the end of the line.
            if deadline.remaining < PROBE_SECONDS:
                break
            with _alone(service, "probed"):
                self._probe(service, ProbeRun(correlation_id, deadline, self._clock))
        return {service: circuit.state.value for service, circuit in circuits.items()}

    def _idle(self, circuits: Mapping[str, Circuit]) -> list[str]:
        """Return whose circuits could have been probed a minute ago, the longest idle first."""
        since = {service: self._idle_since(circuit) for service, circuit in circuits.items()}
        long_ago = self._clock.now().timestamp() - IDLE_SECONDS
        return [
            service
            for service in sorted(since, key=lambda service: since[service])
            if since[service] <= long_ago
        ]

    def _idle_since(self, circuit: Circuit) -> float:
        """Return since when anybody might have probed a circuit; infinity: it needs no probe."""
        if circuit.service not in self._configured or circuit.override_mode is not None:
            return math.inf
        match circuit.state:
            case State.CLOSED:
                return math.inf
            case State.OPEN:
                return circuit.retry_at or 0.0
            case State.HALF_OPEN:  # pragma: no branch - there is no other
                # A prober that died, or gave back what it could not judge.
                since = circuit.probe_until if circuit.probe_owner else circuit.updated_at
                return since or 0.0

    def _probe(self, service: str, run: ProbeRun) -> None:
        try:
            self._vendors(service).probe(run)
        except CircuitBreakerOpenError:
            logger.info("somebody else probes %s", service, extra={"service": service})
        else:
            logger.info("%s answers again", service, extra={"service": service})


@contextmanager
def _alone(service: str, what: str) -> Iterator[None]:
    """Let what happens to one service stay with it."""
    try:
        yield
    except BreakwaterError as error:
        logger.warning("%s could not be %s: %s", service, what, error, extra={"service": service})
    except Exception:  # whatever it is, the other services come next
        logger.exception("%s could not be %s", service, what, extra={"service": service})
