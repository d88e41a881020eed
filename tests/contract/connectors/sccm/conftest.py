import pytest

from tests.contract.connectors.sccm.calls import SUBJECT
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.subject import Subject


@pytest.fixture
def subject() -> Subject[Sccm]:
    return SUBJECT
