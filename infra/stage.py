"""What may differ between stages, read from the `stages` of cdk.json's context and nowhere else."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breakwater.adapters.metrics import NAMESPACE
from infra.breakers import Breakers, fault_of, laid_over


class StageError(ValueError):
    """The context does not describe the stage that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage's choices. Times are in seconds unless the name says otherwise."""

    name: str
    services: Mapping[str, Mapping[str, Any]]
    """The public settings of each service that tasks may be sent to; secrets are never here."""

    breakers: Breakers = field(default_factory=dict)
    """How each service's circuit breaker is set, `default` for those that do not say."""

    protect: bool = False
    """Keep data when the stack is deleted, and refuse to delete tables and the user pool."""
    host_layers: bool = False
    """Take third-party packages built for the machine that synthesizes (the local stage)."""

    retry_interval_seconds: int | None = None
    """Overrides the flows' own interval between retries of a vendor's transient failure."""
    retry_max_interval_seconds: int | None = None
    poll_interval_seconds: float = 30
    backoff_min_seconds: float = 1
    backoff_max_seconds: float = 10
    soft_limit_seconds: float = 300

    upkeep_seconds: float = 60
    """How often upkeep comes. On AWS each minute; who calls it more often by hand says so here."""
    describes_per_second: float = 8
    """How often the sweep asks how an execution stands: below what every region grants, 10.
    Source: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

    max_unfinished: int = 1_000
    """How many unfinished tasks a user may have with a service."""

    default_deadline_seconds: int = 3600
    min_deadline_seconds: int = 900
    max_deadline_seconds: int = 86_400
    retention_days: int = 30

    token_minutes: int = 60
    jwt_issuer: str | None = None
    """An OpenID Connect issuer to trust; without one the stack brings a Cognito user pool."""
    jwt_audience: tuple[str, ...] = ()

    rollout_minutes: int = 0
    """How long only a tenth of new executions run on a new version of their workflow; 0: all do.
    One deployment's own choice, `rollout` in the context, goes before a stage's."""

    runbooks: str = "docs/runbooks"
    """Where operators find the runbooks: a folder of this repository, or where it is published."""

    log_level: str = "INFO"
    log_retention: str = "ONE_MONTH"
    """A name that CloudWatch Logs offers: ONE_DAY, ONE_WEEK, ONE_MONTH, THREE_MONTHS, ..."""

    def __post_init__(self) -> None:
        """Refuse what would only fail once it is deployed."""
        if bool(self.jwt_issuer) != bool(self.jwt_audience):
            raise StageError(f"stage {self.name}: set both jwt_issuer and jwt_audience, or neither")
        if (self.retry_interval_seconds is None) != (self.retry_max_interval_seconds is None):
            raise StageError(f"stage {self.name}: set both retry intervals, or neither")
        if fault := fault_of(self.breakers):
            raise StageError(f"stage {self.name}: {fault}")

    @property
    def rollout(self) -> int | None:
        """How many minutes a new version of a workflow is tried for; None: without versions."""
        return None if self.emulated else self.rollout_minutes

    @property
    def emulated(self) -> bool:
        """Whether it runs on the local stack, which does not know every type of resource."""
        return self.host_layers

    @property
    def metrics_namespace(self) -> str:
        """The stage's own: stages in one account must not ring each other's alarms."""
        return f"{NAMESPACE}/{self.name}"

    @property
    def retry_seconds(self) -> tuple[int, int] | None:
        """The overriding (interval, longest interval), or None to leave it to the flows."""
        if self.retry_interval_seconds is None or self.retry_max_interval_seconds is None:
            return None
        return self.retry_interval_seconds, self.retry_max_interval_seconds

    @classmethod
    def read(cls, name: str, context: Mapping[str, Any]) -> "Stage":
        """Read stage `name` from the app's context. Raises StageError naming what is wrong."""
        stages = context["stages"]
        if name not in stages:
            raise StageError(f"no stage {name!r} in the context; it has {', '.join(stages)}")
        given = dict(stages[name])
        known = {each.name for each in dataclasses.fields(cls)} - {"name"}
        if unknown := sorted(given.keys() - known):
            raise StageError(f"stage {name}: unknown {', '.join(unknown)}; known: {sorted(known)}")
        given["services"] = {**context["services"], **given.get("services", {})}
        given["breakers"] = laid_over(context.get("breakers") or {}, given.get("breakers", {}))
        given["jwt_audience"] = tuple(given.get("jwt_audience", ()))
        if (minutes := context.get("rollout")) not in (None, ""):
            given["rollout_minutes"] = _minutes(minutes)
        return cls(name=name, **given)


def _minutes(given: object) -> int:
    """Return what one deployment says of its trial. Raises StageError."""
    if not (text := str(given)).isdecimal():
        raise StageError(f"ROLLOUT={text}: say how many minutes, 0 for no trial")
    return int(text)
