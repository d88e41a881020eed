"""What every ExecutionStore promises of how many unfinished tasks a user has with a service."""

from typing import Any

import pytest

from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, claim

ENDS = [Outcome(status=status) for status in Status if status.is_terminal]


def count(stores: Stores, owner: str = "user-1", service: str = "intune", limit: int = 99) -> int:
    return stores.executions.count_unfinished(owner, service, limit=limit)


def test__count__by_user_and_service(stores: Stores) -> None:
    cases: list[dict[str, Any]] = [{}, {}, {"owner": "user-2"}, {"service": "jamf"}]
    for changes in cases:
        stores.executions.create(a_task(**changes), now=NOW)
    assert count(stores) == 2
    assert count(stores, owner="user-2") == count(stores, service="jamf") == 1
    assert count(stores, owner="user-3") == 0


def test__count__no_more_than_asked_for(stores: Stores) -> None:
    for _ in range(3):
        stores.executions.create(a_task(), now=NOW)
    assert count(stores, limit=2) == 2


@pytest.mark.parametrize("outcome", ENDS, ids=lambda outcome: outcome.status.value)
@pytest.mark.parametrize("by", ["its step", "somebody else"])
def test__count__every_end_makes_room(stores: Stores, outcome: Outcome, by: str) -> None:
    store = stores.executions
    task = store.create(a_task(), now=NOW)
    owned = claim(store, task)
    assert count(stores) == 1
    if by == "its step":
        store.settle(owned, outcome, now=NOW, expires_at=NOW)
    else:
        store.end(owned, outcome, now=NOW, expires_at=NOW)
    assert count(stores) == 0
