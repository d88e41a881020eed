"""The calls of a deployment, as faults name them, and what must hold of their effects."""

from dataclasses import replace
from typing import Any

import pytest

from infra.local.standins import sccm
from tests.contract.connectors.sccm.vendor import Sccm, WindowsSccm
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import World

LOGIN = "POST /oauth2/v2.0/token"
APPLICATION = "GET /SMS_Application?"
COLLECTION = "GET /SMS_Collection?"
READ = "GET /SMS_ApplicationAssignment?"
POST = "POST /SMS_ApplicationAssignment"
SUMMARY = "GET /SMS_DeploymentSummary?"
DETAILS = "GET /SMS_AppDeploymentAssetDetails?"

READS = [APPLICATION, COLLECTION, READ]
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


def let_first_leg_pass(world: World[Sccm], call: str) -> None:
    """Spend the next request of a call on a fault that does nothing to it."""
    world.vendor.fault("delay", call, seconds=0.001)


SUBJECT = Subject[Sccm](
    vendor=Sccm,
    payload={
        "application_name": sccm.APPLICATION,
        "collection_id": sccm.COLLECTION,
        "purpose": "required",
        "action": "install",
    },
    other={"application_name": sccm.ROLLOUT},
    login=LOGIN,
    before=READS,
    effect=POST,
    intent="assign",
    probe="GET /SMS_Site?",
    refusals=(400, 403, 404, 405, 409, 415),
    marked=True,
    count=lambda world: world.vendor.made(sccm.APPLICATION, sccm.COLLECTION),
    assert_once=assert_assigned_once,
    assert_never=assert_untouched,
    rollout={"application_name": sccm.ROLLOUT, "await_installation": True},
    outlive=lambda world: world.vendor.limits(token_lifetime_seconds=40),
)
WINDOWS: Subject[Any] = replace(
    SUBJECT,
    vendor=WindowsSccm,
    variant="windows",
    secret="password",
    login=None,
    ready=let_first_leg_pass,
)
either_login = pytest.mark.parametrize("subject", [SUBJECT, WINDOWS], ids=str)
"""Run a test in a world of each login."""
