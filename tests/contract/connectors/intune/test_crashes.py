"""Attempts that die or are overtaken, and what the next one makes of it."""

import pytest

from breakwater.domain.errors import StaleAttemptError, TransientError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from infra.local.standins.intune import GROUP, PUBLISHED_APP
from tests.contract.connectors.crashes import invoke_with, killed, overtake
from tests.contract.connectors.intune.calls import ASSIGN, SUBJECT
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import World


def test__intent__names_the_app_and_the_group(world: World[Intune]) -> None:
    intent = SUBJECT.in_doubt(world).now().intent
    assert intent is not None
    assert (intent["app_id"], intent["group_id"]) == (PUBLISHED_APP, GROUP)


def test__killed_after_the_effect__known_for_its_own(
    world: World[Intune],
) -> None:
    machine = world.accept()
    killed(world, machine, "after", ASSIGN)
    machine.retry()
    task = machine.run()
    assert task.result is not None
    assert task.result["already_assigned"] is False


def test__killed_each_time_after_the_intent__settle_writes_unknown(world: World[Intune]) -> None:
    machine = world.accept()
    killed(world, machine, "before", ASSIGN)
    machine.go_on(machine.caught("States.Timeout"))
    task = machine.run()
    assert (task.status, machine.error_type) == (Status.UNKNOWN, "States.Timeout")


def test__overtaken_while_at_work__its_writes_change_nothing(world: World[Intune]) -> None:
    machine = world.accept()
    claimed: list[Task] = []

    def after() -> None:
        overtake(world, machine)
        claimed.append(machine.now())

    with pytest.raises(StaleAttemptError):
        invoke_with(world, machine, ASSIGN, after=after)
    assert machine.now() == claimed[0]
    assert machine.now().intent
    assert world.executions.events == []


def test__older_attempt_wakes_up__refused_without_a_call(world: World[Intune]) -> None:
    machine = world.accept()
    late = machine.event()
    machine.retry()
    world.vendor.fault("status", count=None, status=500)
    with pytest.raises(TransientError):
        machine.invoke()
    before, asked = machine.now(), world.vendor.hits()
    with pytest.raises(StaleAttemptError):
        world.deployment.submit(late, machine.payload)
    assert (machine.now(), world.vendor.hits()) == (before, asked)
