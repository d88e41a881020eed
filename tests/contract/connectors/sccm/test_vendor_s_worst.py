"""How a deployment ends, by what only the provider does."""

import logging
from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.sccm.calls import (
    POST,
    READ,
    READS,
    assert_assigned_once,
    assert_untouched,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

RETRYING, SUCCESS, FAILED = Status.RETRYING, Status.SUCCESS, Status.FAILED
AT_ONCE, LATER = [SUCCESS], [RETRYING, SUCCESS]
ERROR = {"error": {"code": "InternalServerError", "message": "SMS Provider failed"}}


@pytest.mark.parametrize(
    "body",
    [
        ERROR,
        {"error": "no"},
        {},
        {"value": {}},
        {"value": [1]},
        [],
        None,
        "text",
        {"value": [{"LocalizedDisplayName": "7-Zip"}]},
        {"value": [{"AssignmentName": None}]},
    ],
)
@pytest.mark.parametrize("call", READS)
def test__2xx_that_says_something_else__never_taken_for_an_answer(
    world: World[Sccm], call: str, body: Any
) -> None:
    world.vendor.fault("status", call, status=200, body=body)
    machine = world.accept()
    task = machine.run()
    # Rows of something else are rows of nothing that was asked for.
    assert machine.statuses in (AT_ONCE, LATER, [FAILED])
    if task.status is SUCCESS:
        assert_assigned_once(world)
    else:
        assert_untouched(world)
        assert isinstance(body, dict)
        assert isinstance(body["value"], list)


@pytest.mark.parametrize("call", READS)
def test__error_under_a_200__tried_again(world: World[Sccm], call: str) -> None:
    world.vendor.fault("status", call, count=3, status=200, body=ERROR)
    machine = world.accept()
    machine.run()
    assert machine.statuses == LATER
    assert_assigned_once(world)


def test__list_goes_on_elsewhere__failed_and_the_link_is_not_followed(
    world: World[Sccm],
) -> None:
    link = f"{world.vendor.url}/evil"
    world.vendor.fault("status", READ, status=200, body={"value": [], "@odata.nextLink": link})
    machine = world.accept()
    assert machine.run().status is FAILED
    assert world.vendor.requests("GET", "/evil") == []
    assert_untouched(world)


CANARY, TOKEN = "canary-4711", "SECRET-TOKEN-0123456789"


@pytest.mark.parametrize("call", [*READS, POST])
def test__error_under_a_200_repeats_our_request__redacted_and_in_no_message(
    world: World[Sccm], call: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = {"error": {"code": CANARY * 9, "message": f"{CANARY}: login sent Bearer {TOKEN}"}}
    world.vendor.fault("status", call, count=20, status=200, body=said)
    machine = world.accept()
    task = machine.run()
    assert task.problem is not None
    messages = [task.problem.message, task.problem.type, caplog.text]
    assert not any(CANARY in message for message in messages)
    assert CANARY in str(task.problem.response_body)
    kept = (task, world.executions.events, caplog.text, caplog.records)
    assert not any(TOKEN in str(one) for one in kept)
    assert_untouched(world)
