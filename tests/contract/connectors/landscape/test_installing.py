"""From the request to the computers' reports."""

from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from infra.local.standins.landscape import (
    API_USER,
    FAILING_COMPUTER,
    SNAP_COMPUTERS,
    WEB_COMPUTERS,
)
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import Machine, World

RUNNING, SUCCESS, FAILED = Status.RUNNING, Status.SUCCESS, Status.FAILED


def accept_snaps(world: World[Landscape], *computers: int, **options: Any) -> Machine:
    machine = world.accept(**options)
    machine.payload = {"computer_ids": list(computers), "snaps": ["hello", "spotify"]}
    return machine


def test__packages__installed_on_every_computer_of_the_query(world: World[Landscape]) -> None:
    machine = world.accept(packages=["nginx", "vim"])
    machine.step()
    assert (machine.state, machine.now().status) == (Next.POLL, RUNNING)
    task = machine.run()
    (parent,) = world.vendor.parents()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert task.handle == {"activity_id": str(parent["id"])}
    assert task.result == {
        "activity_id": parent["id"],
        "activity_status": "succeeded",
        "counts": {"succeeded": 3},
        "computers": [
            {"computer_id": one, "status": "succeeded", "result_code": None, "result_text": None}
            for one in WEB_COMPUTERS
        ],
        "computers_not_listed": 0,
    }
    assert world.vendor.installs("packages", "nginx vim") == 1
    assert (task.intent, task.problem, task.retries) == (None, None, 0)
    assert world.leases.held == {}


def test__snaps__installed_on_the_computers(world: World[Landscape]) -> None:
    machine = accept_snaps(world, *SNAP_COMPUTERS)
    task = machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 2}
    assert world.vendor.installs("snaps", "hello spotify") == 1


def test__delivery__later_and_spread_as_asked(world: World[Landscape]) -> None:
    machine = world.accept(deliver_after="2026-01-02T03:04:05+02:00", deliver_delay_window=30)
    assert machine.run().status is SUCCESS
    (parent,) = world.vendor.parents()
    assert parent["deliver_delay_window"] == 30


def test__some_computers_fail__failed_with_each_one_s_result(world: World[Landscape]) -> None:
    machine = accept_snaps(world, SNAP_COMPUTERS[0], FAILING_COMPUTER)
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PartialFailureError")
    assert task.result is not None
    assert task.result["counts"] == {"failed": 1, "succeeded": 1}
    assert task.result["computers"][0] == {
        "computer_id": FAILING_COMPUTER,
        "status": "failed",
        "result_code": 100,
        "result_text": "E: Could not get lock /var/lib/dpkg/lock-frontend",
    }
    assert world.executions.events[0].data["result"] == task.result


@pytest.mark.parametrize("outcome", ["failed", "canceled"])
@pytest.mark.parametrize("parent", ["succeeded", "failed", "canceled"])
def test__a_child_did_not_succeed__failed_whatever_its_parent_says(
    world: World[Landscape], outcome: str, parent: str
) -> None:
    world.vendor.computer(WEB_COMPUTERS[1], tags=["web"], outcome=outcome)
    world.vendor.script(parent_outcome=parent)
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PartialFailureError")
    assert task.result is not None
    assert task.result["counts"] == {outcome: 1, "succeeded": 2}


@pytest.mark.parametrize("parent", ["failed", "canceled"])
def test__the_parent_alone_failed__failed(world: World[Landscape], parent: str) -> None:
    world.vendor.script(parent_outcome=parent)
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PartialFailureError")
    assert task.problem is not None
    assert parent in task.problem.message


def test__many_computers__every_page_is_read_and_the_failed_ones_come_first(
    world: World[Landscape],
) -> None:
    for number in range(1000, 1120):
        world.vendor.computer(number, tags=["many"])
    world.vendor.computer(1119, tags=["many"], outcome="failed", result_text="x" * 5000)
    world.vendor.script(page_size=50)
    task = world.accept(query="tag:many").run()
    assert task.result is not None
    assert task.result["counts"] == {"failed": 1, "succeeded": 119}
    assert task.result["computers"][0]["computer_id"] == 1119
    assert task.result["computers"][0]["result_text"] == "x" * 200
    assert (len(task.result["computers"]), task.result["computers_not_listed"]) == (100, 20)


def test__children_show_after_their_parent_s_end__waited_for(world: World[Landscape]) -> None:
    world.vendor.script(progress=[], visibility_lag_seconds=100)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 3}


def test__children_end_after_their_parent__waited_for(world: World[Landscape]) -> None:
    world.vendor.script(late_children=1)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 3}


@pytest.mark.parametrize(
    "word", ["undelivered", "delivered", "scheduled", "waiting", "unapproved", "blocked"]
)
def test__never_ends__failed_at_the_deadline(world: World[Landscape], word: str) -> None:
    world.vendor.script(progress=["undelivered", word], ends=False)
    machine = world.accept(deadline=timedelta(minutes=15))
    task = machine.run()
    assert machine.statuses == [RUNNING, FAILED]
    assert task.problem is not None
    assert task.problem.type == "DeadlineExceededError"
    assert "accepted" in task.problem.message
    assert task.updated_at - task.deadline < timedelta(minutes=1)
    assert world.vendor.installs() == 1


def test__created_by__the_dedicated_user(world: World[Landscape]) -> None:
    world.accept().run()
    (parent,) = world.vendor.parents()
    assert parent["creator"]["email"] == API_USER
