"""One service's breaker in one environment: what it knows of the circuit, and what it writes.

While the circuit is closed and what is known of it is fresh, a call costs a few clock reads and no
I/O. Everything else goes through `intents`, each of which is one conditional write; whoever loses
one learns the new circuit from the refusal.
"""

import uuid
from collections.abc import Callable
from random import SystemRandom
from typing import NoReturn, TypeVar

from breakwater.domain.errors import CircuitBreakerOpenError
from breakwater.resilience import intents
from breakwater.resilience.circuit import (
    DOUBT,
    LOOK_AFTER,
    BreakerSettings,
    Circuit,
    State,
    Way,
    retry_after,
    run_is_over,
    run_outlived,
    way,
)
from breakwater.resilience.guard import Guard, Permit
from breakwater.resilience.intent import Intent
from breakwater.resilience.observer import Observer, Time, Unobserved
from breakwater.resilience.store import BreakerStore, Written

T = TypeVar("T")

MOVES = 4
"""How many writes one call may lose before it is refused for a moment."""
SYSTEM, EXPIRED = "breakwater", "the override has expired"


class CircuitBreaker:
    """Guards the calls of one environment to one service.

    Calls may overlap, but not from several threads at once: an environment serves one at a time.
    """

    def __init__(
        self,
        service: str,
        *,
        settings: BreakerSettings,
        store: BreakerStore,
        time: Time,
        observer: Observer | None = None,
        spread: Callable[[], float] | None = None,
    ) -> None:
        self.service = service
        self.settings = settings
        self.time = time
        self._store = store
        self._observer = observer or Unobserved()
        # From the system: a restored snapshot must not repeat another's jitter.
        self._spread = spread or SystemRandom().random
        self._circuit = Circuit(service=service)
        self._learned_at = self._fresh_until = float("-inf")
        self._free_pass: Permit | None = None
        """The permit of every call while what is known is fresh and lets calls pass."""
        self._shut_until: float | None = None
        """When a refused call may come again, while what is known is fresh and lets none pass."""
        self._last_success: float | None = None
        """When the last call started that was answered."""
        self._row = 0
        """Failures since then."""
        self._held_back: tuple[float, int] | None = None
        """The one failure that is not reported yet: when, and under which generation."""

    def guard(self, *, timeout: float, vouches: bool = True) -> Guard:
        """Return the context of one call that takes at most `timeout` seconds.

        Where its answer does not vouch for the service, only its failure counts.
        """
        return Guard(self, timeout, vouches=vouches)

    def call(self, function: Callable[[], T], *, timeout: float) -> T:
        """Return `function()`, guarded. Raises CircuitBreakerOpenError."""
        with Guard(self, timeout):
            return function()

    def circuit(self) -> Circuit:
        """Return the circuit, read anew unless what is known is fresh."""
        if self.time.monotonic() >= self._fresh_until:
            self._refresh()
        return self._circuit

    def refuse_if_open(self) -> None:
        """Raise CircuitBreakerOpenError where the next call would, from what is known; no I/O."""
        now = self.time.time()
        if way(self._circuit, self.settings, now) is Way.REFUSE:
            self._refuse(retry_after(self._circuit, self.settings, now))

    def enter(self, timeout: float) -> Permit:
        """Return a permit for a call. Raises CircuitBreakerOpenError."""
        if self.time.monotonic() < self._fresh_until:
            if self._free_pass is not None:
                return self._free_pass
            if self._shut_until is not None:  # also when that is over: or all would claim at once
                return self._refuse(self._shut_until - self.time.time(), self.settings.window)
        for _ in range(MOVES):
            permit = self._step(self.circuit(), timeout, self.time.time())
            if permit is not None:
                return permit
        return self._refuse(self.settings.window)  # others are on to it: they outran each attempt

    def answered(self, permit: Permit, started: float) -> None:
        """Note that a call which started at `started` was answered, in time or slowly."""
        limit = self.settings.slow_call
        if limit is not None and (seconds := self.time.time() - started) > limit:
            self._observer.slow(self._circuit, seconds)
            return self.failed(permit)
        if self._last_success is None or started > self._last_success:
            self._last_success = started
        self._row, self._held_back = 0, None
        if permit.owner is not None:
            needed = self.settings.successes_to_close
            last = permit.circuit.probe_successes + 1 >= needed
            judge = intents.close if last else intents.prove
            self._write(judge(permit.circuit, owner=permit.owner, now=self.time.time()))
        return None

    def failed(self, permit: Permit) -> None:
        """Note that a call failed in a way that speaks against the service."""
        self._observer.failed(self._circuit)
        now = self.time.time()
        if permit.owner is not None:
            self._reopen(permit, permit.owner, now)
        elif permit.counted:
            self._row += 1
            if not self._holds_back(permit, now):
                self._report(permit, now)

    def unjudged(self, permit: Permit) -> None:
        """Note that a call says nothing about the service: a probe is given back."""
        if permit.owner is not None:
            self._write(intents.release(permit.circuit, owner=permit.owner, now=self.time.time()))

    def _step(self, circuit: Circuit, timeout: float, now: float) -> Permit | None:
        """Return a permit, or None after a write that shows the circuit anew."""
        match way(circuit, self.settings, now):
            case Way.PASS:
                return Permit(circuit)
            case Way.UNCOUNTED:
                return Permit(circuit, counted=False)
            case Way.REFUSE:
                return self._refuse(retry_after(circuit, self.settings, now))
            case Way.CLAIM | Way.RECLAIM:
                return self._probe(circuit, timeout, now)
            case Way.TRIP:
                self._trip(now)
            case Way.LAPSE:  # pragma: no branch - there is no other
                self._write(intents.to_automatic(circuit, reason=EXPIRED, by=SYSTEM, now=now))
        return None

    def _holds_back(self, permit: Permit, now: float) -> bool:
        """Keep the first failure after a recent success: alone it is no evidence of anything."""
        last = self._last_success
        if self._row > 1 or last is None or now - last >= self.settings.hold_back:
            return False
        self._held_back = now, permit.circuit.generation
        # Others may have opened it: whoever has doubts does not wait for the window's end.
        self._fresh_until = min(self._fresh_until, self._learned_at + DOUBT)
        return True

    def _report(self, permit: Permit, now: float) -> None:
        """Count this failure, and one held back before it, in one write; trip at the limit."""
        if self.time.monotonic() - self._learned_at > LOOK_AFTER:
            self._adopt(self._store.read(self.service))
        generation = permit.circuit.generation
        held_at, held_under = self._held_back or (now, None)
        self._held_back, count, began_at = None, 1, now
        if held_under == generation and now - held_at <= self.settings.run_memory:
            count, began_at = 2, held_at
        # Twice, because the run may have begun or ended since it was read.
        for _ in range(2):
            if self._circuit.generation != generation or not self._counts(now):
                return
            if self._write(self._count(self._circuit, count, began_at, now)).won:
                break
        if way(self._circuit, self.settings, now) is Way.TRIP:
            self._trip(now)

    def _counts(self, now: float) -> bool:
        """Whether failures are counted now: the circuit is closed, by itself."""
        return way(self._circuit, self.settings, now) in {Way.PASS, Way.TRIP}

    def _count(self, circuit: Circuit, count: int, began_at: float, now: float) -> Intent:
        last = self._last_success
        if run_is_over(circuit, self.settings, now=now, last_success=last):
            return intents.begin_run(
                circuit, self.settings, count=count, began_at=began_at, now=now, last_success=last
            )
        return intents.join_run(circuit, self.settings, count=count, now=now, last_success=last)

    def _trip(self, now: float) -> None:
        self._write(intents.trip(self._circuit, self.settings, now=now, spread=self._spread()))

    def _reopen(self, permit: Permit, owner: str, now: float) -> None:
        circuit, spread = permit.circuit, self._spread()
        self._write(intents.reopen(circuit, self.settings, owner=owner, now=now, spread=spread))

    def _probe(self, circuit: Circuit, timeout: float, now: float) -> Permit | None:
        """Become the prober, or learn that another one is."""
        owner, until = uuid.uuid4().hex, now + timeout + self.settings.probe_margin
        take = intents.claim if circuit.state is State.OPEN else intents.reclaim
        written = self._write(take(circuit, owner=owner, until=until, now=now))
        if written.put_off:
            return self._refuse(self.settings.window)
        # Found to be mine: the write had landed and only its answer was lost.
        if not written.won and written.circuit.probe_owner != owner:
            return None
        self._observer.probed(written.circuit)
        return Permit(written.circuit, owner=owner)

    def _refuse(self, seconds: float, low: float = 0.0) -> NoReturn:
        self._observer.refused(self._circuit)
        wait = seconds if seconds > low else low  # noqa: FURB136 - max() takes a tenth of a refusal
        raise CircuitBreakerOpenError(self.service, retry_after=wait)

    def _refresh(self) -> None:
        self._adopt(self._store.read(self.service))
        # Only on a fresh read: with everybody's next success it would be a write from everybody.
        if (success := self._last_success) is not None and run_outlived(self._circuit, success):
            ending = intents.end_run(self._circuit, last_success=success, now=self.time.time())
            self._write(ending)

    def _write(self, intent: Intent) -> Written:
        before = self._circuit
        written = self._store.attempt(self.service, intent)
        self._adopt(written.circuit)
        if written.won and intent.change is not None:
            self._observer.changed(before, written.circuit)
        return written

    def _adopt(self, circuit: Circuit) -> None:
        """Trust `circuit` for about a window; the jitter keeps a fleet from reading in step."""
        self._circuit = circuit
        standing = way(circuit, self.settings, 0.0)
        passes = standing in {Way.PASS, Way.UNCOUNTED}
        self._free_pass = Permit(circuit, counted=standing is Way.PASS) if passes else None
        now, self._learned_at = self.time.time(), self.time.monotonic()
        after = retry_after(circuit, self.settings, now)
        self._shut_until = now + after if standing is Way.REFUSE else None
        self._fresh_until = self._learned_at + self.settings.window * (0.8 + 0.4 * self._spread())
