from typing import Any

import pytest

from tests.contract.connectors.subject import Subject, subjects
from tests.contract.connectors.world import World


@pytest.fixture(params=subjects(), ids=str)
def subject(request: pytest.FixtureRequest) -> Subject[Any]:
    found: Subject[Any] = request.param
    return found


@pytest.fixture
def world(world: World[Any], subject: Subject[Any]) -> World[Any]:
    subject.arrange(world)
    return world
