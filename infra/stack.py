"""Breakwater's stack: the table of contents. What a room is made of stands in infra/constructs.

Here: which rooms there are, how they hang together, and what each function may touch.
"""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CfnOutput, Duration, Stack, Tags
from aws_cdk.aws_logs import RetentionDays
from constructs import Construct

from breakwater.resilience.registry import SERVICES
from infra.constructs.alarms import Alarms
from infra.constructs.api import HttpApi
from infra.constructs.connectors import Connectors
from infra.constructs.functions import API, SETTLE, STEP, UPKEEP, Handler, Layers, Size
from infra.constructs.identity import Identity
from infra.constructs.schedule import EachMinute
from infra.constructs.tables import Tables
from infra.constructs.workflows import Workflow
from infra.environment import (
    api_environment,
    settle_environment,
    step_environment,
    upkeep_environment,
)
from infra.layers import staged
from infra.stage import Stage


class BreakwaterStack(Stack):
    """An API that accepts, a workflow that runs, tables that remember."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, root: Path) -> None:
        super().__init__(scope, id_, stack_name=f"breakwater-{stage.name}")
        self._stage, self._root = stage, root
        self._retention = RetentionDays[stage.log_retention]
        self._tables = Tables(self, "Tables", protect=stage.protect)
        self._connectors = Connectors(
            self, "Connectors", path=f"/{self.stack_name}/connectors", services=stage.services
        )
        deps = "deps-host" if stage.host_layers else "deps-target"
        self._layers = Layers(self, "Layers", core=staged(root, "core"), deps=staged(root, deps))
        identity = Identity(
            self,
            "Identity",
            issuer=stage.jwt_issuer,
            audience=stage.jwt_audience,
            token_validity=Duration.minutes(stage.token_minutes),
            protect=stage.protect,
        )
        deployment = self._deployment()
        api = self._api(identity, deployment)
        upkeep = self._upkeep()
        alarms = Alarms(self, "Alarms", services=SERVICES, runbooks=stage.runbooks)
        self._output(
            {
                "ApiUrl": api.url,
                "ApiId": api.api_id,
                "DeploymentMachineArn": deployment.machine.state_machine_arn,
                "UpkeepFunction": upkeep.function.function_name,
                "AlarmTopicArn": alarms.topic.topic_arn,
                **identity.outputs,
            }
        )
        Tags.of(self).add("application", "breakwater")
        Tags.of(self).add("stage", stage.name)

    def _deployment(self) -> Workflow:
        step = step_environment(self._stage, self._tables, self._connectors)
        submit = self._handler("deployment/submit", step, STEP)
        poll = self._handler("deployment/poll", step, STEP)
        settle = self._handler(
            "deployment/settle", settle_environment(self._stage, self._tables), SETTLE
        )
        executions, events = self._tables.executions.table_arn, self._tables.events.table_arn
        for handler in (submit, poll, settle):
            handler.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[executions])
            handler.allow("dynamodb:PutItem", on=[events])
        for handler in (submit, poll):
            self._allow_vendor_calls(handler)
        return Workflow(
            self,
            "Deployment",
            flow=self._root / "functions" / "deployment" / "flow.asl.json",
            handlers={"SubmitFunction": submit, "PollFunction": poll, "SettleFunction": settle},
            retry_seconds=self._stage.retry_seconds,
            log_retention=self._retention,
        )

    def _api(self, identity: Identity, deployment: Workflow) -> HttpApi:
        machine_arn = deployment.machine.state_machine_arn
        environment = api_environment(self._stage, self._tables, self._connectors, machine_arn)
        handler = self._handler("api", environment, API)
        handler.allow(
            "dynamodb:GetItem", "dynamodb:PutItem", on=[self._tables.executions.table_arn]
        )
        handler.allow("states:StartExecution", on=[machine_arn])
        circuits, events = self._tables.circuits.table_arn, self._tables.events.table_arn
        handler.allow(
            "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", on=[circuits]
        )
        handler.allow("dynamodb:PutItem", on=[events])
        return HttpApi(
            self,
            "HttpApi",
            handler=handler,
            issuer=identity.issuer,
            audience=identity.audience,
            log_retention=self._retention,
        )

    def _upkeep(self) -> Handler:
        environment = upkeep_environment(self._stage, self._tables, self._connectors)
        handler = self._handler("upkeep/sweep", environment, UPKEEP)
        # Nobody else's events are its business, but each transition is written with its event.
        handler.allow("dynamodb:PutItem", on=[self._tables.events.table_arn])
        handler.allow("dynamodb:BatchGetItem", on=[self._tables.circuits.table_arn])
        self._allow_vendor_calls(handler)
        EachMinute(
            self,
            "Upkeep",
            handler=handler,
            what="Circuits: probes the idle, ends overrides, publishes the gauges",
        )
        return handler

    def _allow_vendor_calls(self, handler: Handler) -> None:
        """Let a function call vendors: their settings, their breakers, leases and slots."""
        leases, circuits = self._tables.leases.table_arn, self._tables.circuits.table_arn
        handler.allow("dynamodb:PutItem", "dynamodb:DeleteItem", on=[leases])
        handler.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=[circuits])
        handler.allow("ssm:GetParameter", on=self._connectors.parameter_arns)
        handler.allow("secretsmanager:GetSecretValue", on=self._connectors.secret_arns)

    def _handler(self, folder: str, environment: Mapping[str, str], size: Size) -> Handler:
        return Handler(
            self,
            "".join(part.capitalize() for part in folder.split("/")),
            folder=self._root / "functions" / folder,
            layers=self._layers,
            environment=environment,
            size=size,
            log_retention=self._retention,
        )

    def _output(self, outputs: Mapping[str, str]) -> None:
        tables = {
            "ExecutionsTable": self._tables.executions.table_name,
            "EventsTable": self._tables.events.table_name,
            "LeasesTable": self._tables.leases.table_name,
            "CircuitsTable": self._tables.circuits.table_name,
            "ConnectorsPath": self._connectors.path,
        }
        for name, value in {**outputs, **tables}.items():
            CfnOutput(self, name, value=value)
