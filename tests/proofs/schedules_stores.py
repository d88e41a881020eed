"""The shared store of a schedule, as a value: what stands in it, and what each request makes of it.

In memory a caller waits before each `read` and `attempt`; see schedules_moto for the real store.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from breakwater.domain.errors import StorageUnavailableError
from breakwater.resilience.circuit import Circuit
from breakwater.resilience.intent import Intent
from breakwater.resilience.store import BreakerStore, MemoryBreakerStore, Written, values_of
from tests.proofs.schedules_replay import Desk, Reply
from tests.proofs.stateful_wire import Fault
from tests.proofs.stateful_worlds import World, in_memory

SERVICE = "vendor"
Trail = tuple[tuple[str, str, str], ...]
"""`(type, old, new)` of each recorded change."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the store; `body` and `intent` as far as it has them."""

    name: str
    body: str = ""
    intent: Intent | None = None


class Store(Protocol):
    """A shared store."""

    nothing: Any
    """What stands in a new one."""

    def for_caller(self, desk: Desk) -> BreakerStore:
        """Return a caller's way to it."""
        ...

    def perform(self, stands: Any, request: Request) -> tuple[Any, Reply]:
        """Return what stands afterwards, and the reply."""
        ...

    def circuit(self, stands: Any) -> Circuit:
        """Return the circuit that stands."""
        ...

    def trail(self, stands: Any) -> Trail:
        """Return the changes that stand recorded."""
        ...


class InMemory:
    """The twin, or one that skips a condition. What stands is the circuit and the trail."""

    nothing = (Circuit(service=SERVICE), ())

    def __init__(self, world: World = in_memory) -> None:
        store, _ = world(SERVICE)
        assert isinstance(store, MemoryBreakerStore)
        self._store = store
        self._known: dict[tuple[Any, int], tuple[Any, Reply]] = {}
        self._requests: list[Any] = []

    def for_caller(self, desk: Desk) -> BreakerStore:
        return _Asking(desk)

    def perform(self, stands: tuple[Circuit, Trail], request: Request) -> tuple[Any, Reply]:
        circuit, trail = stands
        if request.intent is None:
            return stands, circuit
        key = (stands, id(request))
        if key in self._known:
            return self._known[key]
        self._requests.append(request)
        self._store.items = {SERVICE: values_of(circuit)}
        self._store.changes = []
        written = self._store.attempt(SERVICE, request.intent)
        changes = [(change.type, change.old, change.new) for _, change in self._store.changes]
        self._known[key] = (written.circuit, (*trail, *changes)), written
        return self._known[key]

    def circuit(self, stands: tuple[Circuit, Trail]) -> Circuit:
        return stands[0]

    def trail(self, stands: tuple[Circuit, Trail]) -> Trail:
        return stands[1]


class _Asking:
    """BreakerStore whose every call is a request."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def read(self, service: str) -> Circuit:
        circuit: Circuit = _answered(self._desk.ask(Request("read")))
        return circuit

    def attempt(self, service: str, intent: Intent) -> Written:
        written: Written = _answered(self._desk.ask(Request(intent.name, intent=intent)))
        return written


def _answered(reply: Any) -> Any:
    if isinstance(reply, Fault):
        raise StorageUnavailableError(reply.name)
    return reply
