"""Deployments at a provider that is well: what is posted, and what is found by name."""

from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.progress import Done
from breakwater.domain.status import Status
from breakwater.resilience.deadline import Deadline
from breakwater.services.upkeep import ProbeRun
from infra.local.standins import sccm
from tests.contract.connectors.sccm.calls import (
    READ,
    assert_assigned_once,
    assert_untouched,
    either_login,
    posts,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World, a_client

SUCCESS, FAILED = Status.SUCCESS, Status.FAILED
NOW = "2026-01-01T12:00:00Z"


def deployed(world: World[Sccm], **payload: Any) -> dict[str, Any]:
    """Deploy, and return the one assignment that this made."""
    machine = world.accept(**payload)
    machine.run()
    assert machine.statuses == [SUCCESS]
    [made] = world.vendor.assignments()
    return made


@either_login
def test__vendor_is_well__assigned_at_once(world: World[Sccm]) -> None:
    machine = world.accept()
    task = machine.run()
    [made] = world.vendor.assignments()
    assert machine.statuses == [SUCCESS]
    assert task.result == {
        "application_name": sccm.APPLICATION,
        "collection_id": sccm.COLLECTION,
        "purpose": "required",
        "action": "install",
        "assignment_id": made["AssignmentID"],
    }
    assert (task.intent, task.problem, task.retries) == (None, None, 0)
    assert made["AssignmentName"] == f"Breakwater {task.mark}"
    assert task.correlation_id in made["AssignmentDescription"]
    assert_assigned_once(world)


@either_login
def test__each_login__keeps_to_its_own_route(world: World[Sccm]) -> None:
    world.accept().run()
    windows = world.vendor.settings["login"] == "ntlm"
    paths = [one["path"] for one in world.vendor.requests("GET", "AdminService")]
    route = "/AdminService/wmi/" if windows else "/AdminService_TokenAuth/wmi/"
    assert all(route in path for path in paths)
    # One token for all; Windows asks anew on each connection: four calls, two legs each.
    logins = world.vendor.effects("login")
    assert logins == ({"ntlm": 4} if windows else {"tokens": 1})


def test__required__the_documented_assignment(world: World[Sccm]) -> None:
    made = deployed(world)
    expected = {
        "ApplicationName": sccm.APPLICATION,
        "AssignedCIs": [16777601],
        "DesiredConfigType": 1,
        "OfferTypeID": 0,
        "TargetCollectionID": sccm.COLLECTION,
        "CollectionName": "Stand-in: pilots",
        "StartTime": NOW,
        "EnforcementDeadline": NOW,
        "UseGMTTimes": True,
        "OverrideServiceWindows": False,
        "SuppressReboot": 0,
    }
    assert {name: made[name] for name in expected} == expected


def test__available__has_no_deadline(world: World[Sccm]) -> None:
    made = deployed(world, purpose="available")
    assert (made["OfferTypeID"], made["EnforcementDeadline"]) == (2, None)


def test__uninstall__another_configuration_is_desired(world: World[Sccm]) -> None:
    made = deployed(world, action="uninstall")
    assert (made["DesiredConfigType"], made["OfferTypeID"]) == (2, 0)


@pytest.mark.parametrize(
    ("times", "start", "deadline"),
    [
        ({"start_time": "2026-12-01T02:00:00+02:00"}, "2026-12-01T00:00:00Z", None),
        ({"enforcement_deadline": "2026-12-02T00:00:00Z"}, NOW, "2026-12-02T00:00:00Z"),
        # What should have been enforced already is enforced at once.
        ({"enforcement_deadline": "2020-01-01T00:00:00Z"}, NOW, None),
        (
            {
                "start_time": "2026-12-01T00:00:00.500000Z",
                "enforcement_deadline": "2026-12-03T00:00:00-05:00",
            },
            "2026-12-01T00:00:00Z",
            "2026-12-03T05:00:00Z",
        ),
    ],
)
def test__times__are_posted_in_utc(
    world: World[Sccm], times: dict[str, str], start: str, deadline: str | None
) -> None:
    made = deployed(world, **times)
    assert (made["StartTime"], made["EnforcementDeadline"]) == (start, deadline or start)


@pytest.mark.parametrize("name", [sccm.QUOTED, sccm.QUOTED.upper()])
def test__name_with_quotes_and_signs__found_by_it(world: World[Sccm], name: str) -> None:
    made = deployed(world, application_name=name)
    assert made["ApplicationName"] == sccm.QUOTED


def test__several_revisions__the_latest_is_assigned(world: World[Sccm]) -> None:
    assert deployed(world, application_name=sccm.REVISED)["AssignedCIs"] == [16777623]


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"application_name": "Nothing"}, "no application of this name"),
        ({"application_name": "7-Zip' or IsLatest eq true"}, "no application"),
        ({"application_name": sccm.RETIRED}, "no application of this name"),
        ({"application_name": sccm.TWINS}, "2 applications of this name"),
        ({"collection_id": "PS1000AA"}, "no collection of this id"),
    ],
)
def test__named_thing_is_not_one_thing__failed_and_told(
    world: World[Sccm], payload: dict[str, Any], told: str
) -> None:
    machine = world.accept(**payload)
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert task.problem is not None
    assert told in task.problem.message
    assert posts(world) == 0
    assert_untouched(world)


def test__two_tasks_of_one_correlation_id__an_assignment_each(world: World[Sccm]) -> None:
    first, second = world.accept().run(), world.accept().run()
    assert first.correlation_id == second.correlation_id
    assert first.result is not None
    assert second.result is not None
    assert first.result["assignment_id"] != second.result["assignment_id"]
    assert world.vendor.made(sccm.APPLICATION, sccm.COLLECTION) == 2


def test__step_is_repeated_without_its_memory__assignment_is_found_and_not_made_again(
    world: World[Sccm],
) -> None:
    machine = world.accept()
    task = machine.run()
    world.clock.advance(10)
    # A run that may have no effect.
    run = ProbeRun("c", Deadline.after(60, world.clock.monotonic), world.clock, task.mark)
    with a_client(world.clock) as http:
        found = world.connector(http).submit(run, machine.payload)
    assert found == Done(task.result or {})
    assert_assigned_once(world)


def test__our_name_is_taken_before_we_ever_post__failed_and_told(world: World[Sccm]) -> None:
    machine = world.accept()
    name = f"Breakwater {machine.task.mark}"
    strange = {"AssignmentID": 1, "AssignmentName": name, "TargetCollectionID": "PS1000FF"}
    world.vendor.fault("status", READ, status=200, body={"value": [strange]})
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert task.problem is not None
    assert name in task.problem.message
    assert_untouched(world)


def test__cancel__nothing_can_be_stopped(world: World[Sccm]) -> None:
    machine = world.accept()
    task = machine.run()
    run = ProbeRun("c", Deadline.after(60, world.clock.monotonic), world.clock)
    with a_client(world.clock) as http:
        connector = world.connector(http)
        assert connector.cancel(run, machine.payload, task.handle or {}) is False
    assert_assigned_once(world)


def test__overload__throttled_client_comes_back(world: World[Sccm]) -> None:
    world.vendor.limits(requests_per_second=2)
    machine = world.accept(deadline=timedelta(hours=3))
    assert machine.run().status is SUCCESS
    assert_assigned_once(world)
