"""A POST that is answered with an error under a 2xx: it may have been carried out all the same."""

from typing import Any

import pytest

from breakwater.connectors.sccm.connector import DELAY
from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from tests.contract.connectors.crashes import invoke_with
from tests.contract.connectors.sccm.calls import (
    POST,
    READ,
    assert_assigned_once,
    assert_untouched,
    posts,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

RUNNING, RETRYING, SUCCESS, FAILED = Status.RUNNING, Status.RETRYING, Status.SUCCESS, Status.FAILED


def test__made_for_all_that__found_once_it_shows(world: World[Sccm]) -> None:
    world.vendor.limits(post_answer="doubted")
    machine = world.accept()
    machine.step()
    assert (machine.state, machine.now().status) == (Next.POLL, RUNNING)
    task = machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    assert task.result is not None
    assert task.result["assignment_id"] == world.vendor.assignments()[0]["AssignmentID"]
    assert posts(world) == 1
    assert_assigned_once(world)


def test__never_made__failed_with_the_provider_s_answer_and_not_sent_again(
    world: World[Sccm],
) -> None:
    world.vendor.limits(post_answer="refused")
    machine = world.accept()
    started = world.clock.now()
    task = machine.run()
    assert machine.statuses == [RUNNING, FAILED]
    assert task.problem is not None
    assert task.problem.type == "PermanentError"
    assert task.problem.message.startswith("sccm made no assignment: it answered with ")
    assert "The SMS Provider reported an error" in str(task.problem.response_body)
    # Not before it would have shown.
    assert task.updated_at - started >= HARD_LIMIT + DELAY
    assert posts(world) == 1
    assert_untouched(world)


def test__made_late_in_its_step__not_given_up_before_it_would_show(world: World[Sccm]) -> None:
    world.vendor.limits(post_answer="doubted", visibility_lag_seconds=29)
    machine = world.accept()
    late = invoke_with(world, machine, POST, before=lambda: world.clock.advance(290))
    machine.state, machine.retry_count, machine._entered_at = late.next, 0, None
    assert machine.invoke().next is Next.POLL  # with none of the poll's pause
    world.clock.advance(30)
    assert machine.run().status is SUCCESS
    assert_assigned_once(world)


@pytest.mark.parametrize(
    "body",
    [{}, {"AssignmentID": None}, {"AssignmentID": "7"}, {"AssignmentID": 0}, [], "made", 7, None],
)
def test__made_and_its_number_is_not_told__found_once_it_shows(
    world: World[Sccm], body: Any
) -> None:
    world.vendor.fault("status", POST, status=201, body=body, when="after")
    machine = world.accept()
    machine.run()
    assert machine.statuses in ([RUNNING, SUCCESS], [RETRYING, SUCCESS])
    assert posts(world) == 1
    assert_assigned_once(world)


def test__name_is_taken_by_something_else__unknown(world: World[Sccm]) -> None:
    world.vendor.limits(post_answer="doubted")
    machine = world.accept()
    machine.step()
    [row] = world.vendor.assignments()
    strange = {"value": [{**row, "TargetCollectionID": "PS1000FF"}]}
    world.vendor.fault("status", READ, status=200, body=strange)
    assert machine.run().status is Status.UNKNOWN


@pytest.mark.parametrize("status", [429, 500, 503])
def test__provider_goes_away_meanwhile__asked_again_and_found(
    world: World[Sccm], status: int
) -> None:
    world.vendor.limits(post_answer="doubted")
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", READ, count=4, status=status)
    assert machine.run().status is SUCCESS
    assert posts(world) == 1
