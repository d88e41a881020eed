"""Tables in moto with the keys that infra/constructs/tables.py gives them."""

from typing import Any

KEYS: dict[str, list[str]] = {
    "executions": ["task_id"],
    "events": ["stream", "position"],
    "leases": ["resource"],
    "circuits": ["service"],
}


def create_tables(dynamodb: Any) -> None:
    """Create every table under its short name."""
    for name, keys in KEYS.items():
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ["HASH", "RANGE"], strict=False)
            ],
        )
