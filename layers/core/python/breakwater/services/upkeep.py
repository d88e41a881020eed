"""What happens each minute, whether or not anybody calls.

For every service: an override that is over is ended, and the circuit's state is published, so that
an alarm holds for as long as a circuit is open. A circuit that nobody has probed for a minute is
probed with the vendor's cheap authenticated read, through the ordinary guard, so that one without
traffic closes again. Everything may run twice at once: what is written is conditional.
"""

import logging
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
    task_id: str = "upkeep"
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
        idle = [service for service, circuit in circuits.items() if self._is_idle(circuit)]
        for index, service in enumerate(idle):
            # Each has its share, so that a vendor that hangs does not use up the others' time.
            share = deadline.within(deadline.remaining / (len(idle) - index))
            with _alone(service, "probed"):
                self._probe(service, ProbeRun(correlation_id, share, self._clock))
        return {service: circuit.state.value for service, circuit in circuits.items()}

    def _is_idle(self, circuit: Circuit) -> bool:
        """Whether the circuit could have been probed a minute ago, and nobody did."""
        if circuit.service not in self._configured or circuit.override_mode is not None:
            return False
        match circuit.state:
            case State.CLOSED:
                return False
            case State.OPEN:
                since = circuit.retry_at
            case State.HALF_OPEN:
                # A prober that died, or gave back what it could not judge.
                since = circuit.probe_until if circuit.probe_owner else circuit.updated_at
        return (since or 0.0) + IDLE_SECONDS <= self._clock.now().timestamp()

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
