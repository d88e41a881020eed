from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from infra.local.standins.server import StandIns
from tests.contract.connectors.ai.desk import Ai, Desk


@pytest.fixture
def vendor(standins: StandIns) -> Ai:
    return Ai(standins)


@pytest.fixture
def desk(vendor: Ai) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(vendor, stack)
