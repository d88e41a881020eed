"""The calls of a deployment, as faults name them, and what must hold of their effects."""

from infra.local.standins import sccm
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

LOGIN = "POST /oauth2/v2.0/token"
APPLICATION = "GET /SMS_Application?"
COLLECTION = "GET /SMS_Collection?"
READ = "GET /SMS_ApplicationAssignment?"
POST = "POST /SMS_ApplicationAssignment"
SUMMARY = "GET /SMS_DeploymentSummary?"
DETAILS = "GET /SMS_AppDeploymentAssetDetails?"

READS = [APPLICATION, COLLECTION, READ]
BEFORE = [LOGIN, *READS]
CALLS = [*BEFORE, POST]
CLASSES = "AdminService"
"""In the path of every call but the login."""


def posts(world: World[Sccm]) -> int:
    """Return how many POSTs of an assignment have arrived, those of a login's first leg too."""
    return len(world.vendor.requests("POST", "/SMS_ApplicationAssignment"))


def assert_assigned_once(world: World[Sccm], name: str = sccm.APPLICATION) -> None:
    assert world.vendor.made(name, sccm.COLLECTION) == 1
    assert len(world.vendor.assignments()) == 1


def assert_untouched(world: World[Sccm]) -> None:
    assert world.vendor.assignments() == []
