"""Breakwater's stack: the table of contents.

What a part is made of stands in infra/constructs; what each folder of `functions/` is, and what it
may touch, in infra/features.
"""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CfnOutput, Duration, Stack, Tags
from constructs import Construct

from breakwater.domain.tasks import Kind
from breakwater.resilience.registry import SERVICES
from infra.constructs.alarms import Alarms
from infra.constructs.connectors import Connectors
from infra.constructs.functions import Layers
from infra.constructs.identity import Identity
from infra.constructs.tables import Tables
from infra.constructs.workflows import Machines
from infra.deployed import stack_name
from infra.features.aftercare import aftercare
from infra.features.api import api
from infra.features.chat import chat
from infra.features.deployment import deployment, document
from infra.features.operations import operations
from infra.features.parts import Parts
from infra.features.replay import replay
from infra.features.risk import risk
from infra.features.settle import settle
from infra.features.sync import sync
from infra.features.upkeep import upkeep
from infra.layers import staged
from infra.stage import Stage


class BreakwaterStack(Stack):
    """An API that accepts, workflows that run, tables that remember."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, root: Path) -> None:
        super().__init__(scope, id_, stack_name=stack_name(stage.name))
        parts = self._parts(stage, root)
        identity = self._identity(stage)
        last_resort = settle(parts)
        documents = document(parts)
        work = {
            Kind.DEPLOYMENT: deployment(parts, last_resort, documents),
            Kind.SYNC: sync(parts, last_resort),
            Kind.CHAT: chat(parts, last_resort),
            Kind.RISK_SCORE: risk(parts, last_resort),
        }
        machines = Machines({**work, Kind.REPLAY: replay(parts, last_resort, Machines(work))})
        after = aftercare(parts, documents)
        front = api(parts, identity, machines, after)
        minutely = upkeep(parts, machines, after)
        alarms = Alarms(
            self,
            "Alarms",
            namespace=stage.metrics_namespace,
            services=SERVICES,
            runbooks=stage.runbooks,
        )
        operations(parts, front, machines, alarms.topic)
        self._output(
            {
                "ApiUrl": front.url,
                "ApiId": front.api_id,
                **machines.outputs,
                **minutely.outputs,
                "AlarmTopicArn": alarms.topic.topic_arn,
                **identity.outputs,
                **parts.tables.outputs,
                "ConnectorsPath": parts.connectors.path,
            }
        )
        Tags.of(self).add("application", "breakwater")
        Tags.of(self).add("stage", stage.name)

    def _parts(self, stage: Stage, root: Path) -> Parts:
        """Make what every feature is built from."""
        deps = "deps-host" if stage.host_layers else "deps-target"
        return Parts(
            scope=self,
            stage=stage,
            root=root,
            tables=Tables(self, "Tables", protect=stage.protect),
            connectors=Connectors(
                self,
                "Connectors",
                path=f"/{self.stack_name}/connectors",
                services=stage.services,
                protect=stage.protect,
            ),
            layers=Layers(self, "Layers", core=staged(root, "core"), deps=staged(root, deps)),
        )

    def _identity(self, stage: Stage) -> Identity:
        return Identity(
            self,
            "Identity",
            issuer=stage.jwt_issuer,
            audience=stage.jwt_audience,
            token_validity=Duration.minutes(stage.token_minutes),
            protect=stage.protect,
        )

    def _output(self, outputs: Mapping[str, str]) -> None:
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
