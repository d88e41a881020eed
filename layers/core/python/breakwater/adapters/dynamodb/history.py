"""ports.HistoryStore on DynamoDB: what the `by_package` index of the executions says.

A deployment enters the index with its end and leaves it when its record expires. Keys are all that
is read: an end's key carries its status.
"""

from typing import Any

from breakwater.adapters.dynamodb.calls import send
from breakwater.domain.risk_facts import History
from breakwater.domain.status import Status

INDEX = "by_package"
LOOKED_AT = 20
"""How many ends are looked at: keys of some 200 bytes each, one read unit in all."""


class DynamoHistory:
    """How the last deployments of a package have ended."""

    def __init__(self, client: Any, *, executions_table: str) -> None:
        self._client = client
        self._table = executions_table

    def history(self, package_key: str) -> History:
        """Return how the last deployments of a package by a connector have ended."""
        answer = send(
            self._client.query,
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="#package = :package",
            ExpressionAttributeNames={"#package": "package"},
            ExpressionAttributeValues={":package": {"S": package_key}},
            ScanIndexForward=False,
            Limit=LOOKED_AT,
        )
        return History.of(Status(item["ended"]["S"].rpartition("#")[2]) for item in answer["Items"])
