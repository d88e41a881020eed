"""The cap on a user's unfinished tasks: how far it may be passed, and what it costs to keep."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.domain.errors import StorageUnavailableError, TooManyUnfinishedError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from breakwater.services.quota import KNOWN, SHARE, Quota
from breakwater.services.retry import Retry
from tests.fakes.breakable import Breakable
from tests.fakes.clock import FakeClock
from tests.fakes.engine import RecordingEngine
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW, a_request, a_task
from tests.unit.services.conftest import accept_on


class CountingStore(Breakable, MemoryExecutionStore):
    """Counts how often it is counted, and is down while `error` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = 0

    def count_unfinished(self, owner: str, service: str, *, limit: int) -> int:
        self.counts += 1
        self._check()
        return super().count_unfinished(owner, service, limit=limit)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


def admitted(quota: Quota, store: MemoryExecutionStore, tries: int, **changes: Any) -> list[Task]:
    """Accept as often as the quota admits."""
    owner, service = changes.get("owner", "user-1"), changes.get("service", "intune")
    return [
        store.create(a_task(**changes), now=NOW)
        for _ in range(tries)
        if quota.admits(owner, service)
    ]


def test__usual__counts_once_in_a_while_and_never_first(store: CountingStore) -> None:
    quota = Quota(store, most=1000)
    admitted(quota, store, 1000 // SHARE)
    assert store.counts == 0
    assert len(admitted(quota, store, 300)) == 300
    assert store.counts < 300 / 10


@pytest.mark.parametrize("most", [1, 7, 100])
def test__one_environment__passes_the_cap_by_no_more_than_its_first_share(
    store: CountingStore, most: int
) -> None:
    quota = Quota(store, most=most)
    assert most <= len(admitted(quota, store, most * 3)) <= most + max(1, most // SHARE)
    assert admitted(quota, store, 20) == []


@settings(deadline=None)
@given(environments=st.integers(1, 12), most=st.integers(1, 120))
def test__many_environments__pass_it_by_a_share_each(environments: int, most: int) -> None:
    store = MemoryExecutionStore()
    quotas = [Quota(store, most=most) for _ in range(environments)]
    for _ in range(most + 10):
        for quota in quotas:
            admitted(quota, store, 1)
    share = max(1, most // SHARE)
    assert most <= len(store.tasks) <= most + environments * share


def test__some_end__there_is_room_again(store: CountingStore) -> None:
    quota = Quota(store, most=3)
    tasks = admitted(quota, store, 10)
    for task in tasks[:2]:
        store.end(task, Outcome(status=Status.FAILED), now=NOW, expires_at=NOW)
    assert 1 <= len(admitted(quota, store, 10)) <= 2


def test__other_users_and_services__are_not_kept_out(store: CountingStore) -> None:
    quota = Quota(store, most=2)
    admitted(quota, store, 10)
    assert len(admitted(quota, store, 1, owner="user-2")) == 1
    assert len(admitted(quota, store, 1, service="jamf")) == 1


def test__cannot_be_counted__storing_decides(store: CountingStore) -> None:
    quota = Quota(store, most=1)
    admitted(quota, store, 5)
    store.error = StorageUnavailableError("no answer")
    assert quota.admits("user-1", "intune")


def test__memory__is_bounded(store: CountingStore) -> None:
    quota = Quota(store, most=10)
    for number in range(KNOWN + 50):
        quota.admits(f"user-{number}", "intune")
    assert len(quota._credits) == KNOWN


def test__accept__at_the_cap__refused_but_for_what_was_accepted_before(
    store: CountingStore,
) -> None:
    accept = accept_on(store, RecordingEngine(), FakeClock(NOW), most=1)
    first = accept(a_request(idempotency_key="k"))
    for key in (None, "another"):
        with pytest.raises(TooManyUnfinishedError, match="1 unfinished tasks with intune"):
            accept(a_request(idempotency_key=key))
    assert accept(a_request(idempotency_key="k")) == first
    assert list(store.tasks) == [first.task_id]


def test__accept__at_the_cap_with_an_expired_key__is_a_new_task_and_refused(
    store: CountingStore,
) -> None:
    clock = FakeClock(NOW)
    accept = accept_on(store, RecordingEngine(), clock, most=1)
    old = accept(a_request(idempotency_key="k"))
    store.end(old, Outcome(status=Status.FAILED), now=NOW, expires_at=NOW)
    accept(a_request())
    clock.advance(60)
    with pytest.raises(TooManyUnfinishedError):
        accept(a_request(idempotency_key="k"))


def test__retry__at_the_cap__refused_until_there_is_room_but_answered_where_it_stands(
    store: CountingStore,
) -> None:
    clock, quota = FakeClock(NOW), Quota(store, most=1)
    retry = Retry(executions=store, engine=RecordingEngine(), clock=clock, quota=quota)
    first, second = admitted(quota, store, 1)[0], store.create(a_task(), now=NOW)
    for old in (first, second):
        store.end(old, Outcome(status=Status.FAILED), now=NOW, expires_at=NOW + timedelta(days=1))
    new = retry(first.task_id, by="user-1").task
    with pytest.raises(TooManyUnfinishedError, match="1 unfinished tasks with intune"):
        retry(second.task_id, by="operator-1")
    assert store.tasks[second.task_id].retried_as is None
    assert retry(first.task_id, by="user-1").task == new
    store.end(new, Outcome(status=Status.FAILED), now=NOW, expires_at=NOW + timedelta(days=1))
    assert retry(second.task_id, by="operator-1").task.retry_of == second.task_id


def test__retry__of_a_run__needs_no_room(store: CountingStore) -> None:
    engine, clock = RecordingEngine(), FakeClock(NOW)
    retry = Retry(executions=store, engine=engine, clock=clock)
    for _ in range(3):
        old = store.create(a_task(), now=NOW)
        store.end(old, Outcome(status=Status.FAILED), now=NOW, expires_at=NOW + timedelta(days=1))
        retry(old.task_id, by="task-retries/1")
    assert store.count_unfinished("user-1", "intune", limit=10) == 3
    assert store.counts == 1
