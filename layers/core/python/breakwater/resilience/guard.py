"""The context of one guarded call.

with breaker.guard(timeout=30.0):
    ...  # not reached while the circuit is open: CircuitBreakerOpenError is raised
"""

from types import TracebackType
from typing import Protocol

from breakwater.resilience.circuit import Circuit
from breakwater.resilience.observer import Time
from breakwater.resilience.verdict import Verdict, verdict


class Permit:
    """The right to make one call: the circuit it was given under, and whether it is a probe."""

    __slots__ = ("circuit", "counted", "owner")

    def __init__(self, circuit: Circuit, *, owner: str | None = None, counted: bool = True) -> None:
        self.circuit = circuit
        self.owner = owner
        self.counted = counted


class Breaker(Protocol):
    """What a guard asks of its breaker."""

    time: Time

    def enter(self, timeout: float) -> Permit:
        """Return a permit for a call. Raises CircuitBreakerOpenError."""
        ...

    def answered(self, permit: Permit, started: float) -> None:
        """Note that a call which started at `started` was answered."""
        ...

    def failed(self, permit: Permit) -> None:
        """Note that a call failed in a way that speaks against the service."""
        ...

    def unjudged(self, permit: Permit) -> None:
        """Note that a call says nothing about the service."""
        ...


class Guard:
    """Lets a call pass or refuses it, and tells the breaker what came of it."""

    __slots__ = ("_breaker", "_permit", "_started", "_timeout", "_vouches")

    def __init__(self, breaker: Breaker, timeout: float, *, vouches: bool = True) -> None:
        self._breaker = breaker
        self._timeout = timeout
        self._vouches = vouches

    def __enter__(self) -> None:
        """Let the call pass, or raise CircuitBreakerOpenError."""
        self._permit = self._breaker.enter(self._timeout)
        self._started = self._breaker.time.time()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell the breaker what came of the call."""
        match Verdict.ALIVE if error is None else verdict(error):
            case Verdict.ALIVE if self._vouches:
                self._breaker.answered(self._permit, self._started)
            case Verdict.UNWELL:
                self._breaker.failed(self._permit)
            case _:
                self._breaker.unjudged(self._permit)
