"""How this environment guards each service: its breaker, inside it a slot where calls are limited.

Built when a service is first called and kept for as long as the environment is, so that what a
breaker knows of its circuit outlives an invocation. The breaker comes first: a call that an open
circuit refuses writes nothing for a slot, and a probe that gets no slot is given back unjudged.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol

from breakwater.domain.errors import ConfigurationError, ResourceBusyError, ThrottledError
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.bulkhead import Bulkhead, Slots
from breakwater.resilience.observer import Observer, Time
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import BreakerStore

BUSY_SECONDS = 5.0
"""When a call that got no slot is tried again: most calls end long before their lease."""


class Guarded(Protocol):
    """What a caller asks of a service's guard."""

    def guard(self, *, timeout: float, vouches: bool = True) -> AbstractContextManager[None]:
        """Return the context of one call that takes at most `timeout` seconds.

        Raises: CircuitBreakerOpenError; ThrottledError where too many calls are in flight.
        """
        ...

    def refuse_if_open(self) -> None:
        """Raise CircuitBreakerOpenError where the next call would, from what is known; no I/O."""
        ...


class LimitedBreaker:
    """A breaker whose calls also need a slot. Fulfils Guarded."""

    def __init__(self, breaker: CircuitBreaker, bulkhead: Bulkhead) -> None:
        self._breaker = breaker
        self._bulkhead = bulkhead

    @contextmanager
    def guard(self, *, timeout: float, vouches: bool = True) -> Iterator[None]:
        """Let a call pass if the circuit is not open and a slot is free."""
        with self._breaker.guard(timeout=timeout, vouches=vouches), self._slot(timeout):
            yield

    def refuse_if_open(self) -> None:
        """Raise CircuitBreakerOpenError where the next call would, from what is known; no I/O."""
        self._breaker.refuse_if_open()

    @contextmanager
    def _slot(self, timeout: float) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(self._bulkhead.slot(timeout=timeout))
            except ResourceBusyError as busy:
                # Retried and waited for like a vendor's own word that it is busy.
                service, size = self._bulkhead.service, self._bulkhead.size
                raise ThrottledError(
                    f"{service} was not asked, all of its {size} calls are in flight",
                    service=service,
                    retry_after=BUSY_SECONDS,
                ) from busy
            yield


class Guards:
    """Gives the guard of a service, the same one each time."""

    def __init__(
        self,
        services: Mapping[str, ServiceSettings],
        *,
        store: BreakerStore,
        slots: Slots,
        time: Time,
        observer: Observer | None = None,
    ) -> None:
        self._services = services
        self._store = store
        self._slots = slots
        self._time = time
        self._observer = observer
        self._built: dict[str, Guarded] = {}

    def __call__(self, service: str) -> Guarded:
        """Return the guard of `service`. Raises ConfigurationError where it has none."""
        built = self._built.get(service)
        if built is None:
            built = self._built[service] = self._build(service)
        return built

    def _build(self, service: str) -> Guarded:
        try:
            settings = self._services[service]
        except KeyError as error:
            raise ConfigurationError(f"{service} has no circuit breaker") from error
        breaker = CircuitBreaker(
            service,
            settings=settings.breaker,
            store=self._store,
            time=self._time,
            observer=self._observer,
        )
        if settings.bulkhead is None:
            return breaker
        return LimitedBreaker(
            breaker,
            Bulkhead(service, size=settings.bulkhead, slots=self._slots, time=self._time),
        )
