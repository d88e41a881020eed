"""What every Trails promises."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from breakwater.ports import Entry
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, claim

ONE = str(uuid.UUID(int=1))


def ended(stores: Stores, minute: int, **changes: Any) -> Task:
    """Store a task and let it end at a minute after NOW."""
    at = NOW + timedelta(minutes=minute)
    task = stores.executions.create(a_task(**changes), now=NOW)
    claimed = claim(stores.executions, task, now=at)
    outcome = Outcome(status=Status.SUCCESS, result={"n": minute})
    return stores.executions.settle(claimed, outcome, now=at, expires_at=at + timedelta(days=1))


def trail(stores: Stores, *, owner: str | None = None, limit: int = 2) -> list[Entry]:
    found: list[Entry] = []
    after: str | None = None
    while True:
        page = stores.trails.read(ONE, owner=owner, after=after, limit=limit)
        assert len(page.entries) <= limit
        found += page.entries
        after = page.position
        if after is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 100])
def test__correlation__oldest_first__each_once(stores: Stores, limit: int) -> None:
    tasks = [ended(stores, minute, correlation_id=ONE) for minute in range(5)]
    ended(stores, 1, correlation_id=str(uuid.uuid4()))
    assert [e.stream for e in trail(stores, limit=limit)] == [task.task_id for task in tasks]


def test__entry__says_what_was_written(stores: Stores) -> None:
    task = ended(stores, 1, correlation_id=ONE, owner="me")
    assert trail(stores) == [
        Entry(
            stream=task.task_id,
            position=f"{task.execution_name}#000001",
            type="CONNECTOR_DEPLOY_SUCCESS",
            correlation_id=ONE,
            owner="me",
            occurred_at=NOW + timedelta(minutes=1),
            data={"connector_type": "intune", "status": "SUCCESS", "result": {"n": 1}},
        )
    ]


def test__owner__is_shown_nobody_else_s(stores: Stores) -> None:
    for minute in range(6):
        ended(stores, minute, correlation_id=ONE, owner="me" if minute % 2 else "you")
    mine = trail(stores, owner="me")
    assert [e.data["result"]["n"] for e in mine] == [1, 3, 5]


def test__nothing__is_empty(stores: Stores) -> None:
    assert trail(stores) == []
