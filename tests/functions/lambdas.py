"""What stands around a handler in Lambda: its folder, its environment, its context."""

import dataclasses
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.loaders import create_loader

from breakwater.adapters import aws
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
Function = Callable[[str], LambdaHandler]
"""The fixture `function`: loads one with its environment."""
Lines = Callable[[], list[dict[str, Any]]]
"""The fixture `lines`: what has been logged since the last call."""


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


def logical_id(folder: str) -> str:
    """Return what the template calls a function by."""
    return "".join(part.capitalize() for part in folder.split("/"))


def sample(folder: str, name: str) -> dict[str, Any]:
    """Return a sample event."""
    path = FUNCTIONS / folder / "events" / f"{name}.json"
    event: dict[str, Any] = json.loads(path.read_text())
    return event


def settle(function: Function, event: Mapping[str, Any]) -> dict[str, Any]:
    """Invoke Settle as a flow does whose step, invoked with `event`, was killed each time."""
    killed = {**event, "error_type": "States.Timeout", "entered_at": "2026-11-27T12:09:45.530Z"}
    del killed["command"]
    return function("settle")(killed, Context())


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


def forget_clients() -> None:
    """Start a new AWS session: moto, endpoints and credentials are those of its environment.

    The services' descriptions are kept: reading them again takes most of a second each.
    """
    aws._session.cache_clear()
    aws._session().register_component("data_loader", LOADER)


def soon(seconds: float) -> datetime:
    """Return a moment `seconds` from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
