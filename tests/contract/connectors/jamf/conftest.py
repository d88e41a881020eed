from collections.abc import Iterator

import pytest

from infra.local.standins.server import StandIns
from tests.contract.connectors.jamf.calls import PAYLOAD
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.vendor import VendorClock
from tests.contract.connectors.world import World, a_client


@pytest.fixture
def vendor(standins: StandIns) -> Jamf:
    vendor = Jamf(standins, "jamf")
    vendor.reset()
    return vendor


@pytest.fixture
def clock(vendor: Jamf) -> VendorClock:
    clock = VendorClock(vendor)
    vendor.script(now=clock.now().isoformat())  # two clocks that are right agree
    return clock


@pytest.fixture
def world(vendor: Jamf, clock: VendorClock) -> Iterator[World[Jamf]]:
    with a_client(clock) as client:
        yield World(vendor, client, clock, PAYLOAD)
