"""`errors` under a 200: a part of a deployment, or all of it, that Jamf Pro has refused."""

from typing import Any

import pytest

from breakwater.domain.events import EventType
from breakwater.domain.status import Status
from infra.local.standins.jamf import DEVICES, MIXED_GROUP, REFUSED_DEVICE
from infra.local.standins.jamf.seeds import EMPTY_GROUP
from tests.contract.connectors.jamf.calls import BUNDLE, DEPLOY, result_of, to_group
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.world import Machine, World

REFUSAL = "The device is not eligible for package deployment"


def failed(machine: Machine) -> dict[str, Any]:
    """Run a deployment that fails in part, and return its result."""
    task = machine.run()
    assert (task.status, machine.error_type) == (Status.FAILED, "PartialFailureError")
    assert (task.intent, task.retries) == (None, 0)
    ends = [event.type for event in machine.world.executions.events]
    assert ends == [EventType.CONNECTOR_DEPLOY_FAILED]
    return result_of(task)


def test__some_devices_refused__failed_with_what_was_queued_and_what_was_not(
    world: World[Jamf],
) -> None:
    result = failed(world.accept(device_ids=[11, REFUSED_DEVICE, 999]))
    assert [one["device"] for one in result["commands"]] == [11]
    assert result["errors"] == [
        {"device": REFUSED_DEVICE, "reason": REFUSAL},
        {"device": 999, "reason": "The device does not exist"},
    ]
    assert (result["queued"], result["refused"]) == (1, 2)
    assert world.vendor.queued(11, BUNDLE) == 1


def test__group_with_a_device_that_is_refused__failed_in_part(world: World[Jamf]) -> None:
    result = failed(to_group(world, MIXED_GROUP))
    assert (result["queued"], result["refused"]) == (1, 1)


def test__every_device_refused__failed_with_the_reasons(world: World[Jamf]) -> None:
    machine = world.accept(device_ids=[REFUSED_DEVICE])
    result = failed(machine)
    assert (result["queued"], result["commands"]) == (0, [])
    assert result["errors"] == [{"device": REFUSED_DEVICE, "reason": REFUSAL}]
    problem = machine.now().problem
    assert problem is not None
    assert "for no device" in problem.message


def test__group_that_does_not_exist__failed_with_the_reason(world: World[Jamf]) -> None:
    result = failed(to_group(world, "77"))
    assert result["errors"] == [{"group": 77, "reason": "The group does not exist"}]


def test__group_without_devices__nothing_is_no_success(world: World[Jamf]) -> None:
    result = failed(to_group(world, EMPTY_GROUP))
    assert (result["queued"], result["errors"]) == (0, [])


def test__device_that_the_answer_leaves_out__told_as_such(world: World[Jamf]) -> None:
    body = {
        "queuedCommands": [{"device": 11, "commandUuid": "6e3f"}],
        "errors": [{"device": "12", "reason": "x" * 1000}],
    }
    world.vendor.fault("status", DEPLOY, status=200, body=body)
    result = failed(world.accept())
    assert result["errors"] == [
        {"device": 12, "reason": "x" * 200},
        {"device": 13, "reason": "neither queued nor refused"},
    ]


@pytest.mark.parametrize("reason", [None, 7, {"a": 1}])
def test__reason_that_is_no_text__kept_as_well_as_it_can_be(
    world: World[Jamf], reason: object
) -> None:
    body = {"queuedCommands": [], "errors": [{"device": one, "reason": reason} for one in DEVICES]}
    world.vendor.fault("status", DEPLOY, status=200, body=body)
    result = failed(world.accept())
    assert result["refused"] == 3
    assert all(one["reason"].encode() for one in result["errors"])


def test__very_many_errors__a_bounded_report(world: World[Jamf]) -> None:
    result = failed(world.accept(device_ids=list(range(5000, 5300))))
    assert (result["refused"], len(result["errors"]), result["errors_not_listed"]) == (
        300,
        100,
        200,
    )
