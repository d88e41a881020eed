"""Executions that die under their tasks, told of by EventBridge, late, twice, or not at all."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.local.client import TERMINAL, Client
from infra.local.stack import LocalStack
from tests.e2e.jobs import Jobs, eventually, trail

pytestmark = pytest.mark.e2e


class Deaths:
    """The rule that tells of executions that die, and what stands for it when it does not."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._function = stack.outputs["HintFunction"]
        arn = stack.aws.functions.get_function(FunctionName=self._function)
        target = arn["Configuration"]["FunctionArn"]
        (self._rule,) = stack.aws.events.list_rule_names_by_target(TargetArn=target)["RuleNames"]

    def silence(self) -> None:
        self._stack.aws.events.disable_rule(Name=self._rule)

    def speak(self) -> None:
        self._stack.aws.events.enable_rule(Name=self._rule)

    def of(self, task: Mapping[str, Any]) -> str:
        """Let the function hear that the task's execution was aborted."""
        detail = {"name": task["execution_arn"].rpartition(":")[2], "status": "ABORTED"}
        event = {"source": "aws.states", "detail": detail}
        answer = self._stack.aws.functions.invoke(
            FunctionName=self._function, Payload=json.dumps(event)
        )
        seen: str = json.loads(answer["Payload"].read())["seen"]
        return seen

    def sweep(self, task_id: str) -> None:
        """Let the task be due, and the sweep come."""
        self._stack.aws.dynamodb.update_item(
            TableName=self._stack.outputs["ExecutionsTable"],
            Key={"task_id": {"S": task_id}},
            UpdateExpression="SET due_at = :now",
            ConditionExpression="attribute_exists(due_at)",
            ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
        )
        self._stack.run_upkeep()


@pytest.fixture
def deaths(stack: LocalStack) -> Iterator[Deaths]:
    rule = Deaths(stack)
    yield rule
    rule.speak()


def ended_so(submitter: Client, task: Mapping[str, Any]) -> bool:
    """Tell whether a task has ended as one whose execution has died, once."""
    standing = submitter.status(task["task_id"]).json()
    trailed = trail(submitter, task["correlation_id"])
    return (standing["status"], (standing["error"] or {}).get("type"), trailed) == (
        "FAILED",
        "ExecutionDiedError",
        [(task["task_id"], "CONNECTOR_DEPLOY_FAILED")],
    )


def test__status_change__at_once_and_again__ends_the_task_once(
    stack: LocalStack, submitter: Client, operator: Client, jobs: Jobs, deaths: Deaths
) -> None:
    task_id, job = jobs.begun()
    task = operator.status(task_id).json()

    stack.aws.workflows.stop_execution(executionArn=task["execution_arn"])
    eventually(lambda: submitter.status(task_id).json()["status"] in TERMINAL)
    assert ended_so(submitter, task)
    assert deaths.of(task) == "settled"
    eventually(lambda: jobs.status(job) == "canceled")
    assert ended_so(submitter, task)


def test__status_change__never_or_late__the_sweep_ends_the_task_just_so(
    stack: LocalStack, submitter: Client, operator: Client, jobs: Jobs, deaths: Deaths
) -> None:
    def swept() -> bool:
        # Not always at once: a step that was at work then may write when the task is to be due.
        deaths.sweep(task_id)
        return submitter.status(task_id).json()["status"] in TERMINAL

    deaths.silence()
    task_id, job = jobs.begun()
    task = operator.status(task_id).json()

    stack.aws.workflows.stop_execution(executionArn=task["execution_arn"])
    eventually(swept)
    assert ended_so(submitter, task)
    assert deaths.of(task) == "settled"
    eventually(lambda: jobs.status(job) == "canceled")
    assert ended_so(submitter, task)
