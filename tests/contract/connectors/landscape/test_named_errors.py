"""Landscape's errors count by their names: no status is documented for any of them."""

from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.landscape.calls import (
    BEFORE,
    LOGIN,
    PACKAGES,
    SNAPS_PAYLOAD,
    assert_installed_once,
    assert_nothing_begun,
    logged_in,
)
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World

ANY_STATUS = [200, 400, 401, 403, 404, 409, 422, 500, 503]
NAMES = ["UnknownComputers", "UnknownPackages", "InvalidQuery", "InvalidTime"]


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"query": "tag:nobody"}, "UnknownComputers"),
        ({"query": "who knows"}, "InvalidQuery"),
        ({"packages": ["nginx", "no-such-package"]}, "UnknownPackages"),
    ],
)
@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test__genuine_refusal__failed_at_once_and_named(
    world: World[Landscape], payload: dict[str, Any], name: str, status: int
) -> None:
    world.vendor.script(error_status=status)
    machine = world.accept(**payload)
    task = machine.run()
    assert machine.statuses == [Status.FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", status)
    assert name in task.problem.message
    assert name in (task.problem.response_body or "")
    assert (task.intent, task.retries) == (None, 0)
    assert_nothing_begun(world)
    assert world.leases.held == {}


def test__unknown_computer_for_snaps__failed_at_once_and_named(world: World[Landscape]) -> None:
    machine = world.accept()
    machine.payload = {**SNAPS_PAYLOAD, "computer_ids": [31, 999]}
    task = machine.run()
    assert task.problem is not None
    assert "UnknownComputers" in task.problem.message
    assert_nothing_begun(world)


@pytest.mark.parametrize("status", [status for status in ANY_STATUS if status != 401])
@pytest.mark.parametrize("name", NAMES)
def test__refusal_by_name__failed_at_once_whatever_its_status(
    world: World[Landscape], name: str, status: int
) -> None:
    body = {"error": name, "message": "x" * 2000}
    logged_in(world).vendor.fault("status", PACKAGES, count=None, status=status, body=body)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [Status.FAILED]
    assert task.problem is not None
    assert task.problem.type == "PermanentError"
    assert f"answered {status}" in task.problem.message
    assert name in task.problem.message
    assert (task.intent, world.vendor.hits()) == (None, 1)
    assert_nothing_begun(world)


@pytest.mark.parametrize("status", ANY_STATUS)
@pytest.mark.parametrize("call", [BEFORE, PACKAGES])
def test__unauthorised_once__one_login_whatever_its_status(
    world: World[Landscape], call: str, status: int
) -> None:
    body = {"error": "Unauthorised", "message": "log in"}
    # A GET with a 5xx is tried three times before its body is read.
    count = 3 if status >= 500 and call == BEFORE else 1
    logged_in(world).vendor.fault("status", call, count=count, status=status, body=body)
    machine = world.accept()
    machine.run()
    assert machine.statuses == [Status.RUNNING, Status.SUCCESS]
    assert world.vendor.effects("login", "tokens") == 2
    assert_installed_once(world)


@pytest.mark.parametrize("status", [400, 401, 403])
def test__token_expired__renewed_whatever_the_status(world: World[Landscape], status: int) -> None:
    logged_in(world).vendor.script(unauthorised_status=status)
    world.vendor.expire_tokens()
    assert world.accept().run().status is Status.SUCCESS
    assert_installed_once(world)


@pytest.mark.parametrize("status", [400, 401, 403])
def test__key_is_refused__secret_is_read_past_the_cache_and_then_given_up(
    world: World[Landscape], status: int
) -> None:
    world.vendor.script(unauthorised_status=status)
    world.secret["access_key"] = "rotated-away"
    machine = world.accept()
    assert (machine.run().status, machine.error_type) == (Status.FAILED, "PermanentError")
    assert len(world.vendor.requests("POST", "/login")) == 2


@pytest.mark.parametrize("body", [{"error": "SomethingNew"}, {"error": 5}, {"message": "x"}, []])
@pytest.mark.parametrize(("status", "end"), [(503, Status.SUCCESS), (400, Status.FAILED)])
def test__unknown_name__the_status_decides(
    world: World[Landscape], body: Any, status: int, end: Status
) -> None:
    logged_in(world).vendor.fault("status", PACKAGES, status=status, body=body)
    assert world.accept().run().status is end


@pytest.mark.parametrize("body", [None, [], "token", {}, {"token": None}, {"token": ""}])
def test__login_without_a_token__tried_again_and_certainly_without_effect(
    world: World[Landscape], body: Any
) -> None:
    times = 3 if isinstance(body, str) else 1  # what is no JSON is asked for again at once
    world.vendor.fault("status", LOGIN, count=times, status=200, body=body)
    machine = world.accept()
    machine.step()
    assert (machine.error_type, machine.now().intent) == ("TransientError", None)
    assert machine.run().status is Status.SUCCESS
