"""How a new version of a workflow comes into use, while executions of older ones are under way.

A version is the definition as it was published, and names published versions of its functions: an
execution goes on with what it began with. New executions are started on the alias, which moves to a
new version at once, or, for some minutes, with a tenth of them first. If the workflow's own alarm
rings meanwhile, CloudFormation moves the alias back and the deployment fails. It goes back to what
it deployed last, whatever the alias points to, and begins nothing while the alarm rings: whoever
must get past either deploys without a trial (docs/deploying.md, Roll back).
"""

from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from breakwater.adapters import metrics
from breakwater.domain.tasks import Kind
from infra.constructs.meter import Meter, Rule, alarm
from infra.constructs.objectives import RUNBOOK

ALIAS = "live"
CANARY_PERCENT = 10
FAULTS = CANARY_PERCENT / 100 / 2
"""Which share of a kind's ends may be our fault: half of what a new version has of them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a new version is tried: for so many minutes, 0 for not at all, and seen by `meter`."""

    minutes: int
    meter: Meter
    runbooks: str


class Rollout(Construct):
    """`arn`: the alias on which executions of `machine`, which `runs` tasks, are started."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        machine: sfn.StateMachine,
        runs: Kind | None,
        trial: Trial,
    ) -> None:
        super().__init__(scope, id_)
        self._workflow = scope.node.id.lower()
        version = sfn.CfnStateMachineVersion(
            self,
            "Version",
            state_machine_arn=machine.state_machine_arn,
            # A new revision is a new version.
            state_machine_revision_id=machine.state_machine_revision_id,
        )
        # The older ones stay: there must be something to roll back to.
        version.apply_removal_policy(RemovalPolicy.RETAIN)
        alias = sfn.CfnStateMachineAlias(
            self,
            "Alias",
            name=ALIAS,
            deployment_preference=self._preference(version.attr_arn, machine, runs, trial),
        )
        self.arn = alias.attr_arn

    def _fault(self, machine: sfn.StateMachine, runs: Kind | None, trial: Trial) -> Rule:
        """Return what is seen where all of a new version fails, and nothing else does.

        Of the kind's tasks alone: among all that end, a small kind's would be lost.
        """
        half = max(1, trial.minutes // 2)
        if runs is None:
            above, what = 0.0, "an execution has failed"
            metric = machine.metric_failed(statistic="Sum", period=Duration.minutes(half))
        else:
            above, what = FAULTS, f"over {FAULTS:.0%} of its tasks end by our own fault"
            kind = {metrics.KIND: runs.value}
            metric = trial.meter.metric(metrics.TASK_FAULTS, kind, "Average", minutes=half)
        return Rule(
            name=f"rollout-{self._workflow}",
            metric=metric,
            above=above,
            of=1,
            what=f"Workflow {self._workflow}: {what}. A version under trial is taken back",
            runbook=f"{trial.runbooks}/{RUNBOOK}#error-budget",
        )

    def _preference(
        self, version: str, machine: sfn.StateMachine, runs: Kind | None, trial: Trial
    ) -> sfn.CfnStateMachineAlias.DeploymentPreferenceProperty:
        if not trial.minutes:
            return sfn.CfnStateMachineAlias.DeploymentPreferenceProperty(
                type="ALL_AT_ONCE", state_machine_version_arn=version
            )
        bad = alarm(self, self._fault(machine, runs, trial), topic=None)
        return sfn.CfnStateMachineAlias.DeploymentPreferenceProperty(
            type="CANARY",
            percentage=CANARY_PERCENT,
            interval=trial.minutes,
            alarms=[bad.alarm_name],
            state_machine_version_arn=version,
        )
