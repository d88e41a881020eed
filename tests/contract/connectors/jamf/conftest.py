import pytest

from tests.contract.connectors.jamf.calls import SUBJECT
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.subject import Subject


@pytest.fixture
def subject() -> Subject[Jamf]:
    return SUBJECT
