import pytest

from tests.contract.connectors.intune.calls import SUBJECT
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.subject import Subject


@pytest.fixture
def subject() -> Subject[Intune]:
    return SUBJECT
