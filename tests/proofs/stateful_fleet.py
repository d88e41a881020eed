"""A fleet of real breakers in one process, each with its clock, cache and way to the store."""

from collections.abc import Callable
from dataclasses import dataclass

from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Circuit, State
from breakwater.resilience.guard import Guard
from breakwater.resilience.observer import Unobserved
from breakwater.resilience.steady import SteadyStore
from breakwater.resilience.store import BreakerStore
from tests.proofs.stateful_facts import Facts
from tests.proofs.stateful_seen import check
from tests.proofs.stateful_wire import CallersTime, Clock, Died, Wire

TIMEOUT = 30.0
ENDS: dict[str, BaseException | None] = {
    "succeeds": None,
    "fails": TransientError("503"),
    "refused": PermanentError("404", status_code=404),
    "throttled": ThrottledError("429", retry_after=1.0),
    "not sent": TransientError("no connection was free", blames_service=False),
    "our fault": KeyError("a bug of ours"),
    "slow": None,
}
BAD = {"fails", "slow"}
GOOD = {"succeeds", "refused"}


@dataclass
class Call:
    """One guarded call under way."""

    slot: int
    lane: int
    guard: Guard
    circuit: Circuit
    owner: str | None
    counted: bool
    began_at: float

    @property
    def in_closed(self) -> bool:
        """Whether a failure of it counts."""
        return self.circuit.state is State.CLOSED and self.counted


class Caller(Unobserved):
    """One environment: what it knows is lost with it."""

    def __init__(self, fleet: "Fleet", slot: int, skew: float) -> None:
        self.slot = slot
        self.time = CallersTime(fleet.clock, skew)
        self.wire = Wire(fleet.store, fleet.facts)
        self.under_way: list[Call] = []
        self.has_succeeded = False
        self.breaker = CircuitBreaker(
            fleet.service,
            settings=fleet.settings,
            store=SteadyStore(self.wire, time=self.time),
            time=self.time,
            observer=self,
            spread=lambda: 0.5,
        )
        self._facts = fleet.facts

    def probed(self, circuit: Circuit) -> None:
        self._facts.probed(str(circuit.probe_owner))

    def free_lane(self) -> int:
        taken = {call.lane for call in self.under_way}
        return next(lane for lane in range(len(taken) + 1) if lane not in taken)


class Fleet:
    """Callers of one service, and everything that is seen of them."""

    def __init__(
        self,
        store: BreakerStore,
        service: str,
        settings: BreakerSettings,
        skews: list[float],
        trail: Callable[[], list[tuple[str, str, str]]],
    ) -> None:
        self.store, self.service, self.settings = store, service, settings
        self.trail = trail
        self.clock = Clock()
        self.facts = Facts(self.clock, settings, is_skewed=any(skews))
        self.operator = Wire(store, self.facts)
        self.callers = [Caller(self, slot, skew) for slot, skew in enumerate(skews)]

    def truth(self) -> Circuit:
        """Return the circuit as it stands."""
        return self.store.read(self.service)

    def enter(self, slot: int) -> Call | None:
        """Let a caller begin a call; None if it is refused, or dies."""
        caller = self.callers[slot]
        guard = caller.breaker.guard(timeout=TIMEOUT)
        try:
            guard.__enter__()
        except CircuitBreakerOpenError as error:
            check(error.retry_after > 0, "a refusal says when", after=error.retry_after)
            self.facts.refused(self.truth())
            return None
        except Died:
            self.crash(slot)
            return None
        permit = guard._permit
        call = Call(
            slot=slot,
            lane=caller.free_lane(),
            guard=guard,
            circuit=permit.circuit,
            owner=permit.owner,
            counted=permit.counted,
            began_at=self.clock.now,
        )
        caller.under_way.append(call)
        now = caller.time.time()
        self.facts.passed(self.truth(), probes=permit.owner is not None, now=now)
        return call

    def leave(self, call: Call, end: str) -> None:
        """End a call, and check what its result did to the circuit."""
        caller = self.callers[call.slot]
        end = self._really(call, end)
        generation = call.circuit.generation
        if end in BAD and call.in_closed:
            self.facts.reached(generation, (call.slot, call.lane))
            self.facts.failed(generation, remembers=self._remembers())
        self.facts.ever_failed |= end in BAD
        before = self.truth()
        error = ENDS[end]
        try:
            call.guard.__exit__(None if error is None else type(error), error, None)
        except Died:
            self.crash(call.slot, ended=call)
        else:
            caller.under_way.remove(call)
        if end in GOOD:
            caller.has_succeeded = True
            self.facts.answered(before)
        after = self.truth()
        full = before.state is State.CLOSED and before.failures >= self.settings.fail_max
        if generation < before.generation and not full:
            check(before == after, "a late result is inert", before=before, after=after, end=end)
        if before.state is State.HALF_OPEN and before != after:
            mine = before.probe_owner == call.owner and before.generation == generation
            check(mine, "only the prober's verdict counts", before=before, after=after, end=end)
        if call.in_closed:
            self.facts.check_bound(generation)

    def _really(self, call: Call, end: str) -> str:
        """Let a slow call take its time; an answer that took as long by chance is slow too."""
        limit = self.settings.slow_call
        if end == "slow":
            self.clock.now += (limit or 0.0) + 1
            end = "succeeds"
        is_late = limit is not None and self.clock.now - call.began_at > limit
        return "slow" if end in GOOD and is_late else end

    def crash(self, slot: int, ended: Call | None = None) -> None:
        """Replace a caller by a cold one; its calls reached the service and are never told."""
        dead = self.callers[slot]
        self.facts.crashed(self.truth().generation)
        for call in dead.under_way:
            self.facts.ever_failed = True
            if call.in_closed and call is not ended:
                self.facts.reached(call.circuit.generation, (slot, call.lane))
                self.facts.crashed(call.circuit.generation)
        self.callers[slot] = Caller(self, slot, dead.time.skew)
        self.callers[slot].wire.late = dead.wire.late

    def call(self, slot: int, end: str) -> bool:
        """Make one call from beginning to end; False if it was refused."""
        writes = self.callers[slot].wire.attempts
        call = self.enter(slot)
        if call is None:
            return False
        self.leave(call, end)
        if end == "succeeds":
            self.facts.check_healthy_call(self.callers[slot].wire.attempts - writes)
        return True

    def heal(self) -> None:
        """End every fault, let what is late land, and give up what is under way."""
        for caller in self.callers:
            caller.wire.armed.clear()
            caller.wire.is_cut = False
            caller.wire.land_late()
        for slot in range(len(self.callers)):
            self.crash(slot)

    def next_moment(self) -> float:
        """Return when the circuit next lets somebody do something, or now."""
        circuit = self.truth()
        moments = (circuit.override_until, circuit.probe_until, circuit.retry_at)
        return next((moment for moment in moments if moment is not None), self.clock.now)

    def pass_everything(self) -> None:
        """Move past every moment that the circuit waits for, on every clock."""
        circuit = self.truth()
        moments = (circuit.retry_at, circuit.probe_until, circuit.override_until, self.clock.now)
        self.clock.now = max(filter(None, moments)) + 200

    def _remembers(self) -> bool:
        return any(caller.has_succeeded for caller in self.callers)
