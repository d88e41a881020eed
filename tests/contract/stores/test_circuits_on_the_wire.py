"""What the DynamoDB store sends for an intent, and what it makes of the answers."""

from collections.abc import Mapping
from typing import Any

import pytest

from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.domain.errors import StorageUnavailableError
from breakwater.resilience.circuit import Circuit, State
from breakwater.resilience.store import applied
from tests.fakes.circuits import (
    BEFORE,
    CLOSED,
    INTENTS,
    ME,
    NOW,
    ON_NOTHING,
    OPEN,
    SERVICE,
    circuit_of,
)
from tests.fakes.wire import Wire, trail_of

UPDATE, TRANSACT, GET = "update_item", "transact_write_items", "get_item"
COUNTS = ("join_run", "begin_run")
CHANGING = [name for name, intent in INTENTS.items() if intent.change is not None]
PLAIN = [name for name in INTENTS if name not in CHANGING]


@pytest.fixture
def wire(dynamodb: Any) -> Wire:
    return Wire(dynamodb)


@pytest.fixture
def store(wire: Wire) -> DynamoBreakerStore:
    return DynamoBreakerStore(wire, circuits_table="circuits", events_table="events")


def seed(client: Any, values: Mapping[str, Any]) -> None:
    item = {k: {"S": v} if isinstance(v, str) else {"N": repr(v)} for k, v in values.items()}
    client.put_item(TableName="circuits", Item={"service": {"S": SERVICE}, **item})


@pytest.mark.parametrize("name", PLAIN)
def test__no_change__one_update_and_no_read(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, BEFORE[name])
    assert store.attempt(SERVICE, INTENTS[name]).won
    assert not store.attempt(SERVICE, ON_NOTHING[name]).won
    assert wire.operations == [UPDATE, UPDATE]


@pytest.mark.parametrize("name", CHANGING)
def test__change__one_transaction_and_no_read(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, BEFORE[name])
    assert store.attempt(SERVICE, INTENTS[name]).won
    assert wire.operations == [TRANSACT]


@pytest.mark.parametrize("name", CHANGING)
def test__change__lost__shows_what_stands_without_a_read(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, {**BEFORE[name], "generation": 99, "probe_owner": "other"})
    written = store.attempt(SERVICE, INTENTS[name])
    assert (written.won, written.circuit.generation) == (False, 99)
    assert wire.operations == [TRANSACT]


def test__lost__nothing_stands__is_read_once(store: DynamoBreakerStore, wire: Wire) -> None:
    written = store.attempt(SERVICE, INTENTS["join_run"])
    assert written.circuit == Circuit(service=SERVICE)
    assert wire.operations == [UPDATE, GET]
    assert wire.sent[1][1]["ConsistentRead"] is True


def test__read__a_whole_second__is_a_float_all_the_same(
    store: DynamoBreakerStore, dynamodb: Any
) -> None:
    seed(dynamodb, {**OPEN, "retry_at": 60})  # as DynamoDB writes 60.0
    circuit = store.read(SERVICE)
    assert (type(circuit.retry_at), type(circuit.reopens)) == (float, int)


def test__read__older_than_what_is_known__is_made_again_consistently(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any
) -> None:
    seed(dynamodb, OPEN)
    store.attempt(SERVICE, INTENTS["claim"])
    seed(dynamodb, OPEN)  # a replica that lags, or a table put back in time
    wire.sent.clear()
    assert store.read(SERVICE).generation == OPEN["generation"]
    assert [sent["ConsistentRead"] for _, sent in wire.sent] == [False, True]
    store.read(SERVICE)
    assert len(wire.sent) == 3


@pytest.mark.parametrize("name", COUNTS)
def test__count__answer_lost__is_not_sent_again(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, BEFORE[name])
    wire.faults = [Wire.LOST]
    with pytest.raises(StorageUnavailableError):
        store.attempt(SERVICE, INTENTS[name])
    assert wire.operations == [UPDATE]
    assert store.read(SERVICE) == circuit_of(applied(INTENTS[name], BEFORE[name]))


@pytest.mark.parametrize("name", [name for name in INTENTS if name not in COUNTS])
def test__not_answered__is_sent_once_more(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, BEFORE[name])
    wire.faults = [Wire.UNSENT]
    assert store.attempt(SERVICE, INTENTS[name]).won
    assert len(wire.sent) == 2


def test__first_read__not_answered__is_sent_once_more_and_no_oftener(
    store: DynamoBreakerStore, wire: Wire
) -> None:
    wire.faults = [Wire.UNSENT, Wire.UNSENT]
    with pytest.raises(StorageUnavailableError):
        store.read(SERVICE)
    wire.faults = [Wire.UNSENT]
    assert store.read(SERVICE) == Circuit(service=SERVICE)
    assert [sent["ConsistentRead"] for _, sent in wire.sent] == [False] * 4


def test__later_read__not_answered__is_not_sent_again(
    store: DynamoBreakerStore, wire: Wire
) -> None:
    # Its caller knows the circuit as it was, and may have to ask once more within one call.
    store.read(SERVICE)
    wire.faults = [Wire.UNSENT]
    with pytest.raises(StorageUnavailableError):
        store.read(SERVICE)
    assert wire.operations == [GET] * 2


def test__once_more__not_wanted__one_try(dynamodb: Any) -> None:
    wire = Wire(dynamodb)
    store = DynamoBreakerStore(
        wire, circuits_table="circuits", events_table="events", once_more=False
    )
    wire.faults = [Wire.UNSENT]
    with pytest.raises(StorageUnavailableError):
        store.read(SERVICE)
    assert wire.operations == [GET]


@pytest.mark.parametrize("name", CHANGING)
def test__change__answer_lost__has_landed_once(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, BEFORE[name])
    wire.faults = [Wire.LOST]
    written = store.attempt(SERVICE, INTENTS[name])
    # DynamoDB knows the token and says again that it is done; moto does not know tokens.
    tokens = [sent["ClientRequestToken"] for op, sent in wire.sent if op == TRANSACT]
    assert (len(tokens), len(set(tokens))) == (2, 1)
    assert written.circuit == circuit_of(applied(INTENTS[name], BEFORE[name]))
    assert len(trail_of(dynamodb)) == 1


@pytest.mark.parametrize("name", ["claim", "reclaim"])
def test__claim__answer_lost__is_found_to_be_mine(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, BEFORE[name])
    wire.faults = [Wire.LOST]
    written = store.attempt(SERVICE, INTENTS[name])
    assert written.circuit.probe_owner == ME
    assert written.circuit.state is State.HALF_OPEN


@pytest.mark.parametrize("name", ["join_run", "trip"])
def test__conflict__is_tried_once_more(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, CLOSED)
    code = "TransactionConflict" if name == "trip" else "TransactionConflictException"
    wire.faults = [code]
    assert store.attempt(SERVICE, INTENTS[name]).won
    assert len(wire.sent) == 2


@pytest.mark.parametrize("name", ["join_run", "trip"])
def test__conflict__goes_on__is_lost_to_others(
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    seed(dynamodb, CLOSED)
    code = "TransactionConflict" if name == "trip" else "TransactionConflictException"
    wire.faults = [code, code]
    written = store.attempt(SERVICE, INTENTS[name])
    assert (written.won, written.circuit) == (False, circuit_of(CLOSED))
    assert wire.operations[2:] == [GET]


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "InternalServerError",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ValidationException",
    ],
)
def test__refused__is_unavailable_whatever_it_is_and_not_asked_again(
    store: DynamoBreakerStore, wire: Wire, code: str
) -> None:
    wire.faults = [code]
    with pytest.raises(StorageUnavailableError):
        store.read(SERVICE)
    assert wire.operations == [GET]


def test__events__of_a_whole_life(store: DynamoBreakerStore, dynamodb: Any) -> None:
    seed(dynamodb, CLOSED)
    for name in ("trip", "override", "to_automatic"):
        circuit = store.read(SERVICE)
        intent = INTENTS[name]
        values = {check.attribute: check.value for check in intent.checks if check.value}
        seed(dynamodb, {**BEFORE[name], "generation": circuit.generation} | values)
        assert store.attempt(SERVICE, intent).won
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
    store: DynamoBreakerStore, wire: Wire, dynamodb: Any
) -> None:
    seed(dynamodb, CLOSED)
    assert store.attempt(SERVICE, INTENTS["trip"]).won
    seed(dynamodb, CLOSED)  # the table was restored, the trail goes on
    assert store.attempt(SERVICE, INTENTS["trip"]).won
    first, second = trail_of(dynamodb)
    assert first.position == "000000000005"
    assert second.position.startswith(f"000000000005#{int(NOW * 1000)}#")
    assert store.read(SERVICE).state is State.OPEN
