"""Several deployments of one app, and a vendor that shows or does things late."""

from typing import Any

import pytest

from breakwater.domain.errors import TransientError
from breakwater.domain.progress import Directive, Next
from breakwater.domain.status import Status
from infra.local.standins.intune import GROUP, PUBLISHED_APP, ROLLOUT_APP
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.together import Lambda
from tests.contract.connectors.vendor import until
from tests.contract.connectors.world import World

OTHER = "5a5a5a5a-0000-4000-8000-0000000000a2"
THIRD = "5a5a5a5a-0000-4000-8000-0000000000a3"
ASSIGN = "POST /assign"


def assigned(world: World[Intune]) -> set[tuple[str, str]]:
    groups = world.vendor.groups(PUBLISHED_APP)
    assert len(groups) == len(set(groups))
    return set(groups)


def test__two_deployments_at_once__one_waits_and_both_are_assigned(world: World[Intune]) -> None:
    world.vendor.fault("delay", ASSIGN, seconds=0.5)
    first, second = world.accept(), world.accept(group_id=OTHER)
    running = Lambda(first)
    running.start()
    until(lambda: len(world.vendor.requests("POST", "/assign")) == 1)
    second.step()
    assert second.statuses == [Status.RETRYING]
    assert (second.error_type, second.now().retries) == ("ResourceBusyError", 0)
    assert second.state is Next.SUBMIT
    assert running.answer() == Directive(Next.SUCCEED)
    assert second.run().status is Status.SUCCESS
    assert assigned(world) == {(GROUP, "required"), (OTHER, "required")}
    assert world.vendor.effects("assign", "removed") == 0


def test__deployments_of_different_apps__do_not_wait_for_each_other(world: World[Intune]) -> None:
    world.vendor.fault("delay", f"POST /mobileApps/{PUBLISHED_APP}/assign", seconds=0.5)
    first, second = world.accept(), world.accept(app_id=ROLLOUT_APP)
    running = Lambda(first)
    running.start()
    until(lambda: len(world.vendor.requests("POST", "/assign")) == 1)
    second.run()
    assert second.statuses == [Status.SUCCESS]
    assert running.answer() == Directive(Next.SUCCEED)


def test__three_deployments_in_threads__none_is_lost(world: World[Intune]) -> None:
    machines = [world.accept(group_id=group) for group in (GROUP, OTHER, THIRD)]
    running = [Lambda(machine) for machine in machines]
    for one in running:
        one.start()
    answers = [one.answer() for one in running]
    for machine, answer in zip(machines, answers, strict=True):
        machine.go_on(answer)
        assert machine.run().status is Status.SUCCESS
    assert assigned(world) == {(group, "required") for group in (GROUP, OTHER, THIRD)}
    assert world.vendor.effects("assign", "removed") == 0


def test__post_given_up_lands_late__does_not_undo_what_another_task_did(
    world: World[Intune],
) -> None:
    world.vendor.fault("delay", ASSIGN, seconds=1.4)
    first, second = world.accept(), world.accept(group_id=OTHER)
    first.step()
    assert first.statuses == [Status.RETRYING]
    assert world.vendor.posts(PUBLISHED_APP) == 0
    second.step()
    sent = len(world.vendor.requests("POST", "/assign"))
    until(lambda: world.vendor.posts(PUBLISHED_APP) == sent)
    for machine in (second, first):
        assert machine.run().status is Status.SUCCESS
    assert assigned(world) == {(GROUP, "required"), (OTHER, "required")}
    assert world.vendor.effects("assign", "removed") == 0


def test__post_given_up__asked_again_at_once__stands_in_doubt_until_it_cannot_land(
    world: World[Intune],
) -> None:
    world.vendor.fault("delay", ASSIGN, seconds=1.4)
    machine = world.accept()
    with pytest.raises(TransientError):
        machine.invoke()
    machine.retry_count += 1
    directive = machine.invoke()
    assert (machine.error_type, machine.now().intent is None) == ("ParkedError", False)
    until(lambda: world.vendor.posts(PUBLISHED_APP) == 1)
    machine.go_on(directive)
    assert machine.run().status is Status.SUCCESS
    assert world.vendor.posts(PUBLISHED_APP) == 1


@pytest.mark.parametrize("lag", [0.5, 3.5, 30.0])
def test__assignment_shows_late__none_is_doubled_or_lost(world: World[Intune], lag: float) -> None:
    world.vendor.app(PUBLISHED_APP, visibility_lag_seconds=lag)
    machines = [world.accept(group_id=group) for group in (GROUP, OTHER, GROUP)]
    for machine in machines:
        assert machine.run().status is Status.SUCCESS
    assert assigned(world) == {(GROUP, "required"), (OTHER, "required")}
    assert world.vendor.posts(PUBLISHED_APP) == 2
    assert world.vendor.effects("assign", "removed") == 0


def test__shows_late_and_its_response_was_lost__assigned_once(world: World[Intune]) -> None:
    world.vendor.app(PUBLISHED_APP, visibility_lag_seconds=20)
    world.vendor.fault("reset", ASSIGN, when="after")
    machine, other = world.accept(), world.accept(group_id=OTHER)
    machine.step()
    assert other.run().status is Status.SUCCESS
    assert machine.run().status is Status.SUCCESS
    assert assigned(world) == {(GROUP, "required"), (OTHER, "required")}
    assert world.vendor.effects("assign", "removed") == 0


def test__somebody_else_replaces_the_set_meanwhile__assigned_again(world: World[Intune]) -> None:
    world.vendor.app(PUBLISHED_APP, visibility_lag_seconds=20)
    machine = world.accept()
    machine.step()
    assert machine.now().handle == {"stage": "posted"}
    theirs: Any = {
        "@odata.type": "#microsoft.graph.mobileAppAssignment",
        "intent": "required",
        "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": THIRD},
    }
    world.vendor.app(PUBLISHED_APP, visibility_lag_seconds=0, assignments=[theirs])
    assert machine.run().status is Status.SUCCESS
    assert assigned(world) == {(GROUP, "required"), (THIRD, "required")}
