"""Tables in moto with the keys that infra/constructs/tables.py gives them, and machines."""

import json
import threading
from collections.abc import Mapping
from typing import Any

KEYS: dict[str, list[str]] = {
    "executions": ["task_id"],
    "events": ["stream", "position"],
    "leases": ["resource"],
    "circuits": ["service"],
    "integration_records": ["record"],
    "conversations": ["conversation_id", "place"],
    "intents": ["intent_id"],
}
INDEXES: dict[str, dict[str, list[str]]] = {
    "executions": {
        "due": ["due_shard", "due_at"],
        "unfinished": ["unfinished"],
        "by_owner": ["owner", "position"],
        "by_correlation": ["correlation_id", "position"],
        "by_month": ["month_part", "position"],
        "by_package": ["package", "ended"],
        "failures": ["service", "failed_at"],
    },
    "events": {"by_correlation": ["correlation_id", "occurred_at"]},
    "integration_records": {"by_position": ["system", "position"]},
}
NUMBERS = {"due_shard", "due_at"}
"""The keys that are numbers."""
ROLE = "arn:aws:iam::123456789012:role/machine"


class Atomic:
    """A client whose operations come one after another: moto checks a condition and then writes."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if not name.endswith(("_item", "_items")):
            return attribute

        def operation(**request: Any) -> Any:
            with self._lock:
                return attribute(**request)

        return operation


def create_tables(dynamodb: Any) -> None:
    """Create every table under its short name."""
    for name, keys in KEYS.items():
        indexes = [
            {
                "IndexName": index,
                "KeySchema": _schema(attributes),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, attributes in INDEXES.get(name, {}).items()
        ]
        attributes = {*keys, *(key for index in INDEXES.get(name, {}).values() for key in index)}
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "N" if key in NUMBERS else "S"}
                for key in sorted(attributes)
            ],
            KeySchema=_schema(keys),
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )


def put_circuit(dynamodb: Any, service: str, values: Mapping[str, Any]) -> None:
    """Write a circuit as the product does: texts, numbers, and nothing for None."""
    item = {
        name: {"S": value} if isinstance(value, str) else {"N": repr(value)}
        for name, value in values.items()
        if value is not None
    }
    dynamodb.put_item(TableName="circuits", Item={"service": {"S": service}, **item})


def create_machines(stepfunctions: Any, *names: str, role: str = ROLE) -> None:
    """Create state machines of these names, which succeed at once."""
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    for name in names:
        stepfunctions.create_state_machine(name=name, definition=definition, roleArn=role)


def _schema(keys: list[str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key, "KeyType": kind}
        for key, kind in zip(keys, ["HASH", "RANGE"], strict=False)
    ]
