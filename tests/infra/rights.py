"""Every right of every role, written out: a change of one is a change of this file.

tests/infra/test_rights.py holds the templates to it, tests/functions/test_least_privilege.py the
functions.
"""

Rights = dict[str, list[str]]

TRACING = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
LOGGING = ["logs:CreateLogStream", "logs:PutLogEvents"]
VENDOR_CALLS: Rights = {
    "TablesEvents": ["dynamodb:PutItem"],
    "TablesLeases": ["dynamodb:DeleteItem", "dynamodb:PutItem"],
    "TablesCircuits": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
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


def configuration(*services: str) -> Rights:
    """Return the right to read what is configured of services, and their credentials."""
    return {
        **{f"Connectors{name}Settings": ["ssm:GetParameter"] for name in services},
        **{f"Connectors{name}Credentials": ["secretsmanager:GetSecretValue"] for name in services},
    }


DEPLOYED_TO = configuration("Intune", "Jamf", "Sccm", "Landscape", "Ansible")
SYSTEMS = configuration("Servicenow", "Jira")
PROVIDER = configuration("Ai")
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
    "DeploymentSubmitRole": {**STEP, **DEPLOYED_TO, **SYSTEMS, "DeploymentSubmitLogs": LOGGING},
    "DeploymentPollRole": {**STEP, **DEPLOYED_TO, "DeploymentPollLogs": LOGGING},
    "DeploymentDocumentRole": {**STEP, **SYSTEMS, "DeploymentDocumentLogs": LOGGING},
    "AftercareWithdrawRole": {**STEP, **DEPLOYED_TO, "AftercareWithdrawLogs": LOGGING},
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
        **SYSTEMS,
        "SyncPullLogs": LOGGING,
        "TablesIntegrationRecords": ["dynamodb:GetItem", "dynamodb:PutItem"],
    },
    "ChatCompleteRole": {
        **STEP,
        **PROVIDER,
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
        **DEPLOYED_TO,
        **SYSTEMS,
        **PROVIDER,
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
