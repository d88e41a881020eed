"""Who takes part in a schedule, as programs that ask before everything that others may get between.

The real breaker and guard behind the store that never fails, the real operators' service, and the
real upkeep with a vendor's probe.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn, cast

from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    StorageUnavailableError,
)
from breakwater.ports import Probed as ProbedVendor
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode, State
from breakwater.resilience.observer import Unobserved
from breakwater.resilience.steady import SteadyStore
from breakwater.resilience.store import BreakerStore
from breakwater.services.breakers import Breakers, Override
from breakwater.services.upkeep import Upkeep
from tests.proofs.schedules_replay import Desk
from tests.proofs.schedules_stores import SERVICE
from tests.proofs.stateful_fleet import ENDS, TIMEOUT

REFUSED = "is refused"
OVERRIDE_SECONDS = 100.0


@dataclass(frozen=True, slots=True)
class Idle:
    """Between two things to do; the reply says what to do."""


@dataclass(frozen=True, slots=True)
class Calling:
    """A call has been let in and has reached the service; the reply says how it ends."""

    circuit: Circuit
    owner: str | None
    counted: bool

    @property
    def in_closed(self) -> bool:
        """Whether a failure of it counts."""
        return self.circuit.state is State.CLOSED and self.counted


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe starts."""

    owner: str


@dataclass(frozen=True, slots=True)
class Raised:
    """A guarded call has ended with an error that is neither its own nor a refusal."""

    error: str


class Telling(Unobserved):
    """An observer that passes on what the guarantees are about."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def refused(self, circuit: Circuit) -> None:
        self._desk.tell(REFUSED)

    def probed(self, circuit: Circuit) -> None:
        self._desk.tell(Probed(str(circuit.probe_owner)))


def caller(desk: Desk, store: BreakerStore, settings: BreakerSettings) -> NoReturn:
    """One environment: a guarded call whenever it is told to make one."""
    breaker = _breaker(desk, store, settings)
    while True:
        desk.ask(Idle())
        with suppress(CircuitBreakerOpenError):
            _call(desk, breaker)


def operator(desk: Desk, store: BreakerStore, _settings: BreakerSettings) -> NoReturn:
    """Somebody who forces the circuit into the mode that the reply names, or gives it back."""
    breakers = _breakers(desk, store)
    while True:
        mode = Mode(desk.ask(Idle()))
        seconds = None if mode is Mode.AUTOMATIC else OVERRIDE_SECONDS
        # Others may keep changing the circuit, or the store may not answer: a person tries again.
        with suppress(StorageUnavailableError):
            breakers.override(SERVICE, Override(mode, "drill", seconds), by="op")


def upkeep(desk: Desk, store: BreakerStore, settings: BreakerSettings) -> NoReturn:
    """What happens each minute, with a probe that is a guarded call of its own environment."""
    vendor = _Vendor(desk, _breaker(desk, store, settings))
    run = Upkeep(
        breakers=_breakers(desk, store),
        gauge=lambda _circuit: None,
        vendors=lambda _service: cast("ProbedVendor", vendor),
        configured=[SERVICE],
        clock=desk,
    )
    while True:
        desk.ask(Idle())
        with suppress(StorageUnavailableError):
            run("minute")


class _Vendor:
    """A connector of which only the probe is asked."""

    def __init__(self, desk: Desk, breaker: CircuitBreaker) -> None:
        self._desk = desk
        self._breaker = breaker

    def probe(self, run: object) -> None:
        _call(self._desk, self._breaker)


@dataclass(frozen=True, slots=True)
class _Circuits:
    """services.breakers.Circuits of the one service."""

    store: BreakerStore

    def read(self, services: Sequence[str]) -> Mapping[str, Circuit]:
        return {service: self.store.read(service) for service in services}


def _call(desk: Desk, breaker: CircuitBreaker) -> None:
    guard = breaker.guard(timeout=TIMEOUT)
    try:
        with guard:
            permit = guard._permit
            _end(desk.ask(Calling(permit.circuit, permit.owner, permit.counted)))
    except CircuitBreakerOpenError:
        raise
    except Exception as error:
        if error not in ENDS.values():
            desk.tell(Raised(repr(error)))


def _end(how: str) -> None:
    error = ENDS[how]
    if error is not None:
        # Raised in every run: it must not collect the traces of them all.
        raise error.with_traceback(None)


def _breaker(desk: Desk, store: BreakerStore, settings: BreakerSettings) -> CircuitBreaker:
    return CircuitBreaker(
        SERVICE,
        settings=settings,
        store=SteadyStore(store, time=desk),
        time=desk,
        observer=Telling(desk),
        spread=lambda: 0.5,
    )


def _breakers(desk: Desk, store: BreakerStore) -> Breakers:
    return Breakers(circuits=_Circuits(store), store=store, services=[SERVICE], clock=desk)
