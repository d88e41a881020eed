"""The state machines: each is the `flow.asl.json` beside its functions, as text in the template."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from breakwater.domain.tasks import Kind
from infra.constructs.functions import Handler
from infra.constructs.rollout import Rollout, Trial
from infra.constructs.vended import vended_logs

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
        runs: Kind | None,
        trial: Trial | None,
    ) -> None:
        """Make `machine`, which `runs` tasks, to be started by `start_arn`.

        Each new version has its `trial`; None: there are no versions.
        """
        super().__init__(scope, id_)
        text = flow.read_text()
        self._versioned = trial is not None
        self._functions = {name: handler.function for name, handler in handlers.items()}
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(
                shorten_retries(text, *retry_seconds) if retry_seconds else text
            ),
            definition_substitutions={"Partition": Stack.of(self).partition, **self._arns()},
            tracing_enabled=True,
            logs=self._logs(log_retention),
        )
        self._allow_its_functions()
        self.start_arn = self.machine.state_machine_arn
        if trial is not None:
            rollout = Rollout(self, "Rollout", machine=self.machine, runs=runs, trial=trial)
            self.start_arn = rollout.arn

    def _arns(self) -> dict[str, str]:
        """Return what the flow invokes, by the names that it has there."""
        return {
            name: (function.current_version if self._versioned else function).function_arn
            for name, function in self._functions.items()
        }

    def _logs(self, retention: logs.RetentionDays) -> sfn.LogOptions:
        # Payloads are the customers': they stay in the record, never in a log.
        return sfn.LogOptions(
            destination=vended_logs(self, "Logs", retention),
            level=sfn.LogLevel.ERROR,
            include_execution_data=False,
        )

    def _allow_its_functions(self) -> None:
        # Not grant_invoke, which adds every version and alias: with versions, all of them are in
        # use for as long as an execution is that began with one, and without, none is.
        suffix = ":*" if self._versioned else ""
        invoked = [f"{function.function_arn}{suffix}" for function in self._functions.values()]
        self.machine.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=invoked)
        )


@dataclass(frozen=True, slots=True)
class Machines:
    """The workflow of each kind of task."""

    by_kind: Mapping[Kind, Workflow]

    @property
    def arns(self) -> list[str]:
        """The machines themselves: what may be started, by whichever of their aliases."""
        return [workflow.machine.state_machine_arn for workflow in self.by_kind.values()]

    @property
    def execution_arns(self) -> list[str]:
        """Every execution of theirs, whatever its name, and nobody else's."""
        return [
            Stack.of(workflow).format_arn(
                service="states",
                resource="execution",
                resource_name=f"{workflow.machine.state_machine_name}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for workflow in self.by_kind.values()
        ]

    @property
    def as_json(self) -> str:
        """What functions are told of them, to start them by: breakwater.settings.Machines."""
        return json.dumps({kind.value: each.start_arn for kind, each in self.by_kind.items()})

    @property
    def by_name(self) -> dict[str, sfn.StateMachine]:
        """The machines by the names of their folders."""
        return {each.node.id.lower(): each.machine for each in self.by_kind.values()}

    @property
    def outputs(self) -> dict[str, str]:
        """What the stack tells of them, by the names of their folders."""
        return {
            f"{workflow.node.id}MachineArn": workflow.machine.state_machine_arn
            for workflow in self.by_kind.values()
        }


def shorten_retries(text: str, interval: int, max_interval: int) -> str:
    """Replace the pauses between retries of what may pass, for stages where nobody waits."""
    flow: dict[str, Any] = json.loads(text)
    for state in flow["States"].values():
        for retrier in state.get("Retry", []):
            if TRANSIENT in retrier["ErrorEquals"]:
                retrier["IntervalSeconds"] = interval
                retrier["MaxDelaySeconds"] = max_interval
    return json.dumps(flow, indent=2)
