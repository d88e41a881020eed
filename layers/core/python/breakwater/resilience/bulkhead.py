"""How many calls to one service may be in flight at once, over the whole fleet.

A call holds one of the service's slots, each a lease that ends by itself where its holder died. It
takes two writes, one to take a slot and one to give it back, and looks further only where another
call holds the slot it tried. A store that does not answer lets calls pass: the bulkhead spares the
vendor, it does not stand in for it.
"""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from random import SystemRandom
from typing import Protocol

from breakwater.domain.errors import (
    ConfigurationError,
    ResourceBusyError,
    StorageUnavailableError,
)
from breakwater.resilience.observer import Time
from breakwater.resilience.steady import Outage, OutageSettings

TRIES = 8
"""How many slots a call asks for: all of them, where there are no more."""
MARGIN = 10.0
"""Seconds by which a slot's lease outlives the call's own timeout."""

Shuffle = Callable[[Sequence[int]], Sequence[int]]

logger = logging.getLogger(__name__)


class Slots(Protocol):
    """Leases, as ports.LeaseStore has them."""

    def acquire(self, resource: str, *, holder: str, now: datetime, until: datetime) -> None:
        """Take the lease. Raises ResourceBusyError, StorageUnavailableError."""
        ...

    def release(self, resource: str, *, holder: str) -> None:
        """Give it back; nothing happens if it is no longer held. Raises StorageUnavailableError."""
        ...


class Bulkhead:
    """Lets at most `size` calls to `service` be in flight."""

    def __init__(
        self,
        service: str,
        *,
        size: int,
        slots: Slots,
        time: Time,
        settings: OutageSettings | None = None,
        shuffle: Shuffle | None = None,
    ) -> None:
        self.service = service
        self.size = size
        self._slots = slots
        self._time = time
        self._outage = Outage(
            f"bulkhead of {service}", time=time, settings=settings or OutageSettings()
        )
        self._shuffle = shuffle or _shuffled
        self._last: int | None = None
        """The slot held last: where environments keep to their own, the first try is enough."""

    @contextmanager
    def slot(self, *, timeout: float) -> Iterator[None]:
        """Hold a slot for a call that takes at most `timeout` seconds. Raises ResourceBusyError."""
        holder = uuid.uuid4().hex
        number = None if self._outage.lasts else self._take(holder, timeout)
        try:
            yield
        finally:
            if number is not None:
                self._give_back(number, holder)

    def _take(self, holder: str, timeout: float) -> int | None:
        """Return the slot taken, or None where the store does not answer."""
        now = self._time.time()
        lease = {
            "now": datetime.fromtimestamp(now, UTC),
            "until": datetime.fromtimestamp(now + timeout + MARGIN, UTC),
        }
        held_until = []
        for number in self._order():
            try:
                self._slots.acquire(self._name(number), holder=holder, **lease)
            except ResourceBusyError as busy:
                held_until.append(busy.held_until)
            except (StorageUnavailableError, ConfigurationError) as error:
                self._outage.missed(error)
                return None
            else:
                self._outage.heard()
                self._last = number
                return number
        raise ResourceBusyError(f"bulkhead/{self.service}", held_until=min(held_until))

    def _give_back(self, number: int, holder: str) -> None:
        if self._outage.lasts:
            return
        try:
            self._slots.release(self._name(number), holder=holder)
        except (StorageUnavailableError, ConfigurationError) as error:
            self._outage.missed(error)
            logger.warning("slot %d of %s ends with its lease: %s", number, self.service, error)

    def _order(self) -> Sequence[int]:
        others = [number for number in range(self.size) if number != self._last]
        first = [] if self._last is None else [self._last]
        return [*first, *self._shuffle(others)][:TRIES]

    def _name(self, number: int) -> str:
        return f"bulkhead/{self.service}/{number}"


def _shuffled(numbers: Sequence[int]) -> Sequence[int]:
    # From the system: a restored snapshot must not repeat another's order.
    return SystemRandom().sample(numbers, len(numbers))
