from collections.abc import Iterator

import pytest

from infra.local.standins.server import StandIns, serve
from tests.contract.connectors.exchanges import Exchanges


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
