"""Lambda functions: one per handler folder, all built the same way, each with rights of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Duration, IgnoreMode, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64

# What lies about in a source folder and must not change an asset's hash.
NOT_SHIPPED = ["__pycache__/", "*.pyc", ".*", "events/"]


@dataclass(frozen=True, slots=True)
class Size:
    """How long a function may take and what it may use."""

    timeout_seconds: int
    memory_mib: int


# CPU comes with memory, and imports are what a cold start waits for: a client waits for the api,
# and a step imports as much. Nobody waits for settle, which imports least.
API = Size(timeout_seconds=10, memory_mib=512)
# Nested: an HTTP attempt (30) < a step's own soft limit (300) < this < its task in the flow (360).
STEP = Size(timeout_seconds=345, memory_mib=512)
# As long; twice the CPU, of which each of a page's 200 writes takes 1.4 ms.
PULL = Size(timeout_seconds=STEP.timeout_seconds, memory_mib=1024)
SETTLE = Size(timeout_seconds=30, memory_mib=256)
# Nobody waits for a score, but its imports are a step's.
SCORE = Size(timeout_seconds=60, memory_mib=512)
# One sweep ends before the next minute's begins.
UPKEEP = Size(timeout_seconds=55, memory_mib=512)
# Likewise; eight tasks at a time are too many for a small share of a CPU.
SWEEP = Size(timeout_seconds=UPKEEP.timeout_seconds, memory_mib=1024)


class Layers(Construct):
    """`core` (the product) and `deps` (third-party packages), as infra/layers.py staged them."""

    def __init__(self, scope: Construct, id_: str, *, core: Path, deps: Path) -> None:
        super().__init__(scope, id_)
        self.versions = [
            self._layer("Core", core, "Breakwater"),
            self._layer("Deps", deps, "Third-party packages"),
        ]

    def _layer(self, id_: str, folder: Path, description: str) -> lambda_.LayerVersion:
        # No exclusions: the bytecode in these folders is meant to be shipped.
        return lambda_.LayerVersion(
            self,
            id_,
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description=description,
        )


class Handler(Construct):
    """A function with its log group and its role, which may write logs and traces and no more."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        folder: Path,
        layers: Layers,
        environment: Mapping[str, str],
        size: Size,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id_)
        attempt = self.node.try_get_context("attempt")
        log_group = logs.LogGroup(
            self, "Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.allow("logs:CreateLogStream", "logs:PutLogEvents", on=[log_group.log_group_arn])
        self.function = lambda_.Function(
            self,
            "Function",
            code=lambda_.Code.from_asset(
                str(folder), exclude=NOT_SHIPPED, ignore_mode=IgnoreMode.GIT
            ),
            handler="handler.handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            layers=layers.versions,
            environment=dict(environment),
            timeout=Duration.seconds(size.timeout_seconds),
            memory_size=size.memory_mib,
            role=self.role,
            log_group=log_group,
            # Lambda publishes no version of what has not changed since the last, also where a
            # deployment that was rolled back has left that one behind (docs/deploying.md).
            description=f"attempt {attempt}" if attempt else None,
            tracing=lambda_.Tracing.ACTIVE,
            # Published where a stage rolls out by versions; an execution may still need an old one.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )

    def allow(self, *actions: str, on: Sequence[str]) -> None:
        """Grant exactly `actions` on exactly the resources `on`."""
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))
