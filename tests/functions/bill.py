"""What is counted of a task, and what the tasks ask for whose cost is counted."""

from collections import Counter
from typing import Any

from breakwater.adapters import aws
from infra.local.standins import intune
from tests.fakes.conversations import CONVERSATION_ID
from tests.fakes.risk import STATEMENT
from tests.functions.asking import post
from tests.functions.lambdas import Function

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
PAYLOAD = {
    "app_id": intune.PUBLISHED_APP,
    "group_id": "5a5a5a5a-0000-4000-8000-0000000000a1",
    "intent": "required",
}
BODY = {"connector_type": "intune", "payload": PAYLOAD}
CHANGE = {"system": "servicenow", "summary": "Company Portal"}
INTENTS = "/api/v1/deployment-intents"
MESSAGES = f"/api/v1/conversations/{CONVERSATION_ID}/messages"
SYNC = "/api/v1/integrations/servicenow/sync"


class Bill:
    """Every request that reaches DynamoDB or Step Functions, by its operation."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.everything: Counter[str] = Counter()
        """To every service, with its name."""
        session: Any = aws._session()
        session.register("before-send", self._count)

    def _count(self, event_name: str, **_request: Any) -> None:
        _, service, operation = event_name.split(".")
        self.everything[f"{service}.{operation}"] += 1
        if service in {"dynamodb", "sfn"}:
            self.sent[operation] += 1

    @property
    def writes(self) -> int:
        return sum(count for name, count in self.sent.items() if name in WRITES)

    @property
    def reads(self) -> int:
        return self.sent["GetItem"] + self.sent["Query"] + self.sent["BatchGetItem"]


def state_intent(function: Function) -> str:
    """State an intent of what BODY deploys, and return its id."""
    package = {"id": intune.PUBLISHED_APP, "provenance": "vendor", "signature": "verified"}
    _, stated = post(function("api"), INTENTS, {**STATEMENT, "package": package})
    return str(stated["intent_id"])
