"""What is in the store of an activity: before it is begun, and when it cannot be followed."""

from breakwater.domain.status import Status
from tests.contract.connectors.landscape.calls import READ, SUBJECT
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World


def test__intent__says_what_was_there_before(world: World[Landscape]) -> None:
    intent = SUBJECT.in_doubt(world).now().intent
    assert intent is not None
    assert intent["since"] <= intent["at"]
    assert intent["known"] == ""


def test__polling_fails_for_good__failed_and_the_activity_is_told(
    world: World[Landscape],
) -> None:
    machine = world.accept()
    machine.step()
    world.vendor.fault("status", READ, count=None, status=503)
    task = machine.run()
    assert (task.status, machine.error_type) == (Status.FAILED, "TransientError")
    assert task.handle == {"activity_id": str(world.vendor.parents()[0]["id"])}
