"""What stands between a store and moto: requests that are written down, and answers lost."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


class Wire:
    """A client that writes down what is sent and does to it, in turn, what `faults` say."""

    LOST = "lost"
    """Applied; the answer does not arrive."""
    UNSENT = "unsent"
    """Not answered, because it never arrived."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[str] = []

    @property
    def operations(self) -> list[str]:
        """The operations that were sent, in order."""
        return [name for name, _ in self.sent]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._client, name)

        def call(**request: Any) -> Any:
            self.sent.append((name, request))
            fault = self.faults.pop(0) if self.faults else None
            if fault == self.UNSENT:
                raise ReadTimeoutError(endpoint_url="https://dynamodb")
            if fault not in (None, self.LOST):
                raise refusal(fault, name)
            answer = operation(**request)
            if fault == self.LOST:
                raise ReadTimeoutError(endpoint_url="https://dynamodb")
            return answer

        return call


def refusal(code: str, operation: str) -> ClientError:
    """Return DynamoDB's refusal with this code; a transaction's names its first item."""
    error: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    if operation == "transact_write_items":
        error["Error"]["Code"] = "TransactionCanceledException"
        error["CancellationReasons"] = [{"Code": code}, {"Code": "None"}]
    return ClientError(error, operation)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of a circuit."""

    stream: str
    position: str
    type: str
    owner: str
    data: dict[str, Any]

    @property
    def change(self) -> tuple[str, str, str]:
        """What changed, from what to what."""
        return self.type, self.data["old"], self.data["new"]


def trail_of(client: Any) -> list[Entry]:
    """Return the audit trail in moto, in the order of its streams."""
    items = client.scan(TableName="events")["Items"]
    entries = [
        Entry(
            stream=item["stream"]["S"],
            position=item["position"]["S"],
            type=item["type"]["S"],
            owner=item["owner"]["S"],
            data=json.loads(item["data"]["S"]),
        )
        for item in items
    ]
    return sorted(entries, key=lambda entry: (entry.stream, entry.position))
