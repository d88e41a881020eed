"""The state machines: each is the `flow.asl.json` beside its functions, as text in the template."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.functions import Handler

TRANSIENT = "TransientError"
"""The error that marks, in every flow, the retrier of what may pass by itself."""


class Workflow(Construct):
    """A STANDARD state machine that may invoke its own functions and nothing else."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        flow: Path,
        handlers: Mapping[str, Handler],
        retry_seconds: tuple[int, int] | None,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id_)
        text = flow.read_text()
        arns = {name: handler.function.function_arn for name, handler in handlers.items()}
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(
                shorten_retries(text, *retry_seconds) if retry_seconds else text
            ),
            definition_substitutions={
                "Partition": Stack.of(self).partition,
                **arns,
            },
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self, "Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY
                ),
                level=sfn.LogLevel.ERROR,
                # Payloads are the customers': they stay in the record, never in a log.
                include_execution_data=False,
            ),
        )
        # Not grant_invoke, which adds every version and alias: flows name the function itself.
        self.machine.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(arns.values()))
        )


def shorten_retries(text: str, interval: int, max_interval: int) -> str:
    """Replace the pauses between retries of what may pass, for stages where nobody waits."""
    flow: dict[str, Any] = json.loads(text)
    for state in flow["States"].values():
        for retrier in state.get("Retry", []):
            if TRANSIENT in retrier["ErrorEquals"]:
                retrier["IntervalSeconds"] = interval
                retrier["MaxDelaySeconds"] = max_interval
    return json.dumps(flow, indent=2)
