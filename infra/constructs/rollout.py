"""How a new version of a workflow comes into use, while executions of older ones are under way.

A version is the definition as it was published, and names published versions of its functions: an
execution goes on with what it began with. New executions are started on the alias, which moves to a
new version at once, or, for some minutes, with a tenth of them first. If an alarm rings meanwhile,
CloudFormation moves the alias back and the deployment fails.
"""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

ALIAS = "live"
CANARY_PERCENT = 10


class Rollout(Construct):
    """`arn`: the alias on which executions of `machine` are started."""

    def __init__(
        self, scope: Construct, id_: str, *, machine: sfn.StateMachine, minutes: int, alarm: str
    ) -> None:
        super().__init__(scope, id_)
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
            deployment_preference=_preference(version.attr_arn, minutes, alarm),
        )
        self.arn = alias.attr_arn


def _preference(
    version: str, minutes: int, alarm: str
) -> sfn.CfnStateMachineAlias.DeploymentPreferenceProperty:
    if not minutes:
        return sfn.CfnStateMachineAlias.DeploymentPreferenceProperty(
            type="ALL_AT_ONCE", state_machine_version_arn=version
        )
    return sfn.CfnStateMachineAlias.DeploymentPreferenceProperty(
        type="CANARY",
        percentage=CANARY_PERCENT,
        interval=minutes,
        alarms=[alarm],
        state_machine_version_arn=version,
    )
