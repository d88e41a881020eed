"""`await_installation`, from the assignment to the devices' reports."""

from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from infra.local.standins.intune import GROUP, PUBLISHED_APP, ROLLOUT_APP
from tests.contract.connectors.faults import every_fault
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import Machine, World

RUNNING, RETRYING, SUCCESS, FAILED = Status.RUNNING, Status.RETRYING, Status.SUCCESS, Status.FAILED
EXPORT = "GET /exportJobs"


def awaiting(world: World[Intune], **changes: Any) -> Machine:
    return world.accept(app_id=ROLLOUT_APP, await_installation=True, **changes)


def test__rollout__polled_to_its_end(world: World[Intune]) -> None:
    machine = awaiting(world)
    machine.step()
    assert (machine.state, machine.now().status) == (Next.POLL, RUNNING)
    task = machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["devices"] == {"pending": 0, "installed": 3}
    assert world.vendor.posts(ROLLOUT_APP) == 1
    # One report for each row of the rollout: pending ones lead to a new order.
    assert world.vendor.effects("export", "jobs", ROLLOUT_APP) == 3


def test__poll__comes_back_after_its_interval_and_at_most_half_as_much_again(
    world: World[Intune],
) -> None:
    machine = awaiting(world)
    for _ in range(3):
        directive = machine.invoke()
        assert directive.resume_at is not None
        wait = (directive.resume_at - world.clock.now()).total_seconds()
        assert 30 <= wait <= 45
        machine.go_on(directive)


def test__report_accepted_with_202_and_a_location__followed(world: World[Intune]) -> None:
    world.vendor.app(ROLLOUT_APP, export_created_status=202)
    machine = awaiting(world)
    machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]


def test__report_takes_long__the_same_job_is_asked_again(world: World[Intune]) -> None:
    world.vendor.app(ROLLOUT_APP, export_reads=5, rollout=[["installed"]])
    machine = awaiting(world)
    machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert world.vendor.effects("export", "jobs", ROLLOUT_APP) == 1


def test__some_devices_fail__failed_with_counts(world: World[Intune]) -> None:
    world.vendor.app(ROLLOUT_APP, rollout=[["pendingInstall", "failed"], ["installed", "failed"]])
    machine = awaiting(world)
    task = machine.run()
    assert machine.statuses == [RUNNING, FAILED]
    assert machine.error_type == "PartialFailureError"
    assert task.result is not None
    assert task.result["devices"] == {"pending": 0, "installed": 1, "failed": 1}
    assert task.result["group_id"] == GROUP
    assert world.executions.events[0].data["result"] == task.result
    assert (GROUP, "required") in world.vendor.groups(ROLLOUT_APP)


def test__uninstall__done_when_the_devices_are_rid_of_it(world: World[Intune]) -> None:
    world.vendor.app(ROLLOUT_APP, rollout=[["installed"], ["notInstalled"]])
    machine = awaiting(world, intent="uninstall")
    task = machine.run()
    assert task.result is not None
    assert task.result["devices"] == {"pending": 0, "uninstalled": 1}


@pytest.mark.parametrize(
    "script",
    [
        {"rollout": [["pendingInstall"]]},
        {"rollout": [["unknown"]]},
        {"rollout": [[]]},
        {"export_outcome": "failed"},
        {"export_reads": 1000},
    ],
)
def test__never_installed__failed_at_the_deadline(
    world: World[Intune], script: dict[str, Any]
) -> None:
    world.vendor.app(ROLLOUT_APP, **script)
    machine = awaiting(world, deadline=timedelta(minutes=15))
    task = machine.run()
    assert machine.statuses == [RUNNING, FAILED]
    assert task.problem is not None
    assert task.problem.type == "DeadlineExceededError"
    assert "accepted" in task.problem.message
    assert task.updated_at - task.deadline < timedelta(minutes=1)


def test__report_fails_once__another_one_is_ordered(world: World[Intune]) -> None:
    world.vendor.app(ROLLOUT_APP, export_outcome="failed", rollout=[["installed"]])
    machine = awaiting(world)
    machine.step()
    machine.step()
    machine.step()
    world.vendor.app(ROLLOUT_APP, export_outcome="completed")
    assert machine.run().status is SUCCESS
    assert world.vendor.effects("export", "jobs", ROLLOUT_APP) >= 2


@pytest.mark.parametrize("call", ["POST /exportJobs", EXPORT, "GET /downloads"])
@every_fault()
def test__reporting_fails_for_a_while__retried_and_never_assigned_again(
    world: World[Intune], call: str, fault: dict[str, Any]
) -> None:
    world.vendor.fault(call=call, **fault)
    machine = awaiting(world)
    task = machine.run()
    assert task.status is SUCCESS
    assert RETRYING in machine.statuses
    assert world.vendor.posts(ROLLOUT_APP) == 1
    assert task.result is not None
    assert task.result["already_assigned"] is False


@pytest.mark.parametrize("status", [403, 404])
def test__report_is_gone__failed_with_the_assignment_in_place(
    world: World[Intune], status: int
) -> None:
    world.vendor.fault("status", EXPORT, status=status)
    machine = awaiting(world)
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert (GROUP, "required") in world.vendor.groups(ROLLOUT_APP)


def test__download__brings_no_token_along(world: World[Intune]) -> None:
    # The stand-in's storage refuses whoever brings one.
    awaiting(world).run()
    assert {one["status"] for one in world.vendor.requests("GET", "/downloads")} == {200}


def test__not_awaited__no_report_is_ordered(world: World[Intune]) -> None:
    world.accept(app_id=PUBLISHED_APP).run()
    assert world.vendor.requests("POST", "/exportJobs") == []
