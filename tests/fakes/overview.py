"""Circuits in memory, which can be down, overtaken, or slow."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from breakwater.resilience.circuit import Circuit, Mode
from breakwater.resilience.intent import Intent
from breakwater.resilience.intents import OVERRIDE_SET
from breakwater.resilience.store import MemoryBreakerStore, Written
from tests.fakes.breakable import Breakable

EIGHT = ("servicenow", "jira", "intune", "jamf", "sccm", "landscape", "ansible", "ai")


class MemoryCircuits(Breakable, MemoryBreakerStore):
    """The twin of DynamoBreakerStore; `before_write` is what another one does just in time."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0
        self.before_write: Callable[[], Any] | None = None

    def stands(self, service: str, **values: Any) -> None:
        """Let a circuit stand as given."""
        self.items[service] = values

    def is_forced(self, service: str, mode: Mode, *, until: float, **values: Any) -> None:
        """Let an operator's override stand in a circuit."""
        self.stands(
            service,
            override_mode=mode.value,
            override_reason="because",
            override_by="operator-0",
            override_until=until,
            **values,
        )

    def read(self, service: str) -> Circuit:
        self._check()
        return super().read(service)

    def attempt(self, service: str, intent: Intent) -> Written:
        self._check()
        self.written += 1
        if self.before_write is not None:
            self.before_write()
        return super().attempt(service, intent)

    @property
    def overrides(self) -> list[tuple[str, str, str, str]]:
        """Return `(old, new, by, reason)` of each override in the trail."""
        return [
            (change.old, change.new, change.details["by"], change.details["reason"])
            for _, change in self.changes
            if change.type == OVERRIDE_SET
        ]


class MemoryOverview:
    """services.breakers.Circuits over the twin."""

    def __init__(self, store: MemoryCircuits) -> None:
        self._store = store

    def read(self, services: Sequence[str]) -> Mapping[str, Circuit]:
        return {service: self._store.read(service) for service in services}
