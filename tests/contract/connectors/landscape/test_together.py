"""Deployments at the same time: those that Landscape would not tell apart take turns."""

from breakwater.domain.status import Status
from tests.contract.connectors.landscape.calls import SNAPS, SNAPS_PAYLOAD, logged_in
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.together import Lambda
from tests.contract.connectors.vendor import until
from tests.contract.connectors.world import World


def test__the_same_packages_at_once__one_waits_and_both_are_begun(
    world: World[Landscape],
) -> None:
    world.vendor.fault("delay", "POST /landscape/api/", seconds=0.5)
    first, second = world.accept(), world.accept(query="tag:desktop")
    running = Lambda(first)
    running.start()
    until(lambda: bool(world.leases.held))
    second.step()
    assert (second.error_type, second.now().retries) == ("ResourceBusyError", 0)
    assert running.finish() is Status.SUCCESS
    assert second.run().status is Status.SUCCESS
    assert world.vendor.installs("packages", "nginx") == 2


def test__what_can_be_told_apart__does_not_wait(world: World[Landscape]) -> None:
    logged_in(world).vendor.fault("delay", SNAPS, seconds=0.5)
    first = world.accept()
    first.payload = SNAPS_PAYLOAD
    running = Lambda(first)
    running.start()
    until(lambda: len(world.vendor.requests("POST", "/snaps")) == 1)
    for package in ("vim", "git"):
        other = world.accept(packages=[package])
        assert other.run().status is Status.SUCCESS
        assert other.statuses == [Status.RUNNING, Status.SUCCESS]
    assert running.finish() is Status.SUCCESS


def test__snaps_of_any_name__wait_for_each_other(world: World[Landscape]) -> None:
    logged_in(world).vendor.fault("delay", SNAPS, seconds=0.5)
    first, second = world.accept(), world.accept()
    first.payload = SNAPS_PAYLOAD
    second.payload = {**SNAPS_PAYLOAD, "snaps": ["spotify"]}
    running = Lambda(first)
    running.start()
    until(lambda: bool(world.leases.held))
    second.step()
    assert second.error_type == "ResourceBusyError"
    assert running.finish() is Status.SUCCESS
    assert second.run().status is Status.SUCCESS
    assert world.vendor.effects("install", "snaps") == {"hello": 1, "spotify": 1}
