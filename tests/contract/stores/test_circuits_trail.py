"""What the DynamoDB store writes of circuits into the audit trail, and where it stands there."""

from typing import Any

from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.resilience.circuit import State
from tests.fakes.aws import put_circuit
from tests.fakes.circuits import BEFORE, CLOSED, INTENTS, NOW, SERVICE
from tests.fakes.wire import trail_of


def test__events__of_a_whole_life(circuits: DynamoBreakerStore, dynamodb: Any) -> None:
    put_circuit(dynamodb, SERVICE, CLOSED)
    for name in ("trip", "override", "to_automatic"):
        circuit = circuits.read(SERVICE)
        intent = INTENTS[name]
        values = {check.attribute: check.value for check in intent.checks if check.value}
        put_circuit(dynamodb, SERVICE, {**BEFORE[name], "generation": circuit.generation} | values)
        assert circuits.attempt(SERVICE, intent).won
    trip, force, end = trail_of(dynamodb)
    assert {e.stream for e in (trip, force, end)} == {"circuit/intune"}
    assert (trip.position, trip.type, trip.owner) == (
        "000000000005",
        "CIRCUIT_STATE_CHANGED",
        "breakwater",
    )
    assert trip.data == {"service": SERVICE, "old": "closed", "new": "open", "failures": 5}
    assert force.position.startswith(f"000000000005#{int(NOW * 1000)}#")
    assert (force.type, force.owner) == ("CIRCUIT_OVERRIDE_SET", "operator-1")
    assert (force.data["old"], force.data["new"]) == ("automatic", "forced_closed")
    assert (force.data["reason"], force.data["until"]) == ("vendor says so", NOW + 40.5)
    assert end.position.startswith("000000000007#")
    assert (end.owner, end.data["new"], end.data["state"]) == ("operator-2", "automatic", "open")


def test__trail_older_than_the_table__a_change_finds_another_place(
    circuits: DynamoBreakerStore, dynamodb: Any
) -> None:
    put_circuit(dynamodb, SERVICE, CLOSED)
    assert circuits.attempt(SERVICE, INTENTS["trip"]).won
    put_circuit(dynamodb, SERVICE, CLOSED)  # the table was restored, the trail goes on
    assert circuits.attempt(SERVICE, INTENTS["trip"]).won
    first, second = trail_of(dynamodb)
    assert first.position == "000000000005"
    assert second.position.startswith(f"000000000005#{int(NOW * 1000)}#")
    assert circuits.read(SERVICE).state is State.OPEN
