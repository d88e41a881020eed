"""The functions that look after tasks, on moto's DynamoDB and Step Functions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from tests.fakes.tasks import a_task, claim
from tests.functions.account import Account
from tests.functions.lambdas import (
    AFTERCARE_MACHINE,
    MACHINE,
    Context,
    Function,
    Lines,
    sample,
)

LONG_AGO = datetime.now(UTC) - timedelta(minutes=10)
EVER = LONG_AGO + timedelta(days=30)


def accepted(account: Account, *, claimed: bool = False, **changes: Any) -> Task:
    """Store a task that was accepted ten minutes ago."""
    task = account.store.create(a_task(now=LONG_AGO, **changes), now=LONG_AGO)
    if claimed:
        account.stepfunctions.start_execution(
            stateMachineArn=MACHINE, name=task.execution_name, input=task.input.decode()
        )
        claim(account.store, task, Attempt(LONG_AGO, 0), now=LONG_AGO)
    return task


def stop(account: Account, task: Task) -> None:
    (arn,) = [
        execution["executionArn"]
        for execution in account.executions()
        if execution["name"] == task.execution_name
    ]
    account.stepfunctions.stop_execution(executionArn=arn)


def sweep(function: Function) -> dict[str, Any]:
    return function("upkeep/tasks")(sample("upkeep/tasks", "each_minute"), Context())


def hint(function: Function, task: Task) -> dict[str, Any]:
    event = sample("upkeep/hints", "aborted")
    event["detail"]["name"] = task.execution_name
    return function("upkeep/hints")(event, Context())


@pytest.mark.parametrize("size", [10, 10_000])
def test__sweep__never_started__starts_it_with_its_bytes(
    account: Account, function: Function, size: int
) -> None:
    task = accepted(account, command={"text": "x" * size})
    assert sweep(function) == {"due": 1, "more": False, "started": 1}
    (execution,) = account.executions()
    assert (execution["name"], execution["input"]) == (task.execution_name, task.input.decode())


def test__sweep__execution_was_stopped__ends_the_task_with_one_event(
    account: Account, function: Function
) -> None:
    task = accepted(account, claimed=True)
    stop(account, task)
    assert sweep(function) == {"due": 1, "more": False, "ended": 1}
    assert account.task(task.task_id).status is Status.FAILED
    assert account.trail == ["CONNECTOR_DEPLOY_FAILED"]
    assert sweep(function) == {"due": 0, "more": False}


def test__sweep__deadline_has_passed__ends_the_task_and_stops_the_execution(
    account: Account, function: Function
) -> None:
    task = accepted(account, claimed=True, deadline=timedelta(minutes=5))
    assert sweep(function) == {"due": 1, "more": False, "expired": 1}
    assert account.task(task.task_id).status is Status.FAILED
    (execution,) = account.executions()
    assert execution["status"] == "ABORTED"


def test__sweep__effect_in_doubt__is_unknown_and_counted(
    account: Account, function: Function, lines: Lines
) -> None:
    task = accepted(account, claimed=True)
    owned = account.task(task.task_id)
    account.store.intend(owned, {"effect": "assign"}, now=LONG_AGO)
    stop(account, task)
    assert sweep(function)["ended"] == 1
    assert account.task(task.task_id).status is Status.UNKNOWN
    found = lines()
    assert [line["status"] for line in found if "TasksEnded" in line] == ["UNKNOWN"]
    assert [line["TaskRepairs"] for line in found if "TaskRepairs" in line] == [[1]]


def test__sweep__at_work__is_left_alone(account: Account, function: Function) -> None:
    task = accepted(account, claimed=True)
    assert sweep(function) == {"due": 1, "more": False, "running": 1}
    assert account.task(task.task_id).status is Status.RUNNING
    assert sweep(function) == {"due": 0, "more": False}


def test__sweep__no_machine__says_that_it_cannot_be_started(
    account: Account, function: Function, lines: Lines
) -> None:
    accepted(account)
    account.stepfunctions.delete_state_machine(stateMachineArn=MACHINE)
    assert sweep(function) == {"due": 1, "more": False, "refused": 1}
    assert [line["TasksNotStarted"] for line in lines() if "TasksNotStarted" in line] == [[1]]


def test__sweep__record_of_a_later_version__is_counted_each_time_and_named(
    account: Account, function: Function, lines: Lines
) -> None:
    task = accepted(account)
    account.dynamodb.update_item(
        TableName="executions",
        Key={"task_id": {"S": task.task_id}},
        UpdateExpression="SET kind = :kind",
        ExpressionAttributeValues={":kind": {"S": "of a later version"}},
    )
    assert sweep(function) == {"due": 1, "more": False, "faulty": 1}
    found = lines()
    assert [line["TasksFaulty"] for line in found if "TasksFaulty" in line] == [[1]]
    [logged] = [line for line in found if line.get("message") == "could not be looked at"]
    assert (logged["task_id"], logged["exception_name"]) == (task.task_id, "ValueError")


HEARD = {
    "before the sweep": "stop hint sweep",
    "after the sweep": "stop sweep hint",
    "twice, on both sides of it": "stop hint hint sweep hint",
    "never": "stop sweep",
    "before the end itself": "hint stop sweep",
    "alone": "stop hint",
}


@pytest.mark.parametrize("intended", [False, True])
@pytest.mark.parametrize("heard", HEARD)
def test__status_change__whenever_it_is_heard__same_end(
    account: Account, function: Function, heard: str, intended: bool
) -> None:
    task = accepted(account, claimed=True)
    if intended:
        owned = account.task(task.task_id)
        account.store.intend(owned, {"effect": "assign"}, now=LONG_AGO)
    happens: Mapping[str, Callable[[], object]] = {
        "stop": lambda: stop(account, task),
        "hint": lambda: hint(function, task),
        "sweep": lambda: sweep(function),
    }
    for what in HEARD[heard].split():
        happens[what]()

    ended = account.task(task.task_id)
    assert ended.problem is not None
    assert ended.problem.type == "ExecutionDiedError"
    assert ended.status is (Status.UNKNOWN if intended else Status.FAILED)
    kind = "TASK_OUTCOME_UNKNOWN" if intended else "CONNECTOR_DEPLOY_FAILED"
    assert account.trail == [kind]
    # An effect in doubt is asked after at its vendor, however often its end was heard of.
    assert len(account.executions(AFTERCARE_MACHINE)) == int(intended)


@pytest.mark.parametrize("heard", ["before", "after", "twice", "never"])
def test__status_change__of_a_task_that_its_step_has_ended__changes_nothing(
    account: Account, function: Function, heard: str
) -> None:
    task = accepted(account, claimed=True)
    owned = account.task(task.task_id)
    if heard in {"before", "twice"}:
        assert hint(function, task) == {"seen": "running"}
    account.store.settle(
        owned, Outcome(status=Status.SUCCESS, result={}), now=LONG_AGO, expires_at=EVER
    )
    stop(account, task)
    if heard in {"after", "twice"}:
        assert hint(function, task) == {"seen": "settled"}
    assert sweep(function) == {"due": 0, "more": False}
    assert account.task(task.task_id).status is Status.SUCCESS
    assert account.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__hint__of_nobodys_execution__does_nothing(account: Account, function: Function) -> None:
    event = sample("upkeep/hints", "aborted")
    assert function("upkeep/hints")(event, Context()) == {"seen": "settled"}


def test__logs__name_task_and_correlation(
    account: Account, function: Function, lines: Lines
) -> None:
    task = accepted(account, claimed=True)
    stop(account, task)
    sweep(function)
    (line,) = [line for line in lines() if line.get("message") == "task ended: FAILED"]
    assert (line["task_id"], line["correlation_id"]) == (task.task_id, task.correlation_id)
    assert "payload" not in json.dumps(line)


def test__sweep__vendor_is_at_work__begins_aftercare_with_the_tasks_own_input(
    account: Account, function: Function
) -> None:
    task = accepted(account, claimed=True, deadline=timedelta(minutes=5))
    owned = account.task(task.task_id)
    account.store.advance(replace(owned, handle={"job": 1}, due_at=LONG_AGO), now=LONG_AGO)
    assert sweep(function) == {"due": 1, "more": False, "expired": 1}
    (execution,) = account.executions(AFTERCARE_MACHINE)
    assert execution["name"].startswith(f"{task.execution_name}-after-")
    given = json.loads(execution["input"])
    assert given["command"] == json.loads(task.input)["command"]
    assert account.task(task.task_id).status is Status.FAILED
