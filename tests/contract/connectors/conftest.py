from collections.abc import Iterator

import pytest

from infra.local.standins.server import StandIns, serve
from tests.contract.connectors.vendor import Vendor, VendorClock
from tests.contract.connectors.world import World, a_client


@pytest.fixture(scope="session")
def standins() -> Iterator[StandIns]:
    with serve() as running:
        yield running


@pytest.fixture
def vendor(standins: StandIns) -> Vendor:
    vendor = Vendor(standins)
    vendor.reset()
    return vendor


@pytest.fixture
def world(vendor: Vendor) -> Iterator[World]:
    clock = VendorClock(vendor)
    with a_client(clock) as client:
        yield World(vendor, client, clock)
