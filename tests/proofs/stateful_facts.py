"""What can be seen from outside in the stateful proof, and the guarantees stated on it.

Seen are the calls that reached the service, the probes among them, and every request to the store
with the circuit before and after it. Nothing here asks a breaker what it thinks.
"""

from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode, State
from breakwater.resilience.intent import Change, Intent
from breakwater.resilience.intents import STATE_CHANGED
from tests.proofs.stateful_seen import Era, Lane, Lease, check
from tests.proofs.stateful_wire import START, Clock

SETTLED = 90.0
"""Seconds after a storage fault until every caller is back on the shared circuit: the age up to
which it trusts what it last knew, the pause of its local breaker, and some windows."""

LAG = 1.0
"""Seconds for which an eventually consistent read may not show a write."""


class Facts:
    """Everything seen so far; its checks raise ViolationError."""

    def __init__(self, clock: Clock, settings: BreakerSettings, *, is_skewed: bool) -> None:
        self._clock = clock
        self._settings = settings
        self._is_skewed = is_skewed
        self._eras: dict[int, Era] = {}
        self._leases: dict[str, Lease] = {}
        self._began: dict[int, float] = {0: START}
        self._replaced: tuple[float, Circuit | None] = (START, None)
        self.window = settings.window * 1.2 + LAG
        self.changes: list[tuple[int, Change]] = []
        self.probes = 0
        self.last_fault = float("-inf")
        self.last_closed = self.last_refusing = self.healthy_since = START
        self.override_at = float("-inf")
        self.ever_failed = self.ever_overridden = False

    # Told by the wires: what reached the store.

    def disturbed(self) -> None:
        """Note a storage fault."""
        self.last_fault = self._clock.now

    @property
    def is_settled(self) -> bool:
        """Whether the store has answered for long enough that nobody acts on less."""
        return self._clock.now - self.last_fault > SETTLED

    def stale(self) -> Circuit | None:
        """Return what a replica that lags may still say."""
        replaced_at, circuit = self._replaced
        return circuit if self._clock.now - replaced_at <= LAG else None

    def attempted(self, before: Circuit, intent: Intent, after: Circuit, *, won: bool) -> None:
        """Note a request, and check what it did."""
        self.passes(before)
        if not won:
            check(after == before, "a lost condition changes nothing", intent=intent.name)
            return
        self._replaced = (self._clock.now, before)
        operators = intent.name in {"override", "to_automatic"}
        check(operators or before.override_mode is None, "nothing counts while forced", by=intent)
        moves = after.generation - before.generation
        check(moves in {0, 1}, "generations grow one by one", before=before, after=after)
        check(moves == 1 or before.state == after.state, "a transition is a new generation")
        if intent.change is not None:
            self.changes.append((after.generation, intent.change))
        self._leased(intent, before, after)
        if moves:
            self._began[after.generation] = self._clock.now
        if before.state is State.CLOSED and intent.name == "trip":
            self._tripped(before)
        if operators:
            self.override_at, self.ever_overridden = self._clock.now, True
            self.era(before.generation).clean = False
        if not _is_healthy(after):
            self.healthy_since = float("inf")
        elif not _is_healthy(before):
            self.healthy_since = self._clock.now
        self.passes(after)

    def passes(self, circuit: Circuit) -> None:
        """Note how the circuit stands at this moment."""
        if circuit.is_open or circuit.failures >= self._settings.fail_max:
            self.last_refusing = self._clock.now
        if not circuit.is_open:
            self.last_closed = self._clock.now

    def _leased(self, intent: Intent, before: Circuit, after: Circuit) -> None:
        """Guarantee 2: whoever takes a lease waits for the end of the last one, by its clock."""
        last = self._leases.get(before.probe_owner or "")
        if intent.name in {"claim", "reclaim"}:
            now = float(intent.put["updated_at"])
            ended = last is None or last.is_over or last.until <= now
            check(ended, "one probe per lease", last=last, now=now)
            due = intent.name == "reclaim" or (before.retry_at or 0.0) <= now
            check(due, "no probe before its time", retry_at=before.retry_at, now=now)
            until = after.probe_until or float("-inf")
            check(until > now, "a lease lasts", until=until, now=now)
            self._leases[str(after.probe_owner)] = Lease(until)
        if last is not None and after.probe_owner != before.probe_owner:
            last.is_over = True

    def _tripped(self, before: Circuit) -> None:
        """Check that nothing but this generation's own failures has opened it."""
        era = self.era(before.generation)
        check(
            era.failed >= self._settings.fail_max,
            "it opens for failures of its own generation only",
            failed=era.failed,
            counted=before.failures,
        )

    # Told by the callers: what reached the service.

    def era(self, generation: int) -> Era:
        """Return what is known of a closed generation."""
        began_at = self._began.get(generation, self._clock.now)
        return self._eras.setdefault(generation, Era(began_at))

    def answered(self, current: Circuit) -> None:
        """Note a success: the failures before it are no run any more."""
        self.era(current.generation).clean = False

    def failed(self, generation: int, *, remembers: bool) -> None:
        """Note a failed call that was let in under `generation`, before it is told."""
        self.ever_failed = True
        era = self.era(generation)
        era.failed += 1
        era.remembers |= remembers
        last, era.last_failure = era.last_failure, self._clock.now
        if last is not None and self._clock.now - last > self._settings.run_memory - 200:
            era.clean = False

    def reached(self, generation: int, lane: Lane) -> None:
        """Note that a call which came to a bad end, or to none, had reached the service."""
        era = self.era(generation)
        era.reached += 1
        era.lanes.add(lane)

    def crashed(self, generation: int) -> None:
        """Note the death of a caller, or of a call of its."""
        self.era(generation).crashes += 1

    def check_bound(self, generation: int) -> None:
        """Guarantee 1: how many calls a dead service sees in one closed generation."""
        era = self.era(generation)
        undisturbed = self.last_fault < era.began_at - SETTLED
        if not (era.clean and undisturbed) or (era.remembers and self._is_skewed):
            return
        others = (len(era.lanes) - 1) * (2 if era.remembers else 1)
        bound = self._settings.fail_max + others + era.crashes
        check(era.reached <= bound, "calls that reach a dead service", era=era, bound=bound)

    def probed(self, owner: str) -> None:
        """Guarantee 2: a probe starts under a lease, and no other under the same."""
        self.probes += 1
        lease = self._leases.get(owner)
        if lease is None:
            check(not self.is_settled, "a probe has the fleet's leave", owner=owner)
            return
        check(not lease.is_used, "a lease is for one probe", owner=owner)
        lease.is_used = True

    def passed(self, circuit: Circuit, *, probes: bool, now: float) -> None:
        """Check that a call was let in for a reason, `circuit` being how it stands now."""
        self.passes(circuit)
        if not self.is_settled:
            return
        moment = self._clock.now
        late = moment - self.last_closed > self.window
        check(probes or not circuit.is_open or not late, "an open circuit lets probes in only")
        forced = circuit.override_mode is Mode.FORCED_OPEN and now < (circuit.override_until or 0)
        heard = moment - self.override_at > self.window
        check(not forced or not heard, "forced open is open for all", circuit=circuit)

    def refused(self, circuit: Circuit) -> None:
        """Guarantee 6, and its like: a refusal needs an open circuit, not an ailing store."""
        self.passes(circuit)
        check(self.ever_failed or self.ever_overridden, "nothing fails, yet a call is refused")
        recent = self._clock.now - self.last_refusing <= self.window
        check(recent or not self.is_settled, "a closed circuit refuses nobody", circuit=circuit)

    def check_healthy_call(self, writes: int) -> None:
        """Guarantee 5: nothing is written while all is well."""
        well = self._clock.now - self.healthy_since > self.window
        check(not (well and self.is_settled) or writes == 0, "no writes while healthy", n=writes)

    def check_changes(self, recorded: list[tuple[str, str, str]]) -> None:
        """Each transition and override stands in the trail once, as `(type, old, new)`."""
        expected = sorted((change.type, change.old, change.new) for _, change in self.changes)
        check(
            sorted(recorded) == expected,
            "each change is recorded once",
            trail=recorded,
            seen=expected,
        )
        moves = [number for number, change in self.changes if change.type == STATE_CHANGED]
        check(moves == sorted(set(moves)), "generations grow in the trail", generations=moves)


def _is_healthy(circuit: Circuit) -> bool:
    closed = circuit.state is State.CLOSED and circuit.override_mode is None
    return closed and circuit.failures == 0
