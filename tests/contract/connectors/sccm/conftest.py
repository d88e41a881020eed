from collections.abc import Iterator

import pytest

from infra.local.standins import sccm
from infra.local.standins.server import StandIns
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.vendor import VendorClock
from tests.contract.connectors.world import World, a_client

PAYLOAD = {
    "application_name": sccm.APPLICATION,
    "collection_id": sccm.COLLECTION,
    "purpose": "required",
    "action": "install",
}


@pytest.fixture
def vendor(standins: StandIns) -> Sccm:
    vendor = Sccm(standins, "sccm")
    vendor.reset()
    return vendor


@pytest.fixture
def world(vendor: Sccm) -> Iterator[World[Sccm]]:
    clock = VendorClock(vendor)
    with a_client(clock) as client:
        yield World(vendor, client, clock, PAYLOAD)


@pytest.fixture
def windows(vendor: Sccm) -> Iterator[World[Sccm]]:
    """The same world, logged in by NTLM."""
    vendor.use_windows()
    clock = VendorClock(vendor)
    with a_client(clock) as client:
        yield World(vendor, client, clock, PAYLOAD)
