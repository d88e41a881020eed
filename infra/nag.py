"""The security rules (cdk-nag's AwsSolutions pack) and every waiver of one, with its reason.

A waiver names the resources that it is for, by path, and nothing else: the next construct that
breaks the same rule is reported. What the wildcards allow is pinned by tests/infra/test_rights.py.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Acknowledgment, App, CfnResource, Stack, Validations
from aws_cdk.aws_lambda import CfnFunction
from aws_cdk.aws_stepfunctions import CfnStateMachine
from cdk_nag import AwsSolutionsChecks

PACK = "AwsSolutions"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule that the resources whose path matches may break, and why."""

    path: str
    rule: str
    reason: str


EACH_MACHINE = "each machine"
EACH_FUNCTION = "each function"
"""Stand in a rule for the logical id of every state machine, or function, in turn."""

WAIVERS = (
    Waiver(
        r"/Role/DefaultPolicy/Resource$",
        "IAM5[Resource::*]",
        "X-Ray and Step Functions' log delivery have no resources to name: AWS takes only *.",
    ),
    Waiver(
        r"/(Api|UpkeepHints|UpkeepTasks)/Role/DefaultPolicy/Resource$",
        "IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>"
        f":execution:<{EACH_MACHINE}.Name>:*]",
        "Executions are named after their tasks: all of each machine, and of no other.",
    ),
    Waiver(
        r"/Machine/Role/DefaultPolicy/Resource$",
        f"IAM5[Resource::<{EACH_FUNCTION}.Arn>:*]",
        "Versions of its own functions: an execution goes on with the one that it began with.",
    ),
    Waiver(
        r"/Function/Resource$",
        "L1",
        "python3.13 on purpose: layers are built and tested for one runtime and move together.",
    ),
    Waiver(
        r"/(Aftercare|Chat|Deployment|Replay|Risk|Sync)/Machine/Resource$",
        "SF1",
        "Errors are logged; level ALL would copy each transition, at a price, of what the record"
        " and the execution's history already tell.",
    ),
    Waiver(
        r"/HttpApi/(GetHealth|GetOpenapiJson|GetDocs)$",
        "APIG4",
        "Public: uptime checks and those who read the API's description have no token, and neither "
        "tells anyone's data.",
    ),
    Waiver(
        r"/Connectors/\w+Credentials/Resource$",
        "SMG4",
        "The vendor issues these credentials and an operator stores them: nothing can rotate them.",
    ),
    Waiver(
        r"/CursorKey/Secret/Resource$",
        "SMG4",
        "It signs cursors, which show their own caller's data only and hold until it is replaced.",
    ),
    Waiver(
        r"/Identity/Users/Resource$",
        "COG2",
        "Accounts are made by an administrator, some for machines that have no second factor.",
    ),
    Waiver(
        r"/Identity/Users/Resource$",
        "COG8",
        "The plus plan is paid per user; a stage that wants its risk checks names its own issuer.",
    ),
)


def check(app: App) -> None:
    """Have each synthesis of `app` fail on a broken rule that is not waived above."""
    resources = [each for each in app.node.find_all() if isinstance(each, CfnResource)]
    each_of = {
        EACH_MACHINE: _named(resources, CfnStateMachine.CFN_RESOURCE_TYPE_NAME),
        EACH_FUNCTION: _named(resources, CfnFunction.CFN_RESOURCE_TYPE_NAME),
    }
    for resource in resources:
        _waive(resource, resource.node.path, each_of)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def _named(resources: Sequence[CfnResource], type_: str) -> list[str]:
    return [
        Stack.of(each).get_logical_id(each) for each in resources if each.cfn_resource_type == type_
    ]


def _waive(resource: CfnResource, path: str, each_of: Mapping[str, Sequence[str]]) -> None:
    for waiver in WAIVERS:
        if re.search(waiver.path, path):
            for rule in _rules(waiver.rule, each_of):
                id_ = f"{PACK}::{PACK}-{rule}"
                Validations.of(resource).acknowledge(Acknowledgment(id=id_, reason=waiver.reason))


def _rules(rule: str, each_of: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a rule for each of what it names, or as it is."""
    for each, names in each_of.items():
        if each in rule:
            return [rule.replace(each, name) for name in names]
    return [rule]
