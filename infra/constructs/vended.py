"""Log groups that services of AWS write into by themselves: workflows', and the gateway's."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct


def vended_logs(scope: Construct, id_: str, retention: logs.RetentionDays) -> logs.LogGroup:
    """Return a group under the prefix for which the account has one policy.

    Any other group takes a place in a policy that may not grow longer than 5,120 characters
    (docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html).
    """
    return logs.LogGroup(
        scope,
        id_,
        log_group_name=f"/aws/vendedlogs/{Stack.of(scope).stack_name}/{scope.node.id.lower()}",
        retention=retention,
        removal_policy=RemovalPolicy.DESTROY,
    )
