"""Every right of every role, written out: a change of one is a change of this file."""

import json
import re
from typing import Any

import pytest

from tests.infra.assemblies import CONTEXT, Assembly

Rights = dict[str, list[str]]

TRACING = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
SERVICES = [name.capitalize() for name in CONTEXT["services"]]
LOGGING = ["logs:CreateLogStream", "logs:PutLogEvents"]
VENDOR_CALLS: Rights = {
    "TablesEvents": ["dynamodb:PutItem"],
    "TablesLeases": ["dynamodb:DeleteItem", "dynamodb:PutItem"],
    "TablesCircuits": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
    **{f"Connectors{name}Settings": ["ssm:GetParameter"] for name in SERVICES},
    **{f"Connectors{name}Credentials": ["secretsmanager:GetSecretValue"] for name in SERVICES},
}
MODEL: Rights = {
    "foundation-model/amazon.nova-lite-v1:0": ["bedrock:InvokeModelWithResponseStream"]
}
TASKS: Rights = {
    "TablesExecutions": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
    "TablesEvents": ["dynamodb:PutItem"],
}
WORK = ("DeploymentMachine", "SyncMachine", "ChatMachine", "RiskMachine")
MACHINES = (*WORK, "ReplayMachine")
RECONCILING: Rights = {
    "*": TRACING,
    **TASKS,
    **{name: ["states:StartExecution"] for name in (*MACHINES, "AftercareMachine")},
    # Its executions: no other machine's, and nothing but these two.
    **{f"{name}:*": ["states:DescribeExecution", "states:StopExecution"] for name in MACHINES},
}
STEP: Rights = {"*": TRACING, **VENDOR_CALLS, **TASKS}
MACHINE: Rights = {
    # Neither X-Ray nor log delivery has resources that a policy could name.
    "*": [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        *TRACING,
    ],
    "SettleFunction": ["lambda:InvokeFunction"],
}
RIGHTS: dict[str, Rights] = {
    "ApiRole": {
        "*": TRACING,
        "ApiLogs": LOGGING,
        "TablesExecutions": [
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ],
        "TablesExecutions/index/failures": ["dynamodb:Query"],
        "TablesExecutions/index/by_owner": ["dynamodb:Query"],
        "TablesExecutions/index/by_correlation": ["dynamodb:Query"],
        "TablesExecutions/index/by_month": ["dynamodb:Query"],
        "TablesEvents/index/by_correlation": ["dynamodb:Query"],
        "TablesExecutions/index/unfinished": ["dynamodb:Query"],
        "TablesCircuits": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"],
        "TablesEvents": ["dynamodb:PutItem"],
        "TablesLeases": ["dynamodb:PutItem"],
        "TablesIntegrationRecords/index/by_position": ["dynamodb:Query"],
        "TablesConversations": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
        "TablesIntents": ["dynamodb:GetItem", "dynamodb:PutItem"],
        "CursorKeySecret": ["secretsmanager:GetSecretValue"],
        **{name: ["states:StartExecution"] for name in (*MACHINES, "AftercareMachine")},
        # Their executions: no other machine's.
        **{f"{name}:*": ["states:StopExecution"] for name in MACHINES},
    },
    "DeploymentSubmitRole": {**STEP, "DeploymentSubmitLogs": LOGGING},
    "DeploymentPollRole": {**STEP, "DeploymentPollLogs": LOGGING},
    "DeploymentDocumentRole": {**STEP, "DeploymentDocumentLogs": LOGGING},
    "AftercareWithdrawRole": {**STEP, "AftercareWithdrawLogs": LOGGING},
    "ReplayBatchRole": {
        "*": TRACING,
        "ReplayBatchLogs": LOGGING,
        "TablesExecutions": [
            "dynamodb:BatchGetItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ],
        "TablesExecutions/index/failures": ["dynamodb:Query"],
        "TablesExecutions/index/by_correlation": ["dynamodb:Query"],
        "TablesEvents": ["dynamodb:PutItem"],
        "TablesLeases": ["dynamodb:PutItem"],
        # Not its own: a run of many retries is none of what it retries.
        **{name: ["states:StartExecution"] for name in WORK},
    },
    "SyncPullRole": {
        **STEP,
        "SyncPullLogs": LOGGING,
        "TablesIntegrationRecords": ["dynamodb:GetItem", "dynamodb:PutItem"],
    },
    "ChatCompleteRole": {
        **STEP,
        "ChatCompleteLogs": LOGGING,
        "TablesExecutions": [*TASKS["TablesExecutions"], "dynamodb:ConditionCheckItem"],
        "TablesConversations": [
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ],
        **MODEL,
    },
    # It calls nobody: no lease, no settings, and of the circuits a look.
    "RiskScoreRole": {
        "*": TRACING,
        "RiskScoreLogs": LOGGING,
        **TASKS,
        "TablesExecutions/index/by_package": ["dynamodb:Query"],
        "TablesIntents": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
        "TablesCircuits": ["dynamodb:BatchGetItem"],
    },
    "SettleRole": {"*": TRACING, "SettleLogs": LOGGING, **TASKS},
    "UpkeepTasksRole": {
        **RECONCILING,
        "UpkeepTasksLogs": LOGGING,
        "TablesExecutions/index/due": ["dynamodb:Query"],
    },
    "UpkeepHintsRole": {**RECONCILING, "UpkeepHintsLogs": LOGGING},
    # No task: what upkeep does for circuits it does without looking at any.
    "UpkeepCircuitsRole": {
        "*": TRACING,
        "UpkeepCircuitsLogs": LOGGING,
        **VENDOR_CALLS,
        **MODEL,
        "TablesCircuits": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"],
    },
    "DeploymentMachineRole": {
        **MACHINE,
        "DeploymentSubmitFunction": ["lambda:InvokeFunction"],
        "DeploymentPollFunction": ["lambda:InvokeFunction"],
        "DeploymentDocumentFunction": ["lambda:InvokeFunction"],
    },
    "AftercareMachineRole": {
        "*": MACHINE["*"],
        "AftercareWithdrawFunction": ["lambda:InvokeFunction"],
        "DeploymentDocumentFunction": ["lambda:InvokeFunction"],
    },
    "ReplayMachineRole": {**MACHINE, "ReplayBatchFunction": ["lambda:InvokeFunction"]},
    "SyncMachineRole": {**MACHINE, "SyncPullFunction": ["lambda:InvokeFunction"]},
    "ChatMachineRole": {**MACHINE, "ChatCompleteFunction": ["lambda:InvokeFunction"]},
    "RiskMachineRole": {**MACHINE, "RiskScoreFunction": ["lambda:InvokeFunction"]},
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def short(logical_id: str) -> str:
    """Return a logical id without the hash that the CDK appends."""
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)


def target(resource: Any) -> str:
    """Return the logical id that a policy's resource stands for, exactly and without wildcard."""
    if resource == "*":
        return "*"
    text = json.dumps(resource)
    if ":execution:" in text:
        [name] = set(re.findall(r'"(\w+Machine[0-9A-F]{8})"', text))
        assert text.count("*") == 1
        assert text.endswith('":*"]]}')
        return f"{short(name)}:*"
    if model := re.search(r'::(foundation-model/[\w.:-]+)"', text):
        return model[1]
    [name] = re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+[0-9A-F]{8})"', text)
    if f'["{name}", "Arn"]}}, ":*"' in text:  # every version of a function
        return f"{short(name)}:*"
    assert "*" not in text
    below = re.search(r'"(/index/\w+)"', text)
    return short(name) + (below[1] if below else "")


def rights_by_role(assembly: Assembly) -> dict[str, Rights]:
    found: dict[str, Rights] = {}
    for policy in assembly.of_type("AWS::IAM::Policy").values():
        [role] = policy["Properties"]["Roles"]
        rights = found.setdefault(short(role["Ref"]), {})
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for resource in listed(statement["Resource"]):
                rights.setdefault(target(resource), []).extend(listed(statement["Action"]))
    return {
        role: {name: sorted(actions) for name, actions in rights.items()}
        for role, rights in found.items()
    }


@pytest.mark.parametrize("role", RIGHTS)
def test__role__may_do_what_it_needs_and_no_more(every: Assembly, role: str) -> None:
    # Where executions keep their versions, machines may invoke each version of their functions.
    versions = ":*" if every.of_type("AWS::Lambda::Version") and "MachineRole" in role else ""
    expected = {
        f"{name}{versions}" if name.endswith("Function") else name: sorted(actions)
        for name, actions in RIGHTS[role].items()
    }
    assert rights_by_role(every)[role] == expected


def test__roles__are_all_written_out__without_managed_policies(every: Assembly) -> None:
    roles = every.of_type("AWS::IAM::Role")
    assert {short(name) for name in roles} == RIGHTS.keys()
    for role in roles.values():
        assert not role["Properties"].keys() & {"ManagedPolicyArns", "Policies"}
