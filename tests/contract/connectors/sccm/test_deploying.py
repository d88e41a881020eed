"""Deployments at a provider that is well: what is posted, and what is found by name."""


import pytest

from breakwater.domain.status import Status
from infra.local.standins import sccm
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

SUCCESS, FAILED = Status.SUCCESS, Status.FAILED
LOGINS = ["world", "windows"]


@pytest.fixture(params=LOGINS)
def either(request: pytest.FixtureRequest) -> World[Sccm]:
    """A world for each login."""
    found: World[Sccm] = request.getfixturevalue(request.param)
    return found


def test__vendor_is_well__assigned_at_once(either: World[Sccm]) -> None:
    machine = either.accept()
    task = machine.run()
    [made] = either.vendor.assignments()
    assert machine.statuses == [SUCCESS]
    assert task.result == {
        "application_name": sccm.APPLICATION,
        "collection_id": sccm.COLLECTION,
        "purpose": "required",
        "action": "install",
        "assignment_id": made["AssignmentID"],
    }
    assert (task.intent, task.problem, task.retries) == (None, None, 0)
    assert made["AssignmentName"] == f"Breakwater {task.task_id}"
    assert task.correlation_id in made["AssignmentDescription"]
    assert either.vendor.made(sccm.APPLICATION, sccm.COLLECTION) == 1
