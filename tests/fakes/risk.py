"""In-memory twins of what risk scores are made from, and intents to test with."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from breakwater.domain.deployment_intents import DeploymentIntent, new_intent
from breakwater.domain.errors import PermanentError
from breakwater.domain.risk import Scored, assess
from breakwater.domain.risk_facts import JUDGED, Health, History
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW, PAYLOAD

STATEMENT: Mapping[str, Any] = {
    "connector_type": "intune",
    "package": {
        "id": PAYLOAD["app_id"],
        "version": "2.4.1",
        "provenance": "vendor",
        "signature": "verified",
    },
    "targets": {"devices": 40, "ring": "pilot", "criticality": "standard"},
    "privilege": "system",
    "test_evidence": "staging",
    "rollback": "tested",
}
OPERATION = "POST /api/v1/deployment-intents"
LOOKED_AT = 20


class MemoryIntentStore:
    """ports.IntentStore in a dictionary; `scores` is every score that was ever written."""

    def __init__(self) -> None:
        self.intents: dict[str, DeploymentIntent] = {}
        self.scores: list[Scored] = []
        self._lock = threading.Lock()

    def create(self, intent: DeploymentIntent) -> DeploymentIntent:
        with self._lock:
            return self.intents.setdefault(intent.intent_id, intent)

    def get(self, intent_id: str) -> DeploymentIntent | None:
        with self._lock:
            return self.intents.get(intent_id)

    def put_score(self, intent_id: str, scored: Scored) -> Scored:
        with self._lock:
            intent = self.intents.get(intent_id)
            if intent is None:
                raise PermanentError(intent_id)
            if intent.scored is not None and intent.scored.order >= scored.order:
                return intent.scored
            revision = intent.revision + 1
            self.intents[intent_id] = replace(intent, scored=scored, revision=revision)
            self.scores.append(scored)
            return scored


class MemoryHistory:
    """ports.HistoryStore over the twin of the executions."""

    def __init__(self, executions: MemoryExecutionStore) -> None:
        self._executions = executions

    def history(self, package_key: str) -> History:
        store = self._executions
        newest_first = sorted(store.ended_at, key=store.ended_at.__getitem__, reverse=True)
        ended = (store.tasks[task_id] for task_id in newest_first)
        judged = [one.status for one in ended if one.package == package_key]
        return History.of([one for one in judged if one in JUDGED][:LOOKED_AT])


def an_intent(*, key: str | None = None, now: datetime = NOW, **changes: Any) -> DeploymentIntent:
    """Return an intent as it is stated; `changes` are of its statement."""
    return new_intent(
        {**STATEMENT, **changes},
        owner="user-1",
        operation=OPERATION,
        idempotency_key=key,
        correlation_id=str(uuid.UUID(int=7)),
        now=now,
    )


def a_score(number: int = 0, *, health: Health = Health.CLOSED, at: datetime = NOW) -> Scored:
    """Return the score that task `number` gives an intent."""
    facts = an_intent().facts(history=History(0, 0), health=health, at=at)
    task_id = str(uuid.UUID(int=number))
    return Scored(score=assess(facts), task_id=task_id, order=f"{number:03d}", at=at)
