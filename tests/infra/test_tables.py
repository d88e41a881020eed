from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.aws import INDEXES, KEYS
from tests.infra.assemblies import Assembly

# CloudFormation replaces a table whose logical id changes, and its content is gone: these stay.
EXECUTIONS, EVENTS, LEASES, CIRCUITS, RECORDS, CONVERSATIONS, INTENTS = (
    "TablesExecutions3D4D6FCD",
    "TablesEventsE8DD42EA",
    "TablesLeases8A459FA5",
    "TablesCircuitsAC603660",
    "TablesIntegrationRecords42AB5684",
    "TablesConversationsDFBD939C",
    "TablesIntents25072161",
)
SHAPES: dict[str, dict[str, Any]] = {
    EXECUTIONS: {
        "keys": {"task_id": ("HASH", "S")},
        "indexes": {
            "due": ({"due_shard": ("HASH", "N"), "due_at": ("RANGE", "N")}, "KEYS_ONLY"),
            "unfinished": ({"unfinished": ("HASH", "S")}, "KEYS_ONLY"),
            "by_owner": ({"owner": ("HASH", "S"), "position": ("RANGE", "S")}, "KEYS_ONLY"),
            "by_correlation": (
                {"correlation_id": ("HASH", "S"), "position": ("RANGE", "S")},
                "KEYS_ONLY",
            ),
            "failures": ({"service": ("HASH", "S"), "failed_at": ("RANGE", "S")}, "KEYS_ONLY"),
            "by_month": ({"month_part": ("HASH", "S"), "position": ("RANGE", "S")}, "KEYS_ONLY"),
            "by_package": ({"package": ("HASH", "S"), "ended": ("RANGE", "S")}, "KEYS_ONLY"),
        },
    },
    EVENTS: {
        "keys": {"stream": ("HASH", "S"), "position": ("RANGE", "S")},
        "indexes": {
            "by_correlation": (
                {"correlation_id": ("HASH", "S"), "occurred_at": ("RANGE", "S")},
                "ALL",
            ),
        },
    },
    LEASES: {"keys": {"resource": ("HASH", "S")}, "indexes": {}},
    CIRCUITS: {"keys": {"service": ("HASH", "S")}, "indexes": {}},
    INTENTS: {"keys": {"intent_id": ("HASH", "S")}, "indexes": {}},
    RECORDS: {
        "keys": {"record": ("HASH", "S")},
        "indexes": {
            "by_position": ({"system": ("HASH", "S"), "position": ("RANGE", "S")}, "ALL"),
        },
    },
    CONVERSATIONS: {
        "keys": {"conversation_id": ("HASH", "S"), "place": ("RANGE", "S")},
        "indexes": {},
    },
}
KEPT = {CIRCUITS, RECORDS, CONVERSATIONS, INTENTS}


def test__tables__logical_ids__are_pinned(every: Assembly) -> None:
    assert set(every.of_type("AWS::DynamoDB::Table")) == SHAPES.keys()


@pytest.mark.parametrize("table", SHAPES)
def test__tables__keys_and_indexes__are_what_the_stores_use(dev: Assembly, table: str) -> None:
    properties = dev.of_type("AWS::DynamoDB::Table")[table]["Properties"]
    types = {
        each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]
    }

    def keys(schema: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
        return {
            key["AttributeName"]: (key["KeyType"], types[key["AttributeName"]]) for key in schema
        }

    assert {
        "keys": keys(properties["KeySchema"]),
        "indexes": {
            index["IndexName"]: (keys(index["KeySchema"]), index["Projection"]["ProjectionType"])
            for index in properties.get("GlobalSecondaryIndexes", [])
        },
    } == SHAPES[table]


def test__tables__are_encrypted_recoverable_and_on_demand(every: Assembly) -> None:
    tables = every.of_type("AWS::DynamoDB::Table")
    assert tables
    for table in tables.values():
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["SSESpecification"] == {"SSEEnabled": True}
        recovery = properties["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}
        assert "TableName" not in properties


def test__tables__forget_by_themselves__but_not_what_is_kept(every: Assembly) -> None:
    for name, table in every.of_type("AWS::DynamoDB::Table").items():
        expected = None if name in KEPT else {"AttributeName": "expires_at", "Enabled": True}
        assert table["Properties"].get("TimeToLiveSpecification") == expected


@pytest.mark.parametrize(
    ("stage", "policy", "protection"),
    [("prod", "Retain", True), ("staging", "Delete", False), ("local", "Delete", False)],
)
def test__tables__deletion__is_refused_in_production_only(
    assembly_of: Callable[[str], Assembly], stage: str, policy: str, protection: bool
) -> None:
    for table in assembly_of(stage).of_type("AWS::DynamoDB::Table").values():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == policy
        assert table["Properties"]["DeletionProtectionEnabled"] is protection


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("executions", EXECUTIONS),
        ("events", EVENTS),
        ("leases", LEASES),
        ("circuits", CIRCUITS),
        ("integration_records", RECORDS),
        ("conversations", CONVERSATIONS),
        ("intents", INTENTS),
    ],
)
def test__tables__contract_tests_use_the_same_keys(name: str, table: str) -> None:
    assert KEYS[name] == list(SHAPES[table]["keys"])
    for index, attributes in INDEXES.get(name, {}).items():
        assert attributes == list(SHAPES[table]["indexes"][index][0])
