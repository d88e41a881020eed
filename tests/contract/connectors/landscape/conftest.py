from collections.abc import Iterator

import pytest

from infra.local.standins.server import StandIns
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.vendor import VendorClock
from tests.contract.connectors.world import World, a_client

PAYLOAD = {"query": "tag:web", "packages": ["nginx"]}


@pytest.fixture
def vendor(standins: StandIns) -> Landscape:
    vendor = Landscape(standins, "landscape")
    vendor.reset()
    return vendor


@pytest.fixture
def clock(vendor: Landscape) -> VendorClock:
    clock = VendorClock(vendor)
    vendor.script(now=clock.now().isoformat())  # two clocks that are right agree
    return clock


@pytest.fixture
def world(vendor: Landscape, clock: VendorClock) -> Iterator[World[Landscape]]:
    with a_client(clock) as client:
        yield World(vendor, client, clock, PAYLOAD)
