"""The mutation check of proof (a): without any one condition, some guarantee breaks.

Each condition of each intent is taken away in turn, each alternative of an `either`, and each
`either` as a whole; then the same scenes are explored until one shows a counterexample.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from breakwater.resilience import intents
from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode
from breakwater.resilience.intent import Check, Intent
from tests.proofs.mutation_scenes import DEAD, WHERE, Where
from tests.proofs.protocol import Explorer
from tests.proofs.protocol_writes import Protocol

ALL = "all of either"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One condition of one intent, taken away."""

    intent: str
    condition: str
    """Attribute and comparison, or ALL."""

    def __str__(self) -> str:
        return f"{self.intent} without {self.condition}"

    def __call__(self, intent: Intent) -> Intent:
        if intent.name != self.intent:
            return intent
        if self.condition == ALL:
            return replace(intent, either=())
        kept = tuple(check for check in intent.checks if _named(check) != self.condition)
        either = tuple(check for check in intent.either if _named(check) != self.condition)
        return replace(intent, checks=kept, either=either)


def every_mutation() -> Iterator[Mutation]:
    """Return each condition that there is."""
    for intent in _every_intent():
        conditions = [_named(check) for check in (*intent.checks, *intent.either)]
        assert len(set(conditions)) == len(conditions), intent
        for condition in [*conditions, *([ALL] if intent.either else [])]:
            yield Mutation(intent.name, condition)


def _named(check: Check) -> str:
    # An override's mode is compared with nothing, or with what was seen: one condition.
    op = "" if check.attribute == "override_mode" else f" {check.op.value}"
    return f"{check.attribute}{op}"


def _every_intent() -> list[Intent]:
    """Return one of each, with every condition that it can have."""
    circuit, settings, now = (
        Circuit(service="any", override_mode=Mode.FORCED_OPEN),
        BreakerSettings(),
        0.0,
    )
    last: dict[str, Any] = {"now": now, "last_success": now}
    mine: dict[str, Any] = {"owner": "me", "now": now}
    return [
        intents.join_run(circuit, settings, count=1, **last),
        intents.begin_run(circuit, settings, count=1, began_at=now, **last),
        intents.trip(circuit, settings, now=now, spread=0),
        intents.claim(circuit, until=now, **mine),
        intents.reclaim(circuit, until=now, **mine),
        intents.prove(circuit, **mine),
        intents.close(circuit, **mine),
        intents.reopen(circuit, settings, spread=0, **mine),
        intents.release(circuit, **mine),
        intents.end_run(circuit, last_success=now, now=now),
        intents.override(circuit, mode=Mode.FORCED_OPEN, reason="", by="", until=now, now=now),
        intents.to_automatic(circuit, reason="", by="", now=now),
    ]


@dataclass(frozen=True, slots=True)
class Caught:
    """What a mutation led to: nothing, if no guarantee broke."""

    mutation: Mutation
    scene: str
    states: int
    broken: str | None
    trace: list[str]

    @property
    def line(self) -> str:
        """Describe it in a line."""
        found = f"caught in {len(self.trace)} steps: {self.broken}"
        return f"{self.mutation}: {found if self.broken else 'NOT CAUGHT'} ({self.scene})"


def hunt(mutation: Mutation) -> Caught:
    """Look for a counterexample to the protocol without a condition."""
    words = str(mutation).split()
    where = WHERE.get(" ".join(words[:3]), Where(DEAD))
    protocol = Protocol(where.scene.successes_to_close, mutation)
    start, states, trace, broken = where.scene.start(), 0, list[str](), None
    for goal in (*where.waypoints, None):
        found = Explorer(where.scene, protocol, start=start, goal=goal).run()
        states, trace, broken = states + found.states, trace + found.trace, found.broken
        if found.at_goal is None:
            break
        start = found.at_goal
    return Caught(mutation, where.scene.name, states, broken, trace)
