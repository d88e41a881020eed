from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from infra.local.standins.server import StandIns, serve
from tests.contract.connectors.circuits import Circuits
from tests.contract.connectors.exchanges import Exchanges
from tests.contract.connectors.subject import Subject, subject_of
from tests.contract.connectors.vendor import Vendor, VendorClock
from tests.contract.connectors.world import World, a_client


@pytest.fixture(scope="session")
def exchanges() -> Exchanges:
    return Exchanges()


@pytest.fixture(scope="session")
def standins(exchanges: Exchanges) -> Iterator[StandIns]:
    with serve(watch=exchanges) as running:
        yield running


@pytest.fixture(autouse=True)
def every_exchange_fits_its_schema(exchanges: Exchanges) -> Iterator[None]:
    """Check, in every test, what connectors and stand-ins have really said to each other."""
    exchanges.faults.clear()
    yield
    assert exchanges.faults == []


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Subject[Any]:
    """Give a test in a vendor's own room what that room says of the vendor."""
    return subject_of(request.path.parent.name)


@pytest.fixture
def vendor(standins: StandIns, subject: Subject[Any]) -> Vendor:
    vendor: Vendor = subject.vendor(standins)
    return vendor


@pytest.fixture
def clock(vendor: Vendor) -> VendorClock:
    return VendorClock(vendor)


@pytest.fixture
def world(vendor: Vendor, clock: VendorClock, subject: Subject[Any]) -> Iterator[World[Any]]:
    with a_client(clock) as client:
        yield World(vendor, client, clock, subject.payload)


@pytest.fixture
def circuits(world: World[Any], subject: Subject[Any]) -> Iterator[Circuits[Any]]:
    with ExitStack() as stack:
        yield Circuits(world, subject, stack)
