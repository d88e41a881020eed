from collections.abc import Iterator

import pytest

from infra.local.standins import intune
from infra.local.standins.server import StandIns
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.vendor import VendorClock
from tests.contract.connectors.world import World, a_client

PAYLOAD = {
    "app_id": intune.PUBLISHED_APP,
    "group_id": intune.GROUP,
    "intent": "required",
    "await_installation": False,
}


@pytest.fixture
def vendor(standins: StandIns) -> Intune:
    vendor = Intune(standins, "intune")
    vendor.reset()
    return vendor


@pytest.fixture
def world(vendor: Intune) -> Iterator[World[Intune]]:
    clock = VendorClock(vendor)
    with a_client(clock) as client:
        yield World(vendor, client, clock, PAYLOAD)
