from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from infra.local.standins.server import StandIns
from tests.contract.connectors.jira.desk import Desk, Jira
from tests.contract.connectors.vendor import VendorClock


@pytest.fixture
def vendor(standins: StandIns) -> Jira:
    return Jira(standins)


@pytest.fixture
def desk(vendor: Jira, clock: VendorClock) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(vendor, clock, stack)
