"""Each store twice: the in-memory twin, and the real adapter on moto's DynamoDB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.adapters.dynamodb.failures import DynamoFailures
from breakwater.adapters.dynamodb.history import DynamoHistory
from breakwater.adapters.dynamodb.intents import DynamoIntentStore
from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
from breakwater.adapters.dynamodb.lists import DynamoTaskLists
from breakwater.adapters.dynamodb.records import DynamoRecordStore
from breakwater.adapters.dynamodb.trail import DynamoTrails
from breakwater.domain.attempts import Attempt
from breakwater.domain.tasks import Task
from breakwater.ports import (
    ConversationStore,
    ExecutionStore,
    FailureIndex,
    HistoryStore,
    IntentStore,
    LeaseStore,
    RecordStore,
    TaskLists,
    Trails,
)
from breakwater.resilience.registry import SERVICES
from tests.fakes.aws import KEYS, Atomic, create_tables
from tests.fakes.conversations import MemoryConversationStore
from tests.fakes.failures import MemoryFailures
from tests.fakes.listings import MemoryTaskLists, MemoryTrails
from tests.fakes.records import MemoryRecordStore
from tests.fakes.risk import MemoryHistory, MemoryIntentStore
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, a_task, attempt, claim
from tests.fakes.wire import Wire

LATER = NOW + timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Stores:
    """A pair of stores, and the audit trail as `(stream, type, sequence)`."""

    executions: ExecutionStore
    leases: LeaseStore
    records: RecordStore
    lists: TaskLists
    trails: Trails
    failures: FailureIndex
    conversations: ConversationStore
    intents: IntentStore
    history: HistoryStore
    trail: Callable[[], list[tuple[str, str, int]]]


def claimed(stores: Stores, task: Task, by: Attempt) -> Task:
    """Let an attempt claim a task, which is due again later."""
    return claim(stores.executions, task, by, due_at=LATER)


def running(stores: Stores) -> Task:
    """Return a task that its first attempt has claimed."""
    task = stores.executions.create(a_task(), now=NOW)
    return claimed(stores, task, attempt(1))


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    """A client on moto with the product's tables, whose making takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        client = botocore.session.get_session().create_client("dynamodb", region_name="eu-west-1")
        create_tables(client)
        yield Atomic(client)


@pytest.fixture
def dynamodb(moto: Any) -> Any:
    """The same with the tables empty."""
    for table, keys in KEYS.items():
        for item in moto.scan(TableName=table)["Items"]:
            moto.delete_item(TableName=table, Key={key: item[key] for key in keys})
    return moto


@pytest.fixture
def wire(dynamodb: Any) -> Wire:
    return Wire(dynamodb)


@pytest.fixture
def circuits(wire: Wire) -> DynamoBreakerStore:
    """The breakers' store on DynamoDB, with its requests on the wire."""
    return DynamoBreakerStore(wire, circuits_table="circuits", events_table="events")


def _on_dynamodb(client: Any) -> Stores:
    def trail() -> list[tuple[str, str, int]]:
        items = client.scan(TableName="events")["Items"]
        return [
            (i["stream"]["S"], i["type"]["S"], int(i["position"]["S"].rpartition("#")[2]))
            for i in items
        ]

    executions = DynamoExecutionStore(
        client, executions_table="executions", events_table="events", leases_table="leases"
    )
    return Stores(
        executions,
        DynamoLeaseStore(client, leases_table="leases"),
        DynamoRecordStore(client, records_table="integration_records"),
        DynamoTaskLists(client, executions_table="executions", kept_for=timedelta(days=31)),
        DynamoTrails(client, events_table="events"),
        DynamoFailures(client, executions_table="executions", services=SERVICES),
        DynamoConversationStore(
            client, conversations_table="conversations", executions_table="executions"
        ),
        DynamoIntentStore(client, intents_table="intents"),
        DynamoHistory(client, executions_table="executions"),
        trail,
    )


def _in_memory() -> Stores:
    executions = MemoryExecutionStore()
    lists, trails = MemoryTaskLists(executions), MemoryTrails(executions)

    def trail() -> list[tuple[str, str, int]]:
        return [(e.stream, e.type.value, e.sequence) for e in executions.events]

    return Stores(
        executions,
        MemoryLeaseStore(),
        MemoryRecordStore(),
        lists,
        trails,
        MemoryFailures(executions),
        MemoryConversationStore(executions),
        MemoryIntentStore(),
        MemoryHistory(executions),
        trail,
    )


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """The stores under test."""
    if request.param == "memory":
        return _in_memory()
    return _on_dynamodb(request.getfixturevalue("dynamodb"))
