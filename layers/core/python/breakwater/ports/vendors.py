"""What a step asks of a vendor, and what a vendor's connector may ask of the step."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from breakwater.domain.changes import Change
from breakwater.domain.progress import Lookup, Progress
from breakwater.domain.records import Page, Since
from breakwater.resilience.deadline import Deadline


class Receipt(Protocol):
    """Where a connector notes, inside an effect, what it needs to follow it up."""

    handle: Mapping[str, Any]


class Run(Protocol):
    """What a connector may ask of the step that runs it."""

    @property
    def mark(self) -> str:
        """What the task's effects are marked with at a vendor that can be searched.

        53 letters, digits and hyphens, which begin with the task's id and are never given twice.
        """
        ...

    @property
    def correlation_id(self) -> str:
        """The id that ties log lines, headers and events together; several tasks may share one."""
        ...

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...

    @property
    def deadline(self) -> Deadline:
        """When this step must be done with the vendor."""
        ...

    def effect(self, name: str, **details: str) -> AbstractContextManager[Receipt]:
        """Enclose the one call that changes something: it is written down before it is tried."""
        ...

    def lease(self, resource: str) -> AbstractContextManager[None]:
        """Hold `resource` alone, with the deadline cut to the lease. Raises ResourceBusyError."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait, at most until the deadline."""
        ...


class Probed(Protocol):
    """A vendor that can be asked whether it answers."""

    def probe(self, run: Run) -> None:
        """Make the vendor's cheapest authenticated read, once: returning means that it answers.

        Raises TransientError, PermanentError and CircuitBreakerOpenError.
        """
        ...


class Connector(Probed, Protocol):
    """A vendor: payload to calls to result.

    Every method raises TransientError, PermanentError and CircuitBreakerOpenError.
    """

    def submit(self, run: Run, payload: Mapping[str, Any]) -> Progress:
        """Carry the operation out, or start it."""
        ...

    def find_effect(
        self, run: Run, payload: Mapping[str, Any], intent: Mapping[str, Any]
    ) -> Lookup:
        """Say whether the effect that an earlier attempt intended has happened."""
        ...

    def poll(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> Progress:
        """Say how far an operation is whose effect has happened."""
        ...

    def cancel(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> bool:
        """Ask the vendor to stop an operation; False where it cannot, or no longer."""
        ...


class Integration(Probed, Protocol):
    """A vendor whose records are pulled, and who documents our changes.

    Every method raises TransientError, PermanentError and CircuitBreakerOpenError.
    """

    def pull(self, run: Run, since: Since) -> Page:
        """Return the records that follow, oldest change first, a page at most.

        Changing nothing at the vendor, it may be asked again at any time.
        """
        ...

    def find_change(self, run: Run, change: Change, *, tried_at: datetime) -> Lookup:
        """Say whether the record stands that an attempt at `tried_at` may have opened.

        The handle of Found is what open_change returns.
        """
        ...

    def open_change(self, run: Run, change: Change) -> Mapping[str, Any]:
        """Create the record of a change, with one request, and return `{id, key, url}` of it."""
        ...

    def update_change(
        self, run: Run, change: Change, handle: Mapping[str, Any], *, note: str, succeeded: bool
    ) -> None:
        """Write on the record how the change has ended. Asked again, it says the same again."""
        ...
