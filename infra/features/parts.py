"""What every feature is built from: the stack's shared parts, and the rights that several need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Arn, ArnComponents, Stack
from aws_cdk.aws_logs import RetentionDays
from constructs import Construct

from breakwater.domain.chats import SERVICE
from breakwater.domain.tasks import Kind
from infra.constructs.connectors import Connectors
from infra.constructs.functions import Handler, Layers, Size
from infra.constructs.meter import Meter
from infra.constructs.rollout import Trial
from infra.constructs.tables import Tables
from infra.constructs.workflows import Workflow
from infra.environment import observed_environment
from infra.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The shared parts of one stack, and how features make handlers and workflows of them."""

    scope: Construct
    stage: Stage
    root: Path
    """The checkout, whose `functions` holds handlers and flows."""
    tables: Tables
    connectors: Connectors
    layers: Layers

    @property
    def log_retention(self) -> RetentionDays:
        """How long every log of the stack is kept."""
        return RetentionDays[self.stage.log_retention]

    def handler(self, folder: str, environment: Mapping[str, str], size: Size) -> Handler:
        """Return the function of `functions/{folder}`; its construct is named after the folder."""
        return Handler(
            self.scope,
            "".join(part.capitalize() for part in folder.split("/")),
            folder=self.root / "functions" / folder,
            layers=self.layers,
            environment={**environment, **observed_environment(self.stage)},
            size=size,
            log_retention=self.log_retention,
        )

    def workflow(
        self, folder: str, handlers: Mapping[str, Handler], *, runs: Kind | None
    ) -> Workflow:
        """Return the machine of `functions/{folder}/flow.asl.json`, which names `handlers`."""
        return Workflow(
            self.scope,
            folder.capitalize(),
            flow=self.root / "functions" / folder / "flow.asl.json",
            handlers=handlers,
            retry_seconds=self.stage.retry_seconds,
            log_retention=self.log_retention,
            runs=runs,
            trial=self._trial,
        )

    @property
    def _trial(self) -> Trial | None:
        minutes = self.stage.rollout
        if minutes is None:
            return None
        return Trial(minutes, Meter(self.stage.metrics_namespace), self.stage.runbooks)

    def allow_tasks(self, handler: Handler) -> None:
        """Let a function change and end tasks that were accepted."""
        handler.allow(
            "dynamodb:GetItem", "dynamodb:UpdateItem", on=[self.tables.executions.table_arn]
        )
        handler.allow("dynamodb:PutItem", on=[self.tables.events.table_arn])

    def allow_vendor_calls(self, handler: Handler, services: Iterable[str]) -> None:
        """Let a function call `services`: their settings; and every breaker, lease and slot."""
        leases, circuits = self.tables.leases.table_arn, self.tables.circuits.table_arn
        handler.allow("dynamodb:PutItem", "dynamodb:DeleteItem", on=[leases])
        handler.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[circuits])
        self.connectors.allow_reading(handler, services)

    def allow_model(self, handler: Handler) -> None:
        """Let a function stream answers from the Bedrock model that is configured, if one is.

        That is the model in this region; one that is reached through an inference profile needs
        the setting `model_arns`: the profile's, and its model's in each region of the profile.
        """
        settings = self.stage.services.get(SERVICE, {})
        if settings.get("provider") != "bedrock":
            return
        handler.allow(
            "bedrock:InvokeModelWithResponseStream",
            on=settings.get("model_arns") or [self._model_arn(settings["model"])],
        )

    def _model_arn(self, model: str) -> str:
        parts = ArnComponents(
            service="bedrock", account="", resource="foundation-model", resource_name=model
        )
        return Arn.format(parts, Stack.of(self.scope))
