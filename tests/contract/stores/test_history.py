"""What every HistoryStore promises: the ends of a package's deployments, as stores write them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from breakwater.domain.resolutions import Resolution, Verdict
from breakwater.domain.retries import retried
from breakwater.domain.risk_facts import History
from breakwater.domain.risk_levels import AcceptedRisk, Level
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW, a_task, attempt, claim

PACKAGE = "intune/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
LATER = NOW + timedelta(days=30)


def deployed(
    stores: Stores, status: Status, *, package: str | None = PACKAGE, at: datetime = NOW
) -> Task:
    """Let a deployment end with `status`."""
    task = stores.executions.create(a_task(now=at, package=package), now=at)
    claimed = claim(stores.executions, task, attempt(1, at=at), now=at)
    return stores.executions.settle(claimed, Outcome(status=status), now=at, expires_at=LATER)


def retry(stores: Stores, task: Task) -> None:
    at = NOW + timedelta(hours=2)
    new = retried(stores.executions.with_input(task), now=at, due_after=timedelta(seconds=60))
    stores.executions.retry(task, new, by="user-1", now=at)


def resolve(stores: Stores, task: Task) -> None:
    at = NOW + timedelta(hours=2)
    found_out = Resolution(outcome=Verdict.DID_NOT, reason="looked", by="operator-1", at=at)
    stores.executions.resolve(task, found_out, now=at)


def test__history__never_deployed__is_empty(stores: Stores) -> None:
    assert stores.history.history(PACKAGE) == History(0, 0)


def test__history__of_an_unfinished_deployment__is_empty(stores: Stores) -> None:
    stores.executions.create(a_task(package=PACKAGE), now=NOW)
    assert stores.history.history(PACKAGE) == History(0, 0)


def test__history__counts_what_is_not_a_success(stores: Stores) -> None:
    for status in (Status.SUCCESS, Status.FAILED, Status.UNKNOWN, Status.SUCCESS):
        deployed(stores, status)
    assert stores.history.history(PACKAGE) == History(ended=4, failed=2)


def test__history__what_was_called_off__says_nothing_and_is_in_nobody_s_way(
    stores: Stores,
) -> None:
    deployed(stores, Status.FAILED)
    later = NOW + timedelta(hours=1)
    for _ in range(20):
        task = stores.executions.create(a_task(now=later, package=PACKAGE), now=later)
        stores.executions.end(task, Outcome(status=Status.CANCELLED), now=later, expires_at=LATER)
    assert stores.history.history(PACKAGE) == History(ended=1, failed=1)


def test__history__an_end_from_outside__counts(stores: Stores) -> None:
    task = stores.executions.create(a_task(package=PACKAGE), now=NOW)
    stores.executions.end(task, Outcome(status=Status.FAILED), now=NOW, expires_at=LATER)
    assert stores.history.history(PACKAGE) == History(ended=1, failed=1)


def test__history__is_of_the_one_package_by_the_one_connector(stores: Stores) -> None:
    for other in ("intune/another", "jamf/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001", None):
        deployed(stores, Status.FAILED, package=other)
    assert stores.history.history(PACKAGE) == History(0, 0)
    assert stores.history.history("intune/another") == History(1, 1)


def test__history__looks_at_the_newest_twenty(stores: Stores) -> None:
    for number in range(5):
        deployed(stores, Status.FAILED, at=NOW + timedelta(minutes=number))
    for number in range(19):
        deployed(stores, Status.SUCCESS, at=NOW + timedelta(hours=1, minutes=number))
    assert stores.history.history(PACKAGE) == History(ended=20, failed=1)


def test__history__a_change_of_the_record_after_the_end__moves_nothing(stores: Stores) -> None:
    ended = deployed(stores, Status.FAILED)
    for number in range(20):
        deployed(stores, Status.SUCCESS, at=NOW + timedelta(minutes=1 + number))
    stores.executions.note_change(replace(ended), now=NOW + timedelta(hours=2))
    assert stores.history.history(PACKAGE) == History(ended=20, failed=0)


@pytest.mark.parametrize("heal", [retry, resolve])
def test__history__what_is_done_about_an_end__counts_no_second_time(
    stores: Stores, heal: Callable[[Stores, Task], object]
) -> None:
    heal(stores, deployed(stores, Status.UNKNOWN))
    assert stores.history.history(PACKAGE) == History(ended=1, failed=1)
    for number in range(20):
        deployed(stores, Status.SUCCESS, at=NOW + timedelta(minutes=1 + number))
    assert stores.history.history(PACKAGE) == History(ended=20, failed=0)


@pytest.mark.parametrize(
    "risk",
    [
        None,
        AcceptedRisk(intent_id="i-1"),
        AcceptedRisk(intent_id="i-1", score=31, level=Level.MODERATE, model="1"),
    ],
)
def test__task__keeps_its_package_and_its_risk(stores: Stores, risk: AcceptedRisk | None) -> None:
    task = a_task(package=PACKAGE, risk=risk)
    stores.executions.create(task, now=NOW)
    standing = stores.executions.get(task.task_id)
    assert standing is not None
    assert (standing.package, standing.risk) == (PACKAGE, risk)
