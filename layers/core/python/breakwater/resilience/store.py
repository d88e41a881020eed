"""Where circuits are kept: the protocol, and its in-memory form.

The in-memory store is the twin of the DynamoDB one in tests, and the local window that a caller
falls back to while the shared store does not answer.
"""

import operator
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.resilience.intent import Change, Check, Intent, Op


@dataclass(frozen=True, slots=True)
class Written:
    """What came of an intent: whether it landed, and the circuit as it stands now either way."""

    won: bool
    circuit: Circuit
    put_off: bool = False
    """It was not written, and is not to be tried again at once: the storage serves others."""


class BreakerStore(Protocol):
    """Shared circuits. Raises StorageUnavailableError; a write may have landed all the same."""

    def read(self, service: str) -> Circuit:
        """Return the circuit; one that nobody has written yet is closed."""
        ...

    def attempt(self, service: str, intent: Intent) -> Written:
        """Write `intent`, if its checks hold, with its change; learn the circuit either way."""
        ...


_COMPARE: Mapping[Op, Any] = {
    Op.IS: operator.eq,
    Op.AT_LEAST: operator.ge,
    Op.AT_MOST: operator.le,
    Op.BELOW: operator.lt,
    Op.ABOVE: operator.gt,
}
_KINDS: Mapping[str, Any] = {"state": State, "override_mode": Mode}
DEFAULTS: Mapping[str, Any] = {
    field.name: field.default for field in fields(Circuit) if field.name != "service"
}
"""What an attribute counts as where the item has none."""


def to_circuit(service: str, values: Mapping[str, Any]) -> Circuit:
    """Return the circuit that an item's plain values stand for."""
    known = {name: values[name] for name in DEFAULTS if values.get(name) is not None}
    return Circuit(
        service=service, **{name: _KINDS.get(name, _same)(value) for name, value in known.items()}
    )


def values_of(circuit: Circuit) -> dict[str, Any]:
    """Return a circuit's plain values, without what it does not say."""
    found = {name: getattr(circuit, name) for name in ("service", *DEFAULTS)}
    return {name: value for name, value in found.items() if value is not None}


def holds(check: Check, values: Mapping[str, Any]) -> bool:
    """Whether a condition holds on an item's values, as DynamoDB would say."""
    value = values.get(check.attribute)
    if check.op is Op.ABSENT:
        return value is None
    if value is None:
        value = DEFAULTS[check.attribute]
    if value is None or check.value is None:
        return check.op is Op.IS and value == check.value
    return bool(_COMPARE[check.op](value, check.value))


def fits(intent: Intent, values: Mapping[str, Any]) -> bool:
    """Whether everything that an intent asks of an item's values holds."""
    return all(holds(check, values) for check in intent.checks) and (
        not intent.either or any(holds(check, values) for check in intent.either)
    )


def applied(intent: Intent, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's values after an intent whose checks hold."""
    after = {**values, **intent.put}
    for name, count in intent.add.items():
        after[name] = (values.get(name) or 0) + count
    return {name: value for name, value in after.items() if value is not None}


class MemoryBreakerStore:
    """BreakerStore in a dictionary; `changes` is what would stand in the audit trail."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.changes: list[tuple[str, Change]] = []
        self._lock = threading.Lock()

    def read(self, service: str) -> Circuit:
        """Return the circuit."""
        with self._lock:
            return to_circuit(service, self.items.get(service, {}))

    def attempt(self, service: str, intent: Intent) -> Written:
        """Write the intent if its checks hold."""
        with self._lock:
            values = self.items.get(service, {})
            won = fits(intent, values)
            if won:
                values = self.items[service] = applied(intent, values)
                if intent.change is not None:
                    self.changes.append((service, intent.change))
            return Written(won, to_circuit(service, values))


def _same(value: Any) -> Any:
    return value
