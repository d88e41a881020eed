"""What stands around a handler in Lambda: its folder, its environment, its context, its account."""

import dataclasses
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.loaders import create_loader

from breakwater.adapters import aws
from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.domain.changes import ChangeRecord
from breakwater.domain.tasks import Kind, Task
from breakwater.settings import (
    ApiSettings,
    ChatSettings,
    ReplaySettings,
    RiskSettings,
    SettleSettings,
    StepSettings,
    SweepSettings,
    SyncSettings,
    UpkeepSettings,
)
from tests.fakes.tasks import a_task

FUNCTIONS = Path(__file__).parents[2] / "functions"
HANDLERS: Mapping[str, type[ApiSettings] | type[SettleSettings] | type[UpkeepSettings]] = {
    "api": ApiSettings,
    "deployment/submit": StepSettings,
    "deployment/poll": StepSettings,
    "deployment/document": StepSettings,
    "aftercare/withdraw": StepSettings,
    "replay/batch": ReplaySettings,
    "settle": SettleSettings,
    "sync/pull": SyncSettings,
    "chat/complete": ChatSettings,
    "risk/score": RiskSettings,
    "upkeep/circuits": UpkeepSettings,
    "upkeep/hints": SweepSettings,
    "upkeep/tasks": SweepSettings,
}
REGION = "eu-west-1"
LOADER = create_loader()
MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:deployment"
CHAT_MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:chat"
SYNC_MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:sync"
RISK_MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:risk"
REPLAY_MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:replay"
AFTERCARE_MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:aftercare"
VALUES: dict[str, str] = {
    "LOG_LEVEL": "INFO",
    "POWERTOOLS_METRICS_NAMESPACE": "Breakwater/test",
    "EXECUTIONS_TABLE": "executions",
    "EVENTS_TABLE": "events",
    "LEASES_TABLE": "leases",
    "CIRCUITS_TABLE": "circuits",
    "BREAKERS": '{"default": {"reset_timeout": 60}}',
    "RECORDS_TABLE": "integration_records",
    "INTENTS_TABLE": "intents",
    "CURSOR_SECRET": "cursor-key",
    "MACHINES": json.dumps(
        {
            "deployment": MACHINE,
            "sync": SYNC_MACHINE,
            "chat": CHAT_MACHINE,
            "risk_score": RISK_MACHINE,
            "replay": REPLAY_MACHINE,
        }
    ),
    "AFTERCARE_MACHINE": AFTERCARE_MACHINE,
    "DESCRIBES_PER_SECOND": "8",
    "CONVERSATIONS_TABLE": "conversations",
    "SERVICES": "ai,intune,servicenow",
    "UPKEEP_SECONDS": "60",
    "MAX_UNFINISHED": "1000",
    "DEFAULT_DEADLINE_SECONDS": "3600",
    "MIN_DEADLINE_SECONDS": "900",
    "MAX_DEADLINE_SECONDS": "86400",
    "RETENTION_DAYS": "30",
    "CONNECTORS_PATH": "/breakwater/connectors",
    "SOFT_LIMIT_SECONDS": "20",
    "POLL_INTERVAL_SECONDS": "30",
    "BACKOFF_MIN_SECONDS": "0.01",
    "BACKOFF_MAX_SECONDS": "0.02",
}

LambdaHandler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context that the product reads."""

    aws_request_id: str = "request-1"
    function_name: str = "function-1"
    seconds_left: float = 345.0

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds_left * 1000)


def load(folder: str) -> LambdaHandler:
    """Return the handler as Lambda finds it: a file of its own, in no package."""
    spec = importlib.util.spec_from_file_location("handler", FUNCTIONS / folder / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: LambdaHandler = module.handler
    return handler


def sample(folder: str, name: str) -> dict[str, Any]:
    """Return a sample event."""
    path = FUNCTIONS / folder / "events" / f"{name}.json"
    event: dict[str, Any] = json.loads(path.read_text())
    return event


def environment(folder: str) -> dict[str, str]:
    """Return exactly the variables that the function's settings name."""
    names = [field.name.upper() for field in dataclasses.fields(HANDLERS[folder])]
    return {name: VALUES[name] for name in names}


def text(item: Mapping[str, Any], name: str) -> str | None:
    """Return a text attribute of an item in DynamoDB's wire format."""
    value: str | None = item.get(name, {}).get("S")
    return value


def said(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of the lines that say something, without those that measure."""
    return [line for line in lines if "_aws" not in line]


def measured(lines: list[dict[str, Any]], name: str) -> list[tuple[list[float], dict[str, Any]]]:
    """Return the values of a metric, each with the line that they stand on."""
    return [(line[name], line) for line in lines if "_aws" in line and name in line]


@dataclass(frozen=True)
class Account:
    """The AWS account that a function works in: moto's."""

    dynamodb: Any
    stepfunctions: Any
    parameters: Any
    secrets: Any

    @property
    def store(self) -> DynamoExecutionStore:
        return DynamoExecutionStore(
            self.dynamodb, executions_table="executions", events_table="events"
        )

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return everything in a table, in DynamoDB's wire format."""
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=table)["Items"]
        return found

    def executions(self, machine: str = MACHINE) -> list[dict[str, Any]]:
        """Return what a state machine runs, with inputs."""
        listed = self.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
        return [
            self.stepfunctions.describe_execution(executionArn=execution["executionArn"])
            for execution in listed
        ]

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
        if "change" in event.get("command", {}):
            record = ChangeRecord(system=event["command"]["change"]["system"])
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


def forget_clients() -> None:
    """Start a new AWS session: moto, endpoints and credentials are those of its environment.

    The services' descriptions are kept: reading them again takes most of a second each.
    """
    aws._session.cache_clear()
    aws._session().register_component("data_loader", LOADER)


def soon(seconds: float) -> datetime:
    """Return a moment `seconds` from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
