"""A task whose record was restored from a backup to before its end, while the trail was not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.domain.errors import TaskSettledError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from tests.fakes.tasks import NOW, a_task, attempt, claim

LATER, EXPIRY = NOW + timedelta(hours=2), NOW + timedelta(days=30)
SUCCESS = Outcome(status=Status.SUCCESS, result={})
DIED = Outcome(status=Status.FAILED, problem=Problem(type="ExecutionDiedError", message="died"))

End = Callable[[DynamoExecutionStore, Task], Task]


def by_its_step(store: DynamoExecutionStore, task: Task) -> Task:
    return store.settle(task, DIED, now=LATER, expires_at=EXPIRY)


def from_outside(store: DynamoExecutionStore, task: Task) -> Task:
    return store.end(task, DIED, now=LATER, expires_at=EXPIRY)


@pytest.fixture
def store(dynamodb: Any) -> DynamoExecutionStore:
    return DynamoExecutionStore(dynamodb, executions_table="executions", events_table="events")


@pytest.fixture
def restored(dynamodb: Any, store: DynamoExecutionStore) -> Task:
    task = claim(store, store.create(a_task(), now=NOW), attempt(1), due_at=LATER)
    key = {"task_id": {"S": task.task_id}}
    backup = dynamodb.get_item(TableName="executions", Key=key)["Item"]
    store.settle(task, SUCCESS, now=NOW, expires_at=EXPIRY)
    dynamodb.put_item(TableName="executions", Item=backup)
    return replace(task, input=b"")


@pytest.mark.parametrize("end", [by_its_step, from_outside])
def test__restored__ends_again_and_the_trail_has_both(
    dynamodb: Any, store: DynamoExecutionStore, restored: Task, end: End
) -> None:
    end(store, restored)
    standing = store.get(restored.task_id)
    assert standing is not None
    assert standing.status is Status.FAILED
    events = dynamodb.scan(TableName="events")["Items"]
    assert {event["type"]["S"] for event in events} == {
        "CONNECTOR_DEPLOY_SUCCESS",
        "CONNECTOR_DEPLOY_FAILED",
    }
    first, second = sorted(event["position"]["S"] for event in events)
    assert second.startswith(first)


@pytest.mark.parametrize("end", [by_its_step, from_outside])
def test__restored_and_ended_again__its_lost_answer_is_found(
    dynamodb: Any, store: DynamoExecutionStore, restored: Task, end: End
) -> None:
    assert end(store, restored).status is end(store, restored).status
    assert len(dynamodb.scan(TableName="events")["Items"]) == 2


def test__restored_and_ended_by_somebody_else__is_over(
    store: DynamoExecutionStore, restored: Task
) -> None:
    by_its_step(store, restored)
    with pytest.raises(TaskSettledError):
        from_outside(store, restored)
