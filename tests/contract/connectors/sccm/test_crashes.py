"""What the next attempt makes of a POST that got no answer."""

from typing import Any

import pytest

from breakwater.connectors.sccm.connector import DELAY
from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.errors import TransientError
from breakwater.domain.status import Status
from infra.local.standins import sccm
from tests.contract.connectors.crashes import KilledError, invoke_with, kill, killed
from tests.contract.connectors.sccm.calls import (
    POST,
    READ,
    SUBJECT,
    assert_assigned_once,
    assert_untouched,
    posts,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.vendor import until
from tests.contract.connectors.world import World

RETRYING, SUCCESS, UNKNOWN = Status.RETRYING, Status.SUCCESS, Status.UNKNOWN


def test__intent__names_all_that_the_assignment_is_known_by(world: World[Sccm]) -> None:
    machine = SUBJECT.in_doubt(world)
    intent = machine.now().intent
    assert intent is not None
    assert {name: value for name, value in intent.items() if name != "at"} == {
        "effect": "assign",
        "assignment_name": f"Breakwater {machine.task.mark}",
        "collection_id": sccm.COLLECTION,
        "model_id": "16777501",
        "ci_id": "16777601",
    }


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("lag", [3, 29])
def test__next_attempt_comes_at_once__parked_until_an_assignment_would_show(
    world: World[Sccm], moment: str, lag: float
) -> None:
    world.vendor.limits(visibility_lag_seconds=lag)
    machine = world.accept()
    started = world.clock.now()
    killed(world, machine, moment, POST)
    machine.retry_count += 1  # Full jitter may make the pause of a retry none at all.
    directive = machine.invoke()
    assert (machine.error_type, machine.now().status) == ("ParkedError", RETRYING)
    assert directive.resume_at is not None
    assert directive.resume_at - started >= HARD_LIMIT + DELAY
    machine.go_on(directive)
    assert machine.run().status is SUCCESS
    assert posts(world) == 1
    assert_assigned_once(world)


def test__posted_at_the_end_of_its_step__no_second_assignment(world: World[Sccm]) -> None:
    # Such as after a token had expired and the new login took its time.
    world.vendor.limits(visibility_lag_seconds=29)
    machine = world.accept()
    with pytest.raises(KilledError):
        invoke_with(world, machine, POST, before=lambda: world.clock.advance(290), after=kill)
    machine.retry_count += 1
    assert machine.run().status is SUCCESS
    assert posts(world) == 1
    assert_assigned_once(world)


@pytest.mark.parametrize("kind", ["reset", "hang", "truncated", "malformed", "html"])
def test__response_lost_after_the_effect__no_second_assignment(
    world: World[Sccm], kind: str
) -> None:
    world.vendor.fault(kind, POST, when="after")
    machine = world.accept()
    machine.step()
    assert machine.now().intent
    task = machine.run()
    assert machine.statuses == [RETRYING, SUCCESS]
    assert task.result is not None
    assert task.result["assignment_id"] == world.vendor.assignments()[0]["AssignmentID"]
    assert posts(world) == 1
    assert_assigned_once(world)


def test__request_lands_after_we_gave_it_up__found(world: World[Sccm]) -> None:
    world.vendor.fault("delay", POST, seconds=1.5)
    machine = world.accept()
    with pytest.raises(TransientError):
        machine.invoke()
    assert_untouched(world)
    until(lambda: world.vendor.assignments() != [])
    machine.retry()
    assert machine.run().status is SUCCESS
    assert posts(world) == 1
    assert_assigned_once(world)


@pytest.mark.parametrize("shown", ["model", "cis", "both", "none"])
def test__whatever_ids_a_list_shows__the_assignment_is_known_again(
    world: World[Sccm], shown: str
) -> None:
    world.vendor.limits(ids_listed=shown)
    machine = world.accept()
    killed(world, machine, "after", POST)
    machine.retry()
    assert machine.run().status is SUCCESS
    assert posts(world) == 1


def test__new_revision_in_between__the_assignment_is_known_by_its_application(
    world: World[Sccm],
) -> None:
    machine = world.accept()
    killed(world, machine, "after", POST)
    world.vendor.application(16777501, revisions=[16777601, 16777699])
    machine.retry()
    assert machine.run().status is SUCCESS
    assert_assigned_once(world)


@pytest.mark.parametrize(
    "changes",
    [
        [{"TargetCollectionID": "PS1000FF"}],
        [{"AppModelID": 1}],
        [{"AppModelID": None, "AssignedCIs": [1]}],
        [{}, {}],
    ],
)
def test__name_is_taken_by_something_else__unknown_and_nothing_is_posted(
    world: World[Sccm], changes: list[dict[str, Any]]
) -> None:
    machine = world.accept()
    killed(world, machine, "after", POST)
    [row] = world.vendor.assignments()
    strange = {"value": [{**row, **change} for change in changes]}
    world.vendor.fault("status", READ, status=200, body=strange)
    machine.retry()
    task = machine.run()
    assert (task.status, machine.error_type) == (UNKNOWN, "OutcomeUnknownError")
    assert posts(world) == 1
