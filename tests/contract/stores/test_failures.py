"""What every FailureIndex promises: the tasks that have failed and were not retried."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.adapters.dynamodb.failures import DynamoFailures
from breakwater.domain.replays import Selection
from breakwater.domain.retries import retried
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Problem, Task
from breakwater.ports.failures import Count, Failures
from breakwater.resilience.deadline import Deadline
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, claim

EXPIRY = NOW + timedelta(days=30)
SOON = timedelta(seconds=60)
PROBLEM = Problem(type="PermanentError", message="no")
EVER = Deadline(at=1.0, monotonic=lambda: 0.0)
ALL = Selection(failed_before=NOW + timedelta(hours=1))


def ended(
    stores: Stores, *, minute: int = 0, status: Status = Status.FAILED, **changes: Any
) -> Task:
    task = stores.executions.create(a_task(**changes), now=NOW)
    claimed = claim(stores.executions, task)
    outcome = Outcome(status=status, problem=PROBLEM)
    at = NOW + timedelta(minutes=minute)
    stores.executions.settle(claimed, outcome, now=at, expires_at=EXPIRY)
    return task


def found(stores: Stores, selection: Selection = ALL, *, limit: int = 100) -> list[str]:
    """Return everything that is selected, read in parts."""
    ids, position = list[str](), None
    for _ in range(100):
        part = stores.failures.read(selection, after=position, limit=limit)
        assert len(part.task_ids) <= limit
        ids += part.task_ids
        position = part.position
        if position is None:
            return ids
    raise AssertionError("no end in sight")


def test__read__the_failed_and_nothing_else(stores: Stores) -> None:
    failed = ended(stores)
    for status in (Status.SUCCESS, Status.UNKNOWN, Status.CANCELLED):
        ended(stores, status=status)
    stores.executions.create(a_task(), now=NOW)
    ended(stores, kind=Kind.REPLAY, service="intune", command={"rate_per_minute": 1})
    assert found(stores) == [failed.task_id]
    assert stores.failures.count(ALL, deadline=EVER) == Count(1, exact=True)


def test__read__retried__is_found_no_more(stores: Stores) -> None:
    task = ended(stores)
    standing = stores.executions.get(task.task_id)
    assert standing is not None
    standing = stores.executions.with_input(standing)
    new = retried(standing, now=NOW, due_after=SOON)
    stores.executions.retry(standing, new, by="user-1", now=NOW)
    assert found(stores) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test__read__part_by_part__each_once_by_its_end(stores: Stores, limit: int) -> None:
    tasks = [ended(stores, minute=minute) for minute in (3, 1, 2, 1, 5)]
    ids = found(stores, Selection(service="intune", failed_before=ALL.failed_before), limit=limit)
    assert sorted(ids) == sorted(task.task_id for task in tasks)
    assert [ids[0] in {tasks[1].task_id, tasks[3].task_id}, ids[-1]] == [True, tasks[4].task_id]


@pytest.mark.parametrize("limit", [1, 100])
def test__read__no_service__every_service(stores: Stores, limit: int) -> None:
    tasks = [ended(stores, service=service) for service in ("jamf", "intune", "sccm", "jamf")]
    assert sorted(found(stores, limit=limit)) == sorted(task.task_id for task in tasks)
    assert stores.failures.count(ALL, deadline=EVER).number == 4


@pytest.mark.parametrize("limit", [1, 2, 100])
def test__read__by_correlation_and_what_else_is_asked(stores: Stores, limit: int) -> None:
    tasks = [ended(stores, minute=n, correlation_id="mine") for n in range(3)]
    other = ended(stores, correlation_id="mine", service="jamf")
    ended(stores, correlation_id="mine", status=Status.SUCCESS)
    ended(stores, correlation_id="other")
    before = ALL.failed_before
    mine = Selection(correlation_id="mine", failed_before=before)
    jamf = Selection(correlation_id="mine", service="jamf", failed_before=before)
    late = Selection(
        correlation_id="mine", failed_after=NOW + timedelta(minutes=1), failed_before=before
    )
    assert sorted(found(stores, mine, limit=limit)) == sorted(
        task.task_id for task in (*tasks, other)
    )
    assert found(stores, jamf, limit=limit) == [other.task_id]
    assert sorted(found(stores, late, limit=limit)) == sorted(task.task_id for task in tasks[1:])
    assert stores.failures.count(mine, deadline=EVER) == Count(4, exact=True)


def test__read__by_time__both_ends_included(stores: Stores) -> None:
    tasks = [ended(stores, minute=minute) for minute in range(5)]
    window = Selection(
        service="intune",
        failed_after=NOW + timedelta(minutes=1),
        failed_before=NOW + timedelta(minutes=3),
    )
    assert found(stores, window, limit=2) == [task.task_id for task in tasks[1:4]]


def test__read__nothing__is_the_end(stores: Stores) -> None:
    assert found(stores) == []
    assert found(stores, Selection(correlation_id="none", failed_before=NOW)) == []


def test__window__before_there_was_anything__has_nothing(stores: Stores) -> None:
    ended(stores)
    assert found(stores, Selection(failed_before=datetime(999, 1, 1, tzinfo=UTC))) == []


@pytest.mark.parametrize("chosen", [{}, {"service": "intune"}, {"correlation_id": "c-1"}], ids=str)
def test__window__over_before_it_begins__dynamodb_is_not_asked(chosen: dict[str, str]) -> None:
    # It refuses a BETWEEN whose bounds stand the wrong way round.
    nobody = DynamoFailures(None, executions_table="executions", services=("intune",))
    never = Selection(failed_after=NOW + timedelta(seconds=1), failed_before=NOW, **chosen)
    assert nobody.count(never, deadline=EVER) == Count(0, exact=True)
    assert nobody.read(never, after=None, limit=1) == Failures([], None)
