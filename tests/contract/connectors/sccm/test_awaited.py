"""`await_installation`, from the assignment to the devices' reports."""

from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from infra.local.standins import sccm
from tests.contract.connectors.faults import every_fault
from tests.contract.connectors.sccm.calls import DETAILS, SUMMARY, assert_assigned_once
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import Machine, World

RUNNING, RETRYING, SUCCESS, FAILED = Status.RUNNING, Status.RETRYING, Status.SUCCESS, Status.FAILED
MODEL = 16777507
"""The model of ROLLOUT."""


def awaiting(world: World[Sccm], **changes: Any) -> Machine:
    return world.accept(application_name=sccm.ROLLOUT, await_installation=True, **changes)


def devices(**counts: int) -> dict[str, int]:
    names = ("targeted", "succeeded", "failed", "in_progress", "unknown", "other")
    return dict.fromkeys(names, 0) | counts


def test__rollout__polled_to_its_end(world: World[Sccm]) -> None:
    machine = awaiting(world)
    machine.step()
    assert (machine.state, machine.now().status) == (Next.POLL, RUNNING)
    task = machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["devices"] == devices(targeted=3, succeeded=3)
    assert "failed_devices" not in task.result
    assert_assigned_once(world, sccm.ROLLOUT)


@pytest.mark.parametrize("lag", [5, 400])
def test__summary_lags__nothing_is_concluded_from_its_absence(
    world: World[Sccm], lag: float
) -> None:
    world.vendor.limits(summary_lag_seconds=lag)
    world.vendor.application(MODEL, rollout=[["success"]])
    machine = awaiting(world)
    machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert len(world.vendor.requests("GET", "Summary")) >= lag / 45


def test__some_devices_fail__failed_with_counts_and_their_names(world: World[Sccm]) -> None:
    world.vendor.application(
        MODEL,
        rollout=[
            ["in_progress", "error", "unknown", "success"],
            ["success", "error", "requirements_not_met", "error"],
        ],
    )
    machine = awaiting(world)
    task = machine.run()
    assert machine.statuses == [RUNNING, FAILED]
    assert task.problem is not None
    assert task.problem.type == "PartialFailureError"
    assert "the installation failed on 2 of 4 devices" in task.problem.message
    assert task.result is not None
    assert task.result["devices"] == devices(targeted=4, succeeded=1, failed=2, other=1)
    assert task.result["failed_devices"] == ["STANDIN-002", "STANDIN-004"]
    assert world.executions.events[0].data["result"] == task.result
    assert_assigned_once(world, sccm.ROLLOUT)


def test__many_devices_fail__a_bounded_number_is_named(world: World[Sccm]) -> None:
    world.vendor.application(MODEL, rollout=[["error"] * 250])
    task = awaiting(world, action="uninstall").run()
    assert task.result is not None
    assert task.result["devices"]["failed"] == 250
    assert len(task.result["failed_devices"]) == 100
    assert task.problem is not None
    assert "the uninstallation failed" in task.problem.message


def test__devices_may_not_be_read__still_a_partial_failure(world: World[Sccm]) -> None:
    world.vendor.application(MODEL, rollout=[["error", "success"]])
    world.vendor.fault("status", DETAILS, status=403)
    machine = awaiting(world)
    task = machine.run()
    assert machine.error_type == "PartialFailureError"
    assert task.result is not None
    assert (task.result["devices"]["failed"], task.result["failed_devices"]) == (1, [])


@pytest.mark.parametrize(
    "rollout",
    [[["unknown"]], [["in_progress"]], [[]], [["success", "success", "unknown"]]],
)
def test__never_installed__failed_at_the_deadline(
    world: World[Sccm], rollout: list[list[str]]
) -> None:
    world.vendor.application(MODEL, rollout=rollout)
    machine = awaiting(world, deadline=timedelta(minutes=15))
    task = machine.run()
    assert machine.statuses == [RUNNING, FAILED]
    assert task.problem is not None
    assert task.problem.type == "DeadlineExceededError"
    assert "accepted" in task.problem.message


@pytest.mark.parametrize("call", [SUMMARY, DETAILS])
@every_fault(
    {
        "kind": "status",
        "status": 200,
        "count": 3,
        "body": {"error": {"code": "x", "message": "y"}},
    },
    {"kind": "status", "status": 200, "body": {"value": None}},
)
def test__reporting_fails_for_a_while__retried_and_never_assigned_again(
    world: World[Sccm], call: str, fault: dict[str, Any]
) -> None:
    world.vendor.application(MODEL, rollout=[["error", "success"]])
    world.vendor.fault(call=call, **fault)
    machine = awaiting(world)
    machine.run()
    assert machine.error_type == "PartialFailureError"
    assert RETRYING in machine.statuses
    assert_assigned_once(world, sccm.ROLLOUT)


def test__summary_of_another_assignment__is_not_ours(world: World[Sccm]) -> None:
    other = {"AssignmentID": 1, "NumberTargeted": 1, "NumberSuccess": 1}
    world.vendor.fault("status", SUMMARY, status=200, body={"value": [other]})
    machine = awaiting(world)
    machine.step()
    assert machine.state is Next.POLL
    assert machine.run().status is SUCCESS


def test__not_awaited__no_summary_is_read(world: World[Sccm]) -> None:
    world.accept().run()
    assert world.vendor.requests("GET", "Summary") == []
