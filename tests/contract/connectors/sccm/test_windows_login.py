"""Deployments by NTLM: whatever happens to either leg of whichever call."""

import time

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.sccm.calls import (
    CLASSES,
    POST,
    READS,
    assert_assigned_once,
    assert_untouched,
)
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

RETRYING, SUCCESS, FAILED = Status.RETRYING, Status.SUCCESS, Status.FAILED
CALLS = [*READS, POST]


def strike(world: World[Sccm], kind: str, call: str, leg: int, when: str) -> None:
    """Arm a fault for one leg of a call's login; the first one passes with nothing done to it."""
    if leg == 2:
        world.vendor.fault("delay", call, seconds=0.001)
    world.vendor.fault(kind, call, when=when)


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("leg", [1, 2])
@pytest.mark.parametrize("call", CALLS)
def test__leg_fails__succeeds_in_the_end_and_nothing_is_doubled(
    windows: World[Sccm], call: str, leg: int, when: str, kind: str
) -> None:
    strike(windows, kind, call, leg, when)
    began = time.monotonic()
    machine = windows.accept()
    machine.run()
    assert machine.statuses in ([SUCCESS], [RETRYING, SUCCESS])
    assert_assigned_once(windows)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [403, 404, 409])
@pytest.mark.parametrize("call", CALLS)
def test__definite_refusal__failed_at_once(windows: World[Sccm], call: str, status: int) -> None:
    windows.vendor.fault("status", call, count=None, status=status)
    machine = windows.accept()
    machine.run()
    assert (machine.statuses, machine.error_type) == ([FAILED], "PermanentError")
    assert_untouched(windows)


def test__wrong_password__failed_after_one_renewal_and_told_nowhere(
    windows: World[Sccm],
) -> None:
    windows.secret["password"] = "wrong-and-secret"
    machine = windows.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert task.problem is not None
    assert task.problem.status_code == 401
    assert "wrong-and-secret" not in repr(task) + repr(windows.executions.events)
    # Two legs, twice: more would lock the account.
    assert len(windows.vendor.requests("GET", CLASSES)) == 4
    assert windows.vendor.effects("login") == 0


@pytest.mark.parametrize("missing", ["user", "password"])
def test__secret_lacks_something__failed_and_named(windows: World[Sccm], missing: str) -> None:
    del windows.secret[missing]
    machine = windows.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "ConfigurationError")
    assert task.problem is not None
    assert missing in task.problem.message
    assert windows.vendor.requests("GET", CLASSES) == []


def test__password_is_rotated__the_new_one_is_read_past_the_cache(windows: World[Sccm]) -> None:
    good = windows.secret["password"]
    windows.secret["password"] = "not the account's any more"
    assert windows.accept().run().status is FAILED
    # The same environment, which has kept what it logged in with.
    windows.secret["password"] = good
    assert windows.accept().run().status is SUCCESS


def test__bundle_that_cannot_be_read__failed_and_nothing_is_sent(windows: World[Sccm]) -> None:
    windows.vendor.settings["ca_bundle"] = "no certificate"
    machine = windows.accept()
    machine.run()
    assert (machine.statuses, machine.error_type) == ([FAILED], "ConfigurationError")
    assert windows.vendor.requests("GET", CLASSES) == []
