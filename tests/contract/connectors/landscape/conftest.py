import pytest

from tests.contract.connectors.landscape.calls import SUBJECT
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.subject import Subject


@pytest.fixture
def subject() -> Subject[Landscape]:
    return SUBJECT
