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
from infra.constructs.cursors import CursorKey
from infra.constructs.functions import API, PULL, SETTLE, STEP, UPKEEP, Handler, Layers, Size
from infra.constructs.identity import Identity
from infra.constructs.schedule import EachMinute
from infra.constructs.tables import Tables
from infra.constructs.workflows import Workflow
from infra.environment import (
    api_environment,
    settle_environment,
    step_environment,
    sync_environment,
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
        settle = self._settle()
        workflows = {"deployment": self._deployment(settle), "sync": self._sync(settle)}
        machine_arns = {
            kind: workflow.machine.state_machine_arn for kind, workflow in workflows.items()
        }
        api = self._api(identity, machine_arns)
        upkeep = self._upkeep()
        alarms = Alarms(self, "Alarms", services=SERVICES, runbooks=stage.runbooks)
        self._output(
            {
                "ApiUrl": api.url,
                "ApiId": api.api_id,
                **{f"{kind.capitalize()}MachineArn": arn for kind, arn in machine_arns.items()},
                "UpkeepFunction": upkeep.function.function_name,
                "AlarmTopicArn": alarms.topic.topic_arn,
                **identity.outputs,
            }
        )
        Tags.of(self).add("application", "breakwater")
        Tags.of(self).add("stage", stage.name)

    def _settle(self) -> Handler:
        handler = self._handler("settle", settle_environment(self._stage, self._tables), SETTLE)
        self._allow_tasks(handler)
        return handler

    def _deployment(self, settle: Handler) -> Workflow:
        step = step_environment(self._stage, self._tables, self._connectors)
        submit = self._handler("deployment/submit", step, STEP)
        poll = self._handler("deployment/poll", step, STEP)
        document = self._handler("deployment/document", step, STEP)
        for handler in (submit, poll, document):
            self._allow_tasks(handler)
            self._allow_vendor_calls(handler)
        handlers = {
            "SubmitFunction": submit,
            "PollFunction": poll,
            "DocumentFunction": document,
            "SettleFunction": settle,
        }
        return self._workflow("deployment", handlers)

    def _sync(self, settle: Handler) -> Workflow:
        environment = sync_environment(self._stage, self._tables, self._connectors)
        pull = self._handler("sync/pull", environment, PULL)
        self._allow_tasks(pull)
        self._allow_vendor_calls(pull)
        pull.allow("dynamodb:GetItem", "dynamodb:PutItem", on=[self._tables.records.table_arn])
        return self._workflow("sync", {"PullFunction": pull, "SettleFunction": settle})

    def _workflow(self, kind: str, handlers: Mapping[str, Handler]) -> Workflow:
        return Workflow(
            self,
            kind.capitalize(),
            flow=self._root / "functions" / kind / "flow.asl.json",
            handlers=handlers,
            retry_seconds=self._stage.retry_seconds,
            log_retention=self._retention,
        )

    def _api(self, identity: Identity, machine_arns: Mapping[str, str]) -> HttpApi:
        cursor_key = CursorKey(self, "CursorKey").arn
        environment = api_environment(
            self._stage,
            self._tables,
            self._connectors,
            machine_arns=machine_arns,
            cursor_secret=cursor_key,
        )
        handler = self._handler("api", environment, API)
        handler.allow(
            "dynamodb:GetItem", "dynamodb:PutItem", on=[self._tables.executions.table_arn]
        )
        handler.allow("dynamodb:PutItem", on=[self._tables.leases.table_arn])
        handler.allow("dynamodb:Query", on=[f"{self._tables.records.table_arn}/index/by_position"])
        handler.allow("secretsmanager:GetSecretValue", on=[cursor_key])
        handler.allow("states:StartExecution", on=list(machine_arns.values()))
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

    def _allow_tasks(self, handler: Handler) -> None:
        """Let a function change and end tasks that were accepted."""
        handler.allow(
            "dynamodb:GetItem", "dynamodb:UpdateItem", on=[self._tables.executions.table_arn]
        )
        handler.allow("dynamodb:PutItem", on=[self._tables.events.table_arn])

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
            "RecordsTable": self._tables.records.table_name,
            "ConnectorsPath": self._connectors.path,
        }
        for name, value in {**outputs, **tables}.items():
            CfnOutput(self, name, value=value)
