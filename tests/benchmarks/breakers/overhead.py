"""What a guarded call costs in process while the circuit is closed, and a refusal while open.

CPU of the calling thread. The contestants take turns, so that a busy machine is busy for all.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from aws_lambda_powertools.utilities import circuit_breaker as powertools
from aws_lambda_powertools.utilities.circuit_breaker.persistence.base import (
    CircuitBreakerPersistenceLayer,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence.record import CircuitStateRecord
from aws_lambda_powertools.utilities.circuit_breaker.states import CircuitState

from breakwater.adapters.clock import SystemClock
from breakwater.domain.errors import CircuitBreakerOpenError
from breakwater.resilience import intents
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Mode
from breakwater.resilience.steady import SteadyStore
from breakwater.resilience.store import MemoryBreakerStore
from tests.benchmarks.breakers.peers import Place, imported

CALLS, ROUNDS = 20_000, 15
OURS = "breakwater"
Contest = dict[str, Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Nanoseconds a call, without the loop around it."""

    name: str
    calls: int
    rounds: int
    median: float
    least: float
    most: float
    ratio: float
    """To ours."""


class InProcess(CircuitBreakerPersistenceLayer):
    """Powertools' own cache in front of nothing: its cost without any store."""

    def __init__(self, state: CircuitState) -> None:
        super().__init__()
        self._state = state

    def _get_record(self, name: str) -> CircuitStateRecord:
        return CircuitStateRecord(name=name, state=self._state, opened_at=int(time.time()))

    def _put_record(self, *_: Any, **__: Any) -> None:
        """Keep nothing."""

    def _update_record(self, record: CircuitStateRecord) -> None:
        """Keep nothing."""


def compare(packages: str, *, has_peers: bool) -> dict[str, list[dict[str, Any]]]:
    """Return the costs of each contest, ours first."""
    place = Place(endpoint="", redis="", packages=packages, service="bench")
    return {
        "closed": _measured(_closed(place, has_peers=has_peers)),
        "open": _measured(_open(place, has_peers=has_peers)),
    }


def _closed(place: Place, *, has_peers: bool) -> Contest:
    contest: Contest = {}
    breaker = _ours(MemoryBreakerStore())
    contest[OURS] = lambda: breaker.call(_nothing, timeout=30.0)
    guarded = _powertools(CircuitState.CLOSED, "closed")
    contest["powertools"] = lambda: guarded()
    if has_peers:
        peer = imported("pybreaker", place).CircuitBreaker(fail_max=5)
        contest["pybreaker"] = lambda: peer.call(_nothing)
        factory = imported("purgatory", place).SyncCircuitBreakerFactory()
        contest["purgatory"] = factory("closed")(_nothing)
    return contest


def _open(place: Place, *, has_peers: bool) -> Contest:
    store, now = MemoryBreakerStore(), time.time()
    store.attempt(
        "bench",
        intents.override(
            store.read("bench"),
            mode=Mode.FORCED_OPEN,
            reason="bench",
            by="bench",
            until=now + 3600,
            now=now,
        ),
    )
    breaker = _ours(store)
    guarded = _powertools(CircuitState.OPEN, "open")
    contest: Contest = {
        OURS: _refusing(lambda: breaker.call(_nothing, timeout=30.0), CircuitBreakerOpenError),
        "powertools": _refusing(guarded, powertools.CircuitBreakerOpenError),
    }
    if has_peers:
        package = imported("pybreaker", place)
        peer = package.CircuitBreaker(fail_max=5, reset_timeout=3600)
        peer.open()
        contest["pybreaker"] = _refusing(lambda: peer.call(_nothing), package.CircuitBreakerError)
    return contest


def _measured(contest: Contest) -> list[dict[str, Any]]:
    empty: list[float] = []
    costs: dict[str, list[float]] = {name: [] for name in contest}
    for _ in range(ROUNDS):
        empty.append(_timed(_nothing))
        for name, call in contest.items():
            costs[name].append(_timed(call))
    loop = min(empty)
    medians = {name: median(times) - loop for name, times in costs.items()}
    return [
        asdict(
            Cost(
                name=name,
                calls=CALLS,
                rounds=ROUNDS,
                median=medians[name],
                least=min(times) - loop,
                most=max(times) - loop,
                ratio=medians[name] / medians[OURS],
            )
        )
        for name, times in costs.items()
    ]


def _timed(call: Callable[[], Any]) -> float:
    began = time.thread_time_ns()
    for _ in range(CALLS):
        call()
    return (time.thread_time_ns() - began) / CALLS


def _ours(store: MemoryBreakerStore) -> CircuitBreaker:
    clock = SystemClock()
    steady = SteadyStore(store, time=clock)
    return CircuitBreaker("bench", settings=BreakerSettings(), store=steady, time=clock)


def _powertools(state: CircuitState, name: str) -> Callable[[], Any]:
    config = powertools.CircuitBreakerConfig(recovery_timeout=3600, local_cache_max_age=3600)
    decorated: Callable[[], Any] = powertools.circuit_breaker(
        name, InProcess(state), config=config
    )(_nothing)
    return decorated


def _refusing(call: Callable[[], Any], error: type[Exception]) -> Callable[[], None]:
    def refused() -> None:
        try:
            call()
        except error:
            return

    return refused


def _nothing() -> None:
    """Stand for the guarded call."""
