"""What the DynamoDB store sends for an intent, and what it makes of the answers."""

from typing import Any

import pytest

from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.domain.errors import StorageUnavailableError
from breakwater.resilience.circuit import Circuit, State
from breakwater.resilience.store import applied
from tests.fakes.aws import put_circuit
from tests.fakes.circuits import (
    BEFORE,
    CLOSED,
    INTENTS,
    ME,
    ON_NOTHING,
    OPEN,
    SERVICE,
    circuit_of,
)
from tests.fakes.wire import Wire, trail_of

UPDATE, TRANSACT, GET = "update_item", "transact_write_items", "get_item"
CONFLICTS = [("join_run", "TransactionConflictException"), ("trip", "TransactionConflict")]
"""Of an intent that is one update, and of one that is a transaction."""
COUNTS = ("join_run", "begin_run")
CHANGING = [name for name, intent in INTENTS.items() if intent.change is not None]
PLAIN = [name for name in INTENTS if name not in CHANGING]


@pytest.mark.parametrize("name", PLAIN)
def test__no_change__one_update_and_no_read(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    put_circuit(dynamodb, SERVICE, BEFORE[name])
    assert circuits.attempt(SERVICE, INTENTS[name]).won
    assert not circuits.attempt(SERVICE, ON_NOTHING[name]).won
    assert wire.operations == [UPDATE, UPDATE]


@pytest.mark.parametrize("name", CHANGING)
def test__change__one_transaction_and_no_read(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    put_circuit(dynamodb, SERVICE, BEFORE[name])
    assert circuits.attempt(SERVICE, INTENTS[name]).won
    assert wire.operations == [TRANSACT]


@pytest.mark.parametrize("name", CHANGING)
def test__change__lost__shows_what_stands_without_a_read(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    put_circuit(dynamodb, SERVICE, {**BEFORE[name], "generation": 99, "probe_owner": "other"})
    written = circuits.attempt(SERVICE, INTENTS[name])
    assert (written.won, written.circuit.generation) == (False, 99)
    assert wire.operations == [TRANSACT]


def test__lost__nothing_stands__is_read_once(circuits: DynamoBreakerStore, wire: Wire) -> None:
    written = circuits.attempt(SERVICE, INTENTS["join_run"])
    assert written.circuit == Circuit(service=SERVICE)
    assert wire.operations == [UPDATE, GET]
    assert wire.sent[1][1]["ConsistentRead"] is True


def test__read__a_whole_second__is_a_float_all_the_same(
    circuits: DynamoBreakerStore, dynamodb: Any
) -> None:
    put_circuit(dynamodb, SERVICE, {**OPEN, "retry_at": 60})  # as DynamoDB writes 60.0
    circuit = circuits.read(SERVICE)
    assert (type(circuit.retry_at), type(circuit.reopens)) == (float, int)


def test__read__older_than_what_is_known__is_made_again_consistently(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any
) -> None:
    put_circuit(dynamodb, SERVICE, OPEN)
    circuits.attempt(SERVICE, INTENTS["claim"])
    put_circuit(dynamodb, SERVICE, OPEN)  # a replica that lags, or a table put back in time
    wire.sent.clear()
    assert circuits.read(SERVICE).generation == OPEN["generation"]
    assert [sent["ConsistentRead"] for _, sent in wire.sent] == [False, True]
    circuits.read(SERVICE)
    assert len(wire.sent) == 3


@pytest.mark.parametrize("name", COUNTS)
def test__count__answer_lost__is_not_sent_again(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    put_circuit(dynamodb, SERVICE, BEFORE[name])
    wire.faults = [Wire.LOST]
    with pytest.raises(StorageUnavailableError):
        circuits.attempt(SERVICE, INTENTS[name])
    assert wire.operations == [UPDATE]
    assert circuits.read(SERVICE) == circuit_of(applied(INTENTS[name], BEFORE[name]))


@pytest.mark.parametrize("name", [name for name in INTENTS if name not in COUNTS])
def test__not_answered__is_sent_once_more(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    put_circuit(dynamodb, SERVICE, BEFORE[name])
    wire.faults = [Wire.UNSENT]
    assert circuits.attempt(SERVICE, INTENTS[name]).won
    assert len(wire.sent) == 2


def test__first_read__not_answered__is_sent_once_more_and_no_oftener(
    circuits: DynamoBreakerStore, wire: Wire
) -> None:
    wire.faults = [Wire.UNSENT, Wire.UNSENT]
    with pytest.raises(StorageUnavailableError):
        circuits.read(SERVICE)
    wire.faults = [Wire.UNSENT]
    assert circuits.read(SERVICE) == Circuit(service=SERVICE)
    assert [sent["ConsistentRead"] for _, sent in wire.sent] == [False] * 4


def test__later_read__not_answered__is_not_sent_again(
    circuits: DynamoBreakerStore, wire: Wire
) -> None:
    # Its caller knows the circuit as it was, and may have to ask once more within one call.
    circuits.read(SERVICE)
    wire.faults = [Wire.UNSENT]
    with pytest.raises(StorageUnavailableError):
        circuits.read(SERVICE)
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
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    put_circuit(dynamodb, SERVICE, BEFORE[name])
    wire.faults = [Wire.LOST]
    written = circuits.attempt(SERVICE, INTENTS[name])
    # DynamoDB knows the token and says again that it is done; moto does not know tokens.
    tokens = [sent["ClientRequestToken"] for op, sent in wire.sent if op == TRANSACT]
    assert (len(tokens), len(set(tokens))) == (2, 1)
    assert written.circuit == circuit_of(applied(INTENTS[name], BEFORE[name]))
    assert len(trail_of(dynamodb)) == 1


@pytest.mark.parametrize("name", ["claim", "reclaim"])
def test__claim__answer_lost__is_found_to_be_mine(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str
) -> None:
    put_circuit(dynamodb, SERVICE, BEFORE[name])
    wire.faults = [Wire.LOST]
    written = circuits.attempt(SERVICE, INTENTS[name])
    assert written.circuit.probe_owner == ME
    assert written.circuit.state is State.HALF_OPEN


@pytest.mark.parametrize(("name", "code"), CONFLICTS)
def test__conflict__is_tried_once_more(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str, code: str
) -> None:
    put_circuit(dynamodb, SERVICE, CLOSED)
    wire.faults = [code]
    assert circuits.attempt(SERVICE, INTENTS[name]).won
    assert len(wire.sent) == 2


@pytest.mark.parametrize(("name", "code"), CONFLICTS)
def test__conflict__goes_on__is_lost_to_others(
    circuits: DynamoBreakerStore, wire: Wire, dynamodb: Any, name: str, code: str
) -> None:
    put_circuit(dynamodb, SERVICE, CLOSED)
    wire.faults = [code, code]
    written = circuits.attempt(SERVICE, INTENTS[name])
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
    circuits: DynamoBreakerStore, wire: Wire, code: str
) -> None:
    wire.faults = [code]
    with pytest.raises(StorageUnavailableError):
        circuits.read(SERVICE)
    assert wire.operations == [GET]
