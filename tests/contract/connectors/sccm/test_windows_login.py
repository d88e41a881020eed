"""Deployments by NTLM: whatever happens to either leg of whichever call."""

import time

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.sccm.calls import (
    CLASSES,
    WINDOWS,
    assert_assigned_once,
    assert_untouched,
    let_first_leg_pass,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import World

RETRYING, SUCCESS, FAILED = Status.RETRYING, Status.SUCCESS, Status.FAILED


@pytest.fixture
def subject() -> Subject[Sccm]:
    return WINDOWS


def strike(world: World[Sccm], kind: str, call: str, leg: int, when: str) -> None:
    """Arm a fault for one leg of a call's login; the first one passes with nothing done to it."""
    if leg == 2:
        let_first_leg_pass(world, call)
    world.vendor.fault(kind, call, when=when)


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("leg", [1, 2])
@pytest.mark.parametrize("call", WINDOWS.calls)
def test__leg_fails__succeeds_in_the_end_and_nothing_is_doubled(
    world: World[Sccm], call: str, leg: int, when: str, kind: str
) -> None:
    strike(world, kind, call, leg, when)
    began = time.monotonic()
    machine = world.accept()
    machine.run()
    assert machine.statuses in ([SUCCESS], [RETRYING, SUCCESS])
    assert_assigned_once(world)
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("status", [403, 404, 409])
@pytest.mark.parametrize("call", WINDOWS.calls)
def test__definite_refusal__failed_at_once(world: World[Sccm], call: str, status: int) -> None:
    world.vendor.fault("status", call, count=None, status=status)
    machine = world.accept()
    machine.run()
    assert (machine.statuses, machine.error_type) == ([FAILED], "PermanentError")
    assert_untouched(world)


def test__wrong_password__failed_after_one_renewal_and_told_nowhere(
    world: World[Sccm],
) -> None:
    world.secret["password"] = "wrong-and-secret"
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert task.problem is not None
    assert task.problem.status_code == 401
    assert "wrong-and-secret" not in repr(task) + repr(world.executions.events)
    # Two legs, twice: more would lock the account.
    assert len(world.vendor.requests("GET", CLASSES)) == 4
    assert world.vendor.effects("login") == 0


@pytest.mark.parametrize("missing", ["user", "password"])
def test__secret_lacks_something__failed_and_named(world: World[Sccm], missing: str) -> None:
    del world.secret[missing]
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "ConfigurationError")
    assert task.problem is not None
    assert missing in task.problem.message
    assert world.vendor.requests("GET", CLASSES) == []


def test__password_is_rotated__the_new_one_is_read_past_the_cache(world: World[Sccm]) -> None:
    good = world.secret["password"]
    world.secret["password"] = "not the account's any more"
    assert world.accept().run().status is FAILED
    # The same environment, which has kept what it logged in with.
    world.secret["password"] = good
    assert world.accept().run().status is SUCCESS


def test__bundle_that_cannot_be_read__failed_and_nothing_is_sent(world: World[Sccm]) -> None:
    world.vendor.settings["ca_bundle"] = "no certificate"
    machine = world.accept()
    machine.run()
    assert (machine.statuses, machine.error_type) == ([FAILED], "ConfigurationError")
    assert world.vendor.requests("GET", CLASSES) == []
