"""Many circuits in one consistent read, for people and for upkeep.

Who forces a circuit must see what it has just written; guarded calls read one circuit at a time,
and cheaper (circuits.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from breakwater.adapters.dynamodb.calls import send
from breakwater.adapters.dynamodb.models import CircuitItem, bound, read
from breakwater.domain.errors import StorageUnavailableError
from breakwater.resilience.circuit import Circuit
from breakwater.resilience.store import to_circuit


class DynamoCircuits:
    """services.breakers.Circuits on the `circuits` table."""

    def __init__(self, client: Any, *, circuits_table: str) -> None:
        self._client = client
        self._table = circuits_table
        self._item = bound(CircuitItem, circuits_table)

    def read(self, services: Sequence[str]) -> Mapping[str, Circuit]:
        """Return each service's circuit; one that nobody has written yet is closed."""
        keys = [{"service": {"S": service}} for service in services]
        answer = send(
            self._client.batch_get_item,
            RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}},
        )
        if answer.get("UnprocessedKeys"):
            raise StorageUnavailableError("DynamoDB asks for patience")
        items = {item["service"]["S"]: item for item in answer["Responses"].get(self._table, [])}
        return {
            service: to_circuit(service, read(self._item, items.get(service, {})).attribute_values)
            for service in services
        }
