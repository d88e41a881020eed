"""What is in the store when, and how the next attempt repairs what the last one left behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import TransientError
from breakwater.domain.events import EventType
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from breakwater.ports import HttpResponse
from infra.local.standins import sccm
from tests.contract.connectors.sccm.calls import (
    CLASSES,
    POST,
    READ,
    assert_assigned_once,
    assert_untouched,
    posts,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.vendor import until
from tests.contract.connectors.world import Machine, World, a_client

RETRYING, SUCCESS, UNKNOWN = Status.RETRYING, Status.SUCCESS, Status.UNKNOWN


class KilledError(BaseException):
    """A Lambda that was stopped: nothing catches this."""


class Around:
    """The real client, with something done around one kind of call."""

    def __init__(
        self, http: Any, method: str, part: str, moment: str, do: Callable[[], None]
    ) -> None:
        self._http, self._method, self._part = http, method, part
        self._moment, self._do = moment, do

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        meant = method == self._method and self._part in url
        if meant and self._moment == "before":
            self._do()
        answer: HttpResponse = self._http.request(method, url, **options)
        if meant and self._moment == "after":
            self._do()
        return answer


def kill() -> None:
    raise KilledError


def invoke_with(
    world: World[Sccm],
    machine: Machine,
    moment: str,
    do: Callable[[], None],
    method: str = "POST",
    part: str = "SMS_ApplicationAssignment",
) -> None:
    """Run an attempt in an environment of its own."""
    with a_client(world.clock) as http:
        machine.invoke(world.with_http(Around(http, method, part, moment, do)))


def killed(world: World[Sccm], machine: Machine, moment: str, *call: str) -> None:
    with pytest.raises(KilledError):
        invoke_with(world, machine, moment, kill, *call)


def test__intent__is_in_the_store_before_the_vendor_is_asked(world: World[Sccm]) -> None:
    machine = world.accept()
    seen: list[Any] = []
    invoke_with(world, machine, "before", lambda: seen.extend([machine.now().intent, posts(world)]))
    intent, asked = seen
    assert asked == 0
    assert {name: value for name, value in intent.items() if name != "at"} == {
        "effect": "assign",
        "assignment_name": f"Breakwater {machine.task.task_id}",
        "collection_id": sccm.COLLECTION,
        "model_id": "16777501",
        "ci_id": "16777601",
    }


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "call",
    [
        ("POST", "/oauth2/"),
        ("GET", "SMS_Application?"),
        ("GET", "SMS_Collection?"),
        ("GET", "SMS_ApplicationAssignment?"),
    ],
)
def test__killed_before_the_intent__next_attempt_starts_afresh(
    world: World[Sccm], call: tuple[str, str], moment: str
) -> None:
    machine = world.accept()
    killed(world, machine, moment, *call)
    assert (machine.now().status, machine.now().intent) == (Status.RUNNING, None)
    machine.retry()
    assert machine.run().status is SUCCESS
    assert_assigned_once(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test__killed_around_the_effect__done_once(world: World[Sccm], moment: str) -> None:
    machine = world.accept()
    killed(world, machine, moment)
    assert machine.now().intent
    machine.retry()
    task = machine.run()
    assert (task.status, task.intent) == (SUCCESS, None)
    assert posts(world) == 1
    assert_assigned_once(world)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("lag", [3, 29])
def test__next_attempt_comes_at_once__parked_until_an_assignment_would_show(
    world: World[Sccm], moment: str, lag: float
) -> None:
    world.vendor.limits(visibility_lag_seconds=lag)
    machine = world.accept()
    started = world.clock.now()
    killed(world, machine, moment)
    machine.retry_count += 1  # Full jitter may make the pause of a retry none at all.
    directive = machine.invoke()
    assert (machine.error_type, machine.now().status) == ("ParkedError", RETRYING)
    assert directive.resume_at is not None
    assert directive.resume_at - started >= timedelta(seconds=60)
    machine.go_on(directive)
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
    killed(world, machine, "after")
    machine.retry()
    assert machine.run().status is SUCCESS
    assert posts(world) == 1


def test__new_revision_in_between__the_assignment_is_known_by_its_application(
    world: World[Sccm],
) -> None:
    machine = world.accept()
    killed(world, machine, "after")
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
    killed(world, machine, "after")
    [row] = world.vendor.assignments()
    strange = {"value": [{**row, **change} for change in changes]}
    world.vendor.fault("status", READ, status=200, body=strange)
    machine.retry()
    task = machine.run()
    assert (task.status, machine.error_type) == (UNKNOWN, "OutcomeUnknownError")
    assert posts(world) == 1


def test__in_doubt_and_vendor_gone__unknown_with_its_event(world: World[Sccm]) -> None:
    world.vendor.fault("reset", POST, when="after")
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", f"GET {CLASSES}", count=None, status=503)
    machine.run()
    assert machine.statuses == [RETRYING, UNKNOWN]
    assert [event.type for event in world.executions.events] == [EventType.TASK_OUTCOME_UNKNOWN]


@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
def test__step_wakes_after_the_end__told_the_end_and_nothing_is_asked(
    world: World[Sccm], state: Next
) -> None:
    machine = world.accept()
    event = machine.event()
    task = machine.run()
    asked = len(world.vendor.requests("GET", CLASSES))
    step = world.deployment.submit if state is Next.SUBMIT else world.deployment.poll
    assert step(event, machine.payload).next is Next.SUCCEED
    assert machine.now() == task
    assert len(world.vendor.requests("GET", CLASSES)) == asked
