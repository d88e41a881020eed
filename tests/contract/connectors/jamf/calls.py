"""The calls of a deployment, as faults are aimed at them, and what is true when all is well."""

from typing import Any

from breakwater.domain.tasks import Task
from infra.local.standins.jamf import DEVICES, GROUP
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import Machine, World

LOGIN = "POST /oauth/token"
BEFORE = "GET page-size=1"
"""What is there before: the newest command."""
DEPLOY = "POST /deploy-package"
LOOK = "GET dateSent%3Dlt"
"""The look-up after a lost answer."""
COMPUTERS = "GET /computers-inventory"
STATES = "GET uuid%3D%3D"

BUNDLE = "com.example.agent"
PAYLOAD: dict[str, Any] = {
    "package": {
        "url": "https://packages.example.com/agent-2.4.1.pkg",
        "hash_type": "SHA256",
        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "bundle_id": BUNDLE,
        "bundle_version": "2.4.1",
        "title": "Example Agent",
        "size_bytes": 48211034,
    },
    "device_ids": list(DEVICES),
}


def to_group(world: World[Jamf], group_id: str = GROUP) -> Machine:
    """Accept a deployment to a group."""
    machine = world.accept()
    machine.payload = {"package": PAYLOAD["package"], "group_id": group_id}
    return machine


def result_of(task: Task) -> dict[str, Any]:
    """Return a task's result, which it has."""
    assert task.result is not None
    return dict(task.result)


def assert_queued_once(world: World[Jamf], *devices: int) -> None:
    """Each device has one command, from one deployment."""
    assert [world.vendor.queued(one, BUNDLE) for one in devices or DEVICES] == [1] * len(
        devices or DEVICES
    )
    assert world.vendor.posts() == 1


def assert_nothing_queued(world: World[Jamf]) -> None:
    """No device was sent anything."""
    assert (world.vendor.posts(), world.vendor.commands()) == (0, [])


SUBJECT = Subject[Jamf](
    vendor=Jamf,
    payload=PAYLOAD,
    other={"device_ids": [20]},
    login=LOGIN,
    before=[BEFORE],
    effect=DEPLOY,
    intent="deploy-package",
    probe="GET /health-check",
    probe_logs_in=False,
    refusals=(400, 403, 404, 415, 422),
    throttling=(429,),
    sends_again=False,
    count=lambda world: world.vendor.posts(),
    assert_once=assert_queued_once,
    assert_never=assert_nothing_queued,
)
