from collections.abc import Iterator

import pytest

from infra.local.standins.server import StandIns
from tests.contract.connectors.servicenow.vendor import ServiceNow
from tests.contract.connectors.servicenow.world import World
from tests.contract.connectors.vendor import VendorClock
from tests.contract.connectors.world import a_client


@pytest.fixture
def vendor(standins: StandIns) -> ServiceNow:
    return ServiceNow(standins)


@pytest.fixture
def world(vendor: ServiceNow, clock: VendorClock) -> Iterator[World]:
    with a_client(clock) as client:
        yield World(vendor, client, clock, dict(vendor.secret))
