"""The AWS account that functions work in, as tests fill it and look into it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.domain.changes import ChangeRecord
from breakwater.domain.tasks import Kind, Task
from tests.fakes.tasks import a_task
from tests.functions.lambdas import MACHINE, VALUES, text


@dataclass(frozen=True)
class Account:
    """Clients of an emulated account."""

    dynamodb: Any
    stepfunctions: Any
    parameters: Any
    secrets: Any

    @property
    def store(self) -> DynamoExecutionStore:
        return DynamoExecutionStore(
            self.dynamodb, executions_table="executions", events_table="events"
        )

    @property
    def conversations(self) -> DynamoConversationStore:
        return DynamoConversationStore(self.dynamodb, conversations_table="conversations")

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return everything in a table, in DynamoDB's wire format."""
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=table)["Items"]
        return found

    def only(self, table: str) -> dict[str, Any]:
        """Return the one item in a table."""
        (item,) = self.items(table)
        return item

    @property
    def trail(self) -> list[str | None]:
        """The types of all events."""
        return [text(event, "type") for event in self.items("events")]

    def task(self, task_id: str) -> Task:
        """Return a task as it stands."""
        task = self.store.get(task_id)
        assert task is not None
        return task

    def executions(self, machine: str = MACHINE) -> list[dict[str, Any]]:
        """Return what a state machine runs, with inputs."""
        listed = self.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
        return [
            self.stepfunctions.describe_execution(executionArn=execution["executionArn"])
            for execution in listed
        ]

    def step(self, task_id: str, *, second: int = 1, retry: int = 0) -> dict[str, Any]:
        """Return what its machine invokes a step of an accepted task with."""
        task = self.task(task_id)
        machine = json.loads(VALUES["MACHINES"])[task.kind.value]
        (execution,) = (
            one for one in self.executions(machine) if one["name"] == task.execution_name
        )
        return {
            **json.loads(execution["input"]),
            "execution": execution["name"],
            "entered_at": f"2026-11-23T12:00:{second:02}.000Z",
            "retry_count": retry,
        }

    def seed(self, event: Mapping[str, Any], **changes: Any) -> Task:
        """Store the task that a step's event is about, accepted just now."""
        now = datetime.now(UTC)
        made = a_task(now=now, correlation_id=event["correlation_id"])
        command = event.get("command", {})
        if "system" in command:
            made = replace(made, kind=Kind.SYNC, service=command["system"])
        if "conversation_id" in command:
            subject = command["conversation_id"]
            made = replace(made, kind=Kind.CHAT, service="ai", subject=subject)
        if "intent_id" in command:
            made = replace(made, kind=Kind.RISK_SCORE, subject=command["intent_id"])
        if "change" in command:
            record = ChangeRecord(system=command["change"]["system"])
            made = replace(made, change=record)
        names = {"task_id": event["task_id"], "execution_name": event["execution"]}
        task: Task = replace(made, **{**names, **changes})
        self.store.create(task, now=now)
        return task

    def configure(
        self, service: str, settings: Mapping[str, Any], secret: Mapping[str, str]
    ) -> None:
        """Put a service's settings and credentials where the functions read them."""
        name = f"{VALUES['CONNECTORS_PATH']}/{service}"
        self.parameters.put_parameter(Name=name, Value=json.dumps(settings), Type="String")
        self.secrets.create_secret(Name=name, SecretString=json.dumps(secret))

    def configure_intune(self, url: str, tenant: str, client_id: str, secret: str) -> None:
        """Put Intune's settings and credentials where the functions read them."""
        settings = {
            "graph_url": url,
            "login_url": url,
            "tenant": tenant,
            "download_hosts": ["127.0.0.1"],
        }
        self.configure("intune", settings, {"client_id": client_id, "client_secret": secret})
