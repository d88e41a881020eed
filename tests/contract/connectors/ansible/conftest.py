import pytest

from tests.contract.connectors.ansible.calls import SUBJECT
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.subject import Subject


@pytest.fixture
def subject() -> Subject[Ansible]:
    return SUBJECT
