"""What every TaskLists promises."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.adapters.dynamodb import lists
from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task
from breakwater.ports import TaskQuery
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, claim

EVERYBODY = TaskQuery()


def accepted(stores: Stores, number: int, **changes: Any) -> Task:
    """Store the task of a minute before NOW."""
    task = a_task(now=NOW - timedelta(minutes=number), **changes)
    return stores.executions.create(task, now=task.created_at)


def everything(stores: Stores, query: TaskQuery, *, limit: int = 2) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = stores.lists.read(query, after=after, limit=limit, now=NOW)
        assert len(page.tasks) <= limit
        found += [task.task_id for task in page.tasks]
        after = page.position
        if after is None:
            return found


def ids(*tasks: Task) -> list[str]:
    return [task.task_id for task in tasks]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test__everybody_s__newest_first__each_once(stores: Stores, limit: int) -> None:
    tasks = [accepted(stores, number, owner=f"user-{number % 2}") for number in range(9)]
    assert everything(stores, EVERYBODY, limit=limit) == ids(*tasks)


def test__everybody_s__over_the_turn_of_a_month_and_a_year(stores: Stores) -> None:
    now = datetime(2027, 1, 2, tzinfo=UTC)
    tasks = [a_task(now=now - timedelta(days=12 * number)) for number in range(3)]
    for task in tasks:
        stores.executions.create(task, now=task.created_at)
    page = stores.lists.read(EVERYBODY, after=None, limit=100, now=now)
    assert ids(*page.tasks) == ids(*tasks)
    first = stores.lists.read(EVERYBODY, after=None, limit=1, now=now)
    rest = stores.lists.read(EVERYBODY, after=first.position, limit=100, now=now)
    assert ids(*rest.tasks) == ids(*tasks[1:])


def test__one_moment__is_in_the_order_of_ids_and_each_once(stores: Stores) -> None:
    tasks = [accepted(stores, 1) for _ in range(7)]
    assert everything(stores, EVERYBODY) == sorted(ids(*tasks), reverse=True)


def test__owner__sees_nobody_else_s(stores: Stores) -> None:
    mine = [accepted(stores, number, owner="me") for number in (1, 3)]
    accepted(stores, 2, owner="you")
    assert everything(stores, TaskQuery(owner="me")) == ids(*mine)


def test__correlation__of_several_owners__filtered_by_owner(stores: Stores) -> None:
    one = str(uuid.uuid4())
    mine = accepted(stores, 1, owner="me", correlation_id=one)
    yours = accepted(stores, 2, owner="you", correlation_id=one)
    accepted(stores, 3, owner="me")
    assert everything(stores, TaskQuery(correlation_id=one)) == ids(mine, yours)
    assert everything(stores, TaskQuery(correlation_id=one, owner="me")) == ids(mine)


def test__status_and_kind__as_they_stand_now(stores: Stores) -> None:
    running = accepted(stores, 1)
    pending = accepted(stores, 2)
    sync = accepted(
        stores, 3, kind=Kind.SYNC, service="jira", command={"system": "jira"}, correlation_id="c"
    )
    claim(stores.executions, running)
    assert everything(stores, TaskQuery(status=Status.RUNNING)) == ids(running)
    assert everything(stores, TaskQuery(status=Status.PENDING)) == ids(pending, sync)
    assert everything(stores, TaskQuery(kind=Kind.SYNC)) == ids(sync)
    assert everything(stores, TaskQuery(kind=Kind.SYNC, status=Status.RUNNING)) == []


def test__expired__is_gone_though_its_item_still_stands(stores: Stores) -> None:
    task = accepted(stores, 1)
    claimed = claim(stores.executions, task)
    stores.executions.settle(
        claimed, Outcome(status=Status.SUCCESS, result={}), now=NOW, expires_at=NOW
    )
    assert everything(stores, EVERYBODY) == []


def test__nothing__is_an_empty_page(stores: Stores) -> None:
    assert everything(stores, EVERYBODY) == everything(stores, TaskQuery(owner="me")) == []


def test__filtered__looks_through_a_bounded_part_and_goes_on(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PART", 2)
    monkeypatch.setattr(lists, "PARTS", 2)
    tasks = [accepted(stores, number) for number in range(9)]
    last = tasks[-1]
    claim(stores.executions, last)
    assert everything(stores, TaskQuery(status=Status.RUNNING)) == ids(last)


def test__shown__is_what_was_stored(stores: Stores) -> None:
    task = accepted(stores, 1)
    [shown] = stores.lists.read(EVERYBODY, after=None, limit=1, now=NOW).tasks
    assert replace(shown, input=task.input) == task


class Moving:
    """A client whose index names each task twice, as it may while a task's place in it changes."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.batch_get_item = client.batch_get_item

    def query(self, **asked: Any) -> Any:
        answer = self._client.query(**asked)
        return {**answer, "Items": [item for item in answer["Items"] for _ in range(2)]}


def test__dynamodb__named_twice_by_the_index__is_listed_once(dynamodb: Any) -> None:
    executions = DynamoExecutionStore(
        dynamodb, executions_table="executions", events_table="events", leases_table="leases"
    )
    task = executions.create(a_task(), now=NOW)
    tasks = lists.DynamoTaskLists(
        Moving(dynamodb), executions_table="executions", kept_for=timedelta(days=31)
    )
    page = tasks.read(EVERYBODY, after=None, limit=10, now=NOW)
    assert ids(*page.tasks) == [task.task_id]
