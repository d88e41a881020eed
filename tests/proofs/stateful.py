"""Proof (c): random histories of the real breaker against a store that fails in every way.

Hypothesis interleaves the calls of a few environments with crashes, skewed clocks, operators and
storage faults, and stateful_facts states the guarantees on what is seen from outside. Once on the
in-memory twin, once on the DynamoDB store over moto.
"""

from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from breakwater.resilience import intents
from breakwater.resilience.circuit import BreakerSettings, Mode, State
from tests.fakes.silence import silence
from tests.proofs.stateful_fleet import BAD, ENDS, Fleet
from tests.proofs.stateful_seen import check
from tests.proofs.stateful_wire import Fault
from tests.proofs.stateful_worlds import World

slots = st.integers(0, 3)
ends = st.sampled_from(sorted(ENDS))
FORCED = [Mode.FORCED_OPEN, Mode.FORCED_CLOSED]
TROUBLES = {"crashes", "faults", "operators"}
"""Drawn for a whole history: what always happens hides what needs peace to go wrong."""
JUMPS = (0.1, 1.3, 10.0, 31.0, 45.0, 61.0, 130.0, 320.0, 601.0)


def troubled(kind: str) -> Callable[[Any], Any]:
    """Keep a rule to the histories in which its kind of trouble happens."""
    return precondition(lambda self: kind in getattr(self, "troubles", ()))


class Histories(RuleBasedStateMachine):
    """The rules; `world` makes the store and says what stands in its trail."""

    world: ClassVar[World]
    numbers = count()
    totals: ClassVar[Counter[str]] = Counter()

    @initialize(
        fail_max=st.sampled_from([2, 3, 5]),
        proofs=st.sampled_from([1, 1, 2]),
        hold_back=st.sampled_from([0.0, 60.0]),
        slow_call=st.sampled_from([None, 5.0]),
        skews=st.one_of(
            st.lists(st.just(0.0), min_size=2, max_size=4),
            st.lists(st.sampled_from([0.0, 3.0, -3.0, 40.0, -40.0]), min_size=2, max_size=4),
        ),
        troubles=st.sets(st.sampled_from(sorted(TROUBLES))),
    )
    def start(
        self,
        fail_max: int,
        proofs: int,
        hold_back: float,
        slow_call: float | None,
        skews: list[float],
        troubles: set[str],
    ) -> None:
        self.troubles = troubles
        service = f"service-{next(self.numbers)}"
        store, trail = type(self).world(service)
        self.fleet = Fleet(
            store,
            service,
            BreakerSettings(
                fail_max=fail_max,
                successes_to_close=proofs,
                hold_back=hold_back,
                slow_call=slow_call,
                window=1.0,  # the clock's steps are made for it
            ),
            skews,
            trail,
        )

    @rule(slot=slots, end=ends)
    def call(self, slot: int, end: str) -> None:
        self.fleet.call(slot % len(self.fleet.callers), end)

    @rule(slot=slots)
    def enter(self, slot: int) -> None:
        self.fleet.enter(slot % len(self.fleet.callers))

    @precondition(lambda self: any(caller.under_way for caller in self.fleet.callers))
    @rule(data=st.data(), end=ends)
    def leave(self, data: st.DataObject, end: str) -> None:
        under_way = [call for caller in self.fleet.callers for call in caller.under_way]
        self.fleet.leave(data.draw(st.sampled_from(under_way), label="call"), end)

    @rule(calls=st.integers(2, 10), first=slots, end=st.sampled_from(sorted(BAD)))
    def is_dead(self, calls: int, first: int, end: str) -> None:
        """Everybody in turn meets a dead service."""
        for turn in range(first, first + calls):
            self.fleet.call(turn % len(self.fleet.callers), end)

    @rule(end=ends, forced=st.sampled_from([None, None, *FORCED]))
    def crowd(self, end: str, forced: Mode | None) -> None:
        """Everybody asks just before the circuit's next moment, and again just after it."""
        fleet = self.fleet
        fleet.clock.now = max(fleet.clock.now, fleet.next_moment() - 0.3)
        for slot in range(len(fleet.callers)):
            fleet.enter(slot)
        fleet.clock.now += 0.5
        if forced is not None and "operators" in self.troubles:
            self._force(forced, 100.0)
        calls = [fleet.enter(slot) for slot in range(len(fleet.callers))]
        for call in filter(None, calls):
            if call in fleet.callers[call.slot].under_way:
                fleet.leave(call, end)

    @troubled("crashes")
    @rule(slot=slots)
    def crash(self, slot: int) -> None:
        self.fleet.crash(slot % len(self.fleet.callers))

    @rule(seconds=st.sampled_from(JUMPS))
    def advance(self, seconds: float) -> None:
        self.fleet.clock.now += seconds

    @troubled("faults")
    @rule(slot=slots, faults=st.lists(st.sampled_from(Fault), min_size=1, max_size=4))
    def arm(self, slot: int, faults: list[Fault]) -> None:
        self.fleet.callers[slot % len(self.fleet.callers)].wire.armed += faults

    @troubled("faults")
    @rule(slot=slots, is_cut=st.booleans())
    def cut(self, slot: int, is_cut: bool) -> None:
        self.fleet.callers[slot % len(self.fleet.callers)].wire.is_cut = is_cut

    @troubled("faults")
    @rule(slot=slots)
    def land_late(self, slot: int) -> None:
        self.fleet.callers[slot % len(self.fleet.callers)].wire.land_late()

    @troubled("operators")
    @rule(
        mode=st.sampled_from(FORCED),
        lasts=st.sampled_from([5.0, 100.0, 3600.0]),
    )
    def override(self, mode: Mode, lasts: float) -> None:
        self._force(mode, lasts)

    @troubled("operators")
    @precondition(lambda self: self.fleet.truth().override_mode is not None)
    @rule()
    def automatic(self) -> None:
        fleet = self.fleet
        intent = intents.to_automatic(fleet.truth(), reason="over", by="op", now=fleet.clock.now)
        fleet.operator.attempt(fleet.service, intent)

    def _force(self, mode: Mode, lasts: float) -> None:
        fleet = self.fleet
        now = fleet.clock.now
        intent = intents.override(
            fleet.truth(), mode=mode, reason="drill", by="op", until=now + lasts, now=now
        )
        fleet.operator.attempt(fleet.service, intent)

    def teardown(self) -> None:
        """Guarantee 4: whatever has happened, it closes once the service is well."""
        if not hasattr(self, "fleet"):
            return
        fleet = self.fleet
        fleet.heal()
        # Twice: a run that was full already opens the circuit once more.
        for _ in range(2):
            fleet.pass_everything()
            for turn in range(fleet.settings.successes_to_close):
                fleet.call(turn % len(fleet.callers), "succeeds")
                fleet.clock.now += 1.5
            if fleet.truth().state is State.CLOSED and not fleet.truth().is_open:
                break
        circuit = fleet.truth()
        check(
            circuit.state is State.CLOSED and circuit.override_mode is None,
            "it can close again",
            circuit=circuit,
        )
        fleet.facts.check_changes(fleet.trail())
        self.totals.update(
            histories=1, transitions=len(fleet.facts.changes), probes=fleet.facts.probes
        )


def explore(world: World, *, examples: int, steps: int = 40, shrinks: bool = True) -> None:
    """Run `examples` histories of up to `steps` rules. Raises ViolationError."""
    rules = type("HistoriesIn", (Histories,), {"world": staticmethod(world)})
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    with silence():  # the storage warns whenever it fails: here it always does
        run_state_machine_as_test(
            rules,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=True,
                database=None,
                phases=phases,
                report_multiple_bugs=False,
                print_blob=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
