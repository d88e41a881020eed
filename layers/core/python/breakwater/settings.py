"""What each Lambda is told by its environment: one frozen dataclass each, and nothing else is read.

A field's name in capitals is the variable's name. The template sets exactly these variables
(tests/infra/test_environment.py compares the two).
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from breakwater.domain.errors import ConfigurationError
from breakwater.domain.tasks import Kind

Machines = Mapping[Kind, str]
"""The ARN of each kind's state machine: as JSON in the environment."""


@dataclass(frozen=True, slots=True)
class _Settings:
    """How an environment is read, whatever a Lambda needs of it."""

    log_level: str
    powertools_metrics_namespace: str
    """The stage's own. powertools reads it by itself; without it, no metric could be written."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Read every field. Raises ConfigurationError naming what is missing or malformed."""
        env = os.environ if env is None else env
        values: dict[str, Any] = {}
        faults = []
        for field in dataclasses.fields(cls):
            key = field.name.upper()
            try:
                values[field.name] = _READERS[field.type](env[key])
            except KeyError:
                faults.append(f"{key} is not set")
            except ValueError:
                faults.append(f"{key} is not {_WORDS[field.type]}")
        if faults:
            raise ConfigurationError("; ".join(faults))
        return cls(**values)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _machines(text: str) -> Machines:
    return {Kind(kind): str(arn) for kind, arn in json.loads(text).items()}


_READERS: Mapping[Any, Any] = {
    str: str,
    int: int,
    float: float,
    tuple[str, ...]: _names,
    Machines: _machines,
}
_WORDS: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    Machines: "each kind's machine as JSON",
}


@dataclass(frozen=True, slots=True)
class ApiSettings(_Settings):
    """functions/api."""

    executions_table: str
    events_table: str
    """Where overrides are recorded."""
    circuits_table: str
    breakers: str
    """How the services' breakers are set: resilience.registry.settings_of reads it."""
    leases_table: str
    """Which task may run alone."""
    records_table: str
    conversations_table: str
    intents_table: str
    cursor_secret: str
    """The secret that seals cursors, by its ARN."""
    machines: Machines
    aftercare_machine: str
    """The ARN of what looks after tasks that were ended from outside."""
    services: tuple[str, ...]
    """The services that this deployment is configured for; others are refused at accept."""
    upkeep_seconds: float
    """How long after its acceptance a task is looked at that was not started."""
    max_unfinished: int
    """How many unfinished tasks a user may have with a service."""
    default_deadline_seconds: int
    min_deadline_seconds: int
    max_deadline_seconds: int
    retention_days: int
    """How long an ended task is remembered, and can therefore be listed."""


@dataclass(frozen=True, slots=True)
class SettleSettings(_Settings):
    """functions/settle."""

    executions_table: str
    events_table: str
    retention_days: int
    """How long an ended task, and its idempotency key, is remembered."""


@dataclass(frozen=True, slots=True)
class StepSettings(SettleSettings):
    """functions/deployment/submit, poll and document, and functions/aftercare/withdraw."""

    leases_table: str
    circuits_table: str
    breakers: str
    """How the services' breakers are set: resilience.registry.settings_of reads it."""
    connectors_path: str
    """Where services are configured: {path}/{service} in Parameter Store and Secrets Manager."""
    soft_limit_seconds: float
    """When a step stops itself, well before its Lambda is stopped."""
    poll_interval_seconds: float
    backoff_min_seconds: float
    backoff_max_seconds: float
    """The HTTP client's pauses between tries."""


@dataclass(frozen=True, slots=True)
class ReplaySettings(SettleSettings):
    """functions/replay/batch, which calls no vendor and starts what was accepted."""

    leases_table: str
    machines: Machines
    upkeep_seconds: float
    """How long after its acceptance a task is looked at that was not started."""
    soft_limit_seconds: float
    poll_interval_seconds: float


@dataclass(frozen=True, slots=True)
class SyncSettings(StepSettings):
    """functions/sync/pull."""

    records_table: str


@dataclass(frozen=True, slots=True)
class ChatSettings(StepSettings):
    """functions/chat/complete."""

    conversations_table: str


@dataclass(frozen=True, slots=True)
class RiskSettings(SettleSettings):
    """functions/risk/score, which calls nobody."""

    intents_table: str
    circuits_table: str


@dataclass(frozen=True, slots=True)
class SweepSettings(SettleSettings):
    """functions/upkeep/tasks and hints."""

    machines: Machines
    aftercare_machine: str
    """What looks after tasks that were ended from outside, by its ARN."""
    upkeep_seconds: float
    """How often a sweep comes."""
    describes_per_second: float
    """How often Step Functions is asked how an execution stands, at most."""


@dataclass(frozen=True, slots=True)
class UpkeepSettings(_Settings):
    """functions/upkeep/circuits: what a step is told of breakers and vendors, and of no task."""

    services: tuple[str, ...]
    """The services that may be probed."""
    circuits_table: str
    events_table: str
    leases_table: str
    breakers: str
    connectors_path: str
    backoff_min_seconds: float
    backoff_max_seconds: float
