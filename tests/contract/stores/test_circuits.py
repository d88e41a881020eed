"""What every BreakerStore promises, and that an intent means the same to each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.resilience import intents
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.resilience.intent import Check, Intent, Op
from breakwater.resilience.store import (
    BreakerStore,
    MemoryBreakerStore,
    applied,
    values_of,
)
from tests.fakes.aws import put_circuit
from tests.fakes.circuits import (
    ABANDONED,
    BEFORE,
    CLOSED,
    FREE,
    INTENTS,
    LOSSES,
    NOW,
    ON_NOTHING,
    OPEN,
    OVER,
    SERVICE,
    SETTINGS,
    circuit_of,
    spoiled,
    with_value,
)
from tests.fakes.threads import at_once
from tests.fakes.wire import trail_of

CHANGING = [name for name, intent in INTENTS.items() if intent.change is not None]


@dataclass(frozen=True, slots=True)
class Rig:
    """A store, a way to put values under it, and the audit trail as `(type, old, new)`."""

    store: BreakerStore
    seed: Callable[[Mapping[str, Any]], None]
    trail: Callable[[], list[tuple[str, str, str]]]

    def attempt(self, intent: Intent) -> Circuit | None:
        """Return the circuit after the intent has won, or None."""
        written = self.store.attempt(SERVICE, intent)
        return written.circuit if written.won else None


def _in_memory() -> Rig:
    store = MemoryBreakerStore()

    def seed(values: Mapping[str, Any]) -> None:
        store.items[SERVICE] = {name: val for name, val in values.items() if val is not None}

    return Rig(store, seed, lambda: [(c.type, c.old, c.new) for _, c in store.changes])


def _on_dynamodb(client: Any) -> Rig:
    def seed(values: Mapping[str, Any]) -> None:
        put_circuit(client, SERVICE, values)

    store = DynamoBreakerStore(client, circuits_table="circuits", events_table="events")
    return Rig(store, seed, lambda: [entry.change for entry in trail_of(client)])


@pytest.fixture(params=["memory", "dynamodb"])
def rig(request: pytest.FixtureRequest) -> Rig:
    if request.param == "memory":
        return _in_memory()
    return _on_dynamodb(request.getfixturevalue("dynamodb"))


def change_of(intent: Intent) -> list[tuple[str, str, str]]:
    change = intent.change
    return [] if change is None else [(change.type, change.old, change.new)]


def test__read__nothing_there__is_closed(rig: Rig) -> None:
    assert rig.store.read(SERVICE) == Circuit(service=SERVICE)


@pytest.mark.parametrize("values", [CLOSED, OVER, OPEN, ABANDONED, FREE, *BEFORE.values()])
def test__read__every_value__as_it_was(rig: Rig, values: Mapping[str, Any]) -> None:
    rig.seed(values)
    assert rig.store.read(SERVICE) == circuit_of(values)


@pytest.mark.parametrize("name", INTENTS)
def test__intent__checks_hold__is_applied_with_its_change(rig: Rig, name: str) -> None:
    rig.seed(BEFORE[name])
    after = rig.attempt(INTENTS[name])
    assert after == circuit_of(applied(INTENTS[name], BEFORE[name]))
    assert rig.store.read(SERVICE) == after
    assert rig.trail() == change_of(INTENTS[name])


@pytest.mark.parametrize(("name", "check", "against"), LOSSES)
def test__intent__one_check_fails__changes_nothing_and_shows_what_stands(
    rig: Rig, name: str, check: Check, against: str
) -> None:
    standing = with_value(BEFORE[name], check.attribute, spoiled(check, against))
    rig.seed(standing)
    written = rig.store.attempt(SERVICE, INTENTS[name])
    assert not written.won
    assert written.circuit == circuit_of(standing)
    assert rig.store.read(SERVICE) == circuit_of(standing)
    assert rig.trail() == []


@pytest.mark.parametrize("name", [name for name in INTENTS if INTENTS[name].either])
def test__intent__none_of_either_holds__is_lost(rig: Rig, name: str) -> None:
    rig.seed({**BEFORE[name], **all_spoiled(INTENTS[name])})
    assert rig.attempt(INTENTS[name]) is None


@pytest.mark.parametrize(
    ("name", "check"), [(name, check) for name in INTENTS for check in INTENTS[name].either]
)
def test__intent__one_of_either_holds__wins(rig: Rig, name: str, check: Check) -> None:
    good: Any = None if check.op is Op.ABSENT else check.value
    if check.op is Op.BELOW:
        good -= 0.001
    values = {**BEFORE[name], **all_spoiled(INTENTS[name])}
    rig.seed(with_value(values, check.attribute, good))
    assert rig.attempt(INTENTS[name]) is not None


def all_spoiled(intent: Intent) -> dict[str, Any]:
    return {check.attribute: spoiled(check, "other") for check in intent.either}


@pytest.mark.parametrize("name", ON_NOTHING)
def test__intent__no_item__counts_as_closed_with_no_failures(rig: Rig, name: str) -> None:
    written = rig.store.attempt(SERVICE, ON_NOTHING[name])
    assert written.won is (name in {"begin_run", "override"})
    expected = values_of(Circuit(service=SERVICE))
    if written.won:
        expected = applied(ON_NOTHING[name], expected)
    assert written.circuit == circuit_of(expected)
    assert rig.store.read(SERVICE) == written.circuit


@pytest.mark.parametrize("name", CHANGING)
def test__change__tried_again__is_recorded_once(rig: Rig, name: str) -> None:
    rig.seed(BEFORE[name])
    rig.attempt(INTENTS[name])
    again = rig.store.attempt(SERVICE, INTENTS[name])
    assert not again.won or name == "override"
    assert len(rig.trail()) == (2 if again.won else 1)


def test__times__keep_their_last_digit(rig: Rig) -> None:
    until = 1_767_268_800.1234567
    forced = intents.override(
        Circuit(service=SERVICE),
        mode=Mode.FORCED_OPEN,
        reason="r",
        by="b",
        until=until,
        now=NOW,
    )
    after = rig.attempt(forced)
    assert after is not None
    assert rig.store.read(SERVICE).override_until == until
    # The end of an override names the very moment.
    assert rig.attempt(intents.to_automatic(after, reason="r", by="b", now=NOW)) is not None


def test__join_run__many_at_once__every_failure_counts(rig: Rig) -> None:
    rig.seed({**CLOSED, "failures": 0})
    join = intents.join_run(circuit_of(CLOSED), SETTINGS, count=1, now=NOW, last_success=None)
    counts = at_once(12, lambda _: rig.store.attempt(SERVICE, join).circuit.failures)
    assert sorted(counts) == list(range(1, 13))


def test__claim__many_at_once__one_probes_and_all_know_who(rig: Rig) -> None:
    rig.seed(OPEN)

    def claim(number: int) -> tuple[bool, str, str | None]:
        owner = f"owner-{number}"
        intent = intents.claim(circuit_of(OPEN), owner=owner, until=NOW + 40, now=NOW)
        written = rig.store.attempt(SERVICE, intent)
        return written.won, owner, written.circuit.probe_owner

    results = at_once(12, claim)
    [winner] = [owner for won, owner, _ in results if won]
    assert {seen for _, _, seen in results} == {winner}
    assert rig.trail() == [("CIRCUIT_STATE_CHANGED", "open", "half-open")]


def test__trip__many_at_once__opens_once(rig: Rig) -> None:
    rig.seed(CLOSED)
    won = at_once(12, lambda _: rig.store.attempt(SERVICE, INTENTS["trip"]).won)
    assert won.count(True) == 1
    assert rig.store.read(SERVICE).state is State.OPEN
    assert len(rig.trail()) == 1
