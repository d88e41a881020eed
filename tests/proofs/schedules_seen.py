"""What is seen from outside while schedules run: the stateful proof's facts, and what only holds
where every step has its moment: who wrote it, and how many calls a dead service has seen by then.
"""

from dataclasses import dataclass

from breakwater.resilience.breaker import SYSTEM
from breakwater.resilience.circuit import BreakerSettings, Circuit, State
from breakwater.resilience.intent import Intent
from breakwater.resilience.intents import STATE_CHANGED
from tests.proofs.schedules_cast import Calling
from tests.proofs.stateful_facts import Facts
from tests.proofs.stateful_seen import check
from tests.proofs.stateful_wire import Clock

NEVER = float("-inf")


@dataclass
class Toll:
    """The calls that a dead service has seen in one closed generation since it died."""

    reached: int = 0
    crashes: int = 0
    is_troubled: bool = False
    """It died while failures stood: what was counted may yet turn out to be over."""


class Seen(Facts):
    """Facts about one schedule; its checks raise ViolationError."""

    def __init__(self, settings: BreakerSettings, *, callers: int, is_dead: bool) -> None:
        super().__init__(Clock(), settings, is_skewed=False)
        self._callers = callers
        self._was_alive = not is_dead
        self._last_success = NEVER
        self._tolls: dict[int, Toll] = {}

    @property
    def clock(self) -> Clock:
        """The time of them all."""
        return self._clock

    # Told of the service and of the calls that reach it.

    def turned(self, *, is_dead: bool) -> None:
        """Note that the service has died, or is well again."""
        self._was_alive |= not is_dead
        for toll in self._tolls.values() if is_dead else ():
            toll.is_troubled |= toll.reached > 0
            toll.reached = 0

    def forget_trouble(self) -> None:
        """From here on nobody has a reason to write, or to be refused."""
        self.ever_failed = self.ever_overridden = False

    def arrived(self, call: Calling, circuit: Circuit, *, is_dead: bool) -> None:
        """Note a call that reaches the service, `circuit` being how it stands now."""
        self.passed(circuit, probes=call.owner is not None, now=self._clock.now)
        if not is_dead:
            return
        self.ever_failed = True
        if call.in_closed:
            self._toll(call.circuit.generation).reached += 1
            self._check_toll(call.circuit.generation)

    def ended(self, call: Calling, end: str, *, began_at: float) -> None:
        """Note how a call has ended, before its caller tells anybody."""
        if end == "succeeds":
            self._last_success = max(self._last_success, began_at)
        elif call.in_closed:
            self.failed(call.circuit.generation, remembers=False)

    def was_not_sent(self, call: Calling) -> None:
        """Note that a call has not reached the dead service after all."""
        if call.in_closed:
            self._toll(call.circuit.generation).reached -= 1

    def gave_up(self, generation: int) -> None:
        """Note the death of a caller, with what it had to say of this generation."""
        self.ever_failed = True
        self._toll(generation).crashes += 1

    def _toll(self, generation: int) -> Toll:
        return self._tolls.setdefault(generation, Toll())

    def _check_toll(self, generation: int) -> None:
        """Guarantee 1, while the store answers; see protocol_rules.bound."""
        if self.last_fault > NEVER:
            return
        toll, fail_max = self._toll(generation), self._settings.fail_max
        bound = fail_max + self._callers - 1 + toll.crashes
        if self._was_alive:
            bound += self._callers - 1 + (toll.crashes > 0)
        if toll.is_troubled:
            bound += fail_max - 1
        check(toll.reached <= bound, "calls that reach a dead service", toll=toll, bound=bound)

    # Told of each request to write.

    def wrote(
        self,
        before: Circuit,
        intent: Intent,
        after: Circuit,
        *,
        won: bool,
        call: Calling | None = None,
    ) -> None:
        """Note what it did, and check that; `call` is the one that it reports, if any."""
        needed = self.ever_failed or self.ever_overridden or intent.name == "override"
        check(needed, "nothing is written while all is well", intent=intent.name)
        self.attempted(before, intent, after, won=won)
        if not won:
            return
        check_record(intent, before, after)
        self._check_due(intent, before)
        probes = after.probe_owner is not None
        check(not probes or after.state is State.HALF_OPEN, "probes are half-open's", by=intent)
        counts = before.generation == after.generation and before.failures != after.failures
        check(not counts or after.state is State.CLOSED, "runs are closed circuits'", by=intent)
        if call is not None:
            check_inert(intent, before, call)

    def _check_due(self, intent: Intent, before: Circuit) -> None:
        """What was due a moment ago may be so no more."""
        match intent.name:
            case "trip":
                full = before.failures >= self._settings.fail_max
                check(full, "it opens at the limit", failures=before.failures)
            case "end_run":
                outlived = (before.run_began_at or 0.0) < self._last_success
                check(outlived, "a run ends with a success that began after it", before=before)
            case "to_automatic" if intent.change and intent.change.details["by"] == SYSTEM:
                over = (before.override_until or 0.0) <= self._clock.now
                check(over, "an override lasts until its end", before=before)


def check_inert(intent: Intent, before: Circuit, call: Calling) -> None:
    """Guarantee 3: what a call reports changes the generation it was let in under, or nothing."""
    if intent.name == "trip":
        return  # Whoever finds the count at the limit trips; _check_due is about that.
    same = call.circuit.generation == before.generation
    check(same, "a late result is inert", intent=intent.name, before=before, call=call)
    mine = call.owner is None or before.probe_owner == call.owner
    check(mine, "only the prober's verdict counts", intent=intent.name, before=before)


def check_record(intent: Intent, before: Circuit, after: Circuit) -> None:
    """A change is recorded as what it was, and nothing else is."""
    change = intent.change
    if change is None:
        moved = after.generation != before.generation or after.override_mode != before.override_mode
        check(not moved, "a change is recorded", intent=intent.name)
        return
    old: str | None = before.override_mode
    new: str | None = after.override_mode
    if change.type == STATE_CHANGED:
        old, new = before.state, after.state
    told, real = (change.old, change.new), (old or "automatic", new or "automatic")
    check(told == real, "the record is of what has happened", told=told, real=real)
    same = intent.before.generation == before.generation
    check(same, "the record is of the generation in which it happened", by=intent, before=before)


def is_well(circuit: Circuit) -> bool:
    """Whether calls pass, and nothing stands that may end that."""
    return circuit.state is State.CLOSED and not (circuit.override_mode or circuit.failures)
