"""The model's writes: the real intents, built by the real functions, judged by the real conditions.

A protocol may have one condition taken away, which is how the proof shows that each is needed.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, cast

from breakwater.resilience import intents
from breakwater.resilience.circuit import Circuit, State, run_is_over
from breakwater.resilience.intent import Intent
from breakwater.resilience.store import applied, fits, to_circuit, values_of
from tests.proofs.protocol_rules import judge_write
from tests.proofs.protocol_state import (
    BAD,
    COUNT,
    END_RUN,
    GOOD,
    JUDGE,
    LAPSE,
    LEASE,
    MODES,
    NONE,
    OVERRIDE,
    SERVICE,
    SETTINGS,
    TAKE,
    TRIP,
    Caller,
    Item,
    Task,
    circuit_of,
    item_of,
)

TO_AUTOMATIC = -1
"""What an operator wants: this, or the index of a mode."""


class Landed(NamedTuple):
    """What came of a write."""

    won: bool
    item: Item
    broken: str | None = None


class Protocol:
    """Builds and applies writes, each combination once; `mutate` may weaken an intent."""

    def __init__(
        self, successes_to_close: int = 1, mutate: Callable[[Intent], Intent] | None = None
    ) -> None:
        self.successes_to_close = successes_to_close
        self._mutate = mutate
        self._done: dict[tuple[Item, Item | tuple[()], Task], Landed] = {}

    def attempt(self, item: Item, caller: Caller) -> Landed:
        """Return what becomes of a caller's pending write on an item."""
        task = caller.task
        if task.kind in {COUNT, END_RUN}:
            # Free in these: the builders and the rules find the caller's last success in it.
            task = task._replace(successes=caller.last_success)
        known = () if task.kind == JUDGE else caller.known
        key = (item, known, task)
        if key not in self._done:
            intent = self.intent(known, task)
            self._done[key] = self._land(item, intent, task)
        return self._done[key]

    def operate(self, item: Item, snapshot: Item, wanted: int) -> Landed:
        """Return what becomes of an operator's write, decided on what was seen before."""
        circuit, now = circuit_of(snapshot), 0
        if wanted == TO_AUTOMATIC:
            intent = intents.to_automatic(circuit, reason="", by="", now=now)
        else:
            intent = intents.override(
                circuit, mode=MODES[wanted], reason="", by="", until=now + OVERRIDE, now=now
            )
        # An operator may end an override at any time.
        return self._land(item, intent, Task(), by_hand=True)

    def intent(self, known: Item | tuple[()], task: Task) -> Intent:
        """Return the real intent of a pending write."""
        now = task.now
        if task.kind == JUDGE:
            return self._verdict(task)
        assert known
        circuit = circuit_of(known)
        match task.kind:
            case k if k == COUNT:
                return _count(circuit, task)
            case k if k == TRIP:
                return intents.trip(circuit, SETTINGS, now=now, spread=0)
            case k if k == TAKE:
                take = intents.claim if circuit.state is State.OPEN else intents.reclaim
                return take(circuit, owner=_name(task), until=now + LEASE, now=now)
            case k if k == LAPSE:
                return intents.to_automatic(circuit, reason="", by="", now=now)
        return intents.end_run(circuit, last_success=task.successes, now=now)

    def _verdict(self, task: Task) -> Intent:
        circuit = Circuit(
            service=SERVICE,
            state=State.HALF_OPEN,
            generation=task.generation,
            probe_successes=task.successes,
        )
        owner = _name(task)
        if task.end == BAD:
            return intents.reopen(circuit, SETTINGS, owner=owner, now=task.now, spread=0)
        if task.end != GOOD:
            return intents.release(circuit, owner=owner, now=task.now)
        last = task.successes + 1 >= self.successes_to_close
        return (intents.close if last else intents.prove)(circuit, owner=owner, now=task.now)

    def _land(self, item: Item, intent: Intent, task: Task, *, by_hand: bool = False) -> Landed:
        if self._mutate is not None:
            intent = self._mutate(intent)
        before = circuit_of(item)
        values = values_of(before)
        if not fits(intent, values):
            return Landed(False, item)
        after = to_circuit(SERVICE, applied(intent, values))
        seen_before = replace(before, override_until=0) if by_hand else before
        return Landed(True, item_of(after), judge_write(intent, seen_before, after, task))


def believe(protocol: Protocol, caller: Caller) -> Landed:
    """Return what a caller makes of a write that nobody answered: it holds for itself (steady)."""
    assert caller.known
    return protocol.attempt(caller.known, caller)


def _name(task: Task) -> str:
    # Compared with nothing but its like: a number will do, and sorts with the rest of the state.
    return cast("str", task.owner)


def _count(circuit: Circuit, task: Task) -> Intent:
    """Mirror `CircuitBreaker._count`."""
    last = None if task.successes == NONE else float(task.successes)
    now, count = float(task.now), task.failures
    if run_is_over(circuit, SETTINGS, now=now, last_success=last):
        return intents.begin_run(
            circuit,
            SETTINGS,
            count=count,
            began_at=float(task.began_at),
            now=now,
            last_success=last,
        )
    return intents.join_run(circuit, SETTINGS, count=count, now=now, last_success=last)
