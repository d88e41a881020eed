from collections.abc import Iterator

import pytest

from infra.local.standins import ansible
from infra.local.standins.server import StandIns
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.vendor import VendorClock
from tests.contract.connectors.world import World, a_client

PAYLOAD = {
    "job_template_id": ansible.TEMPLATE,
    "extra_vars": {"package": "nginx", "pin": "hush-hush"},
    "limit": "web:&production",
    "inventory_id": ansible.OTHER_INVENTORY,
    "credential_ids": [ansible.OTHER_CREDENTIAL, ansible.VAULT_CREDENTIAL],
    "job_tags": "install",
}


@pytest.fixture
def vendor(standins: StandIns) -> Ansible:
    vendor = Ansible(standins, "ansible")
    vendor.reset()
    return vendor


@pytest.fixture
def world(vendor: Ansible) -> Iterator[World[Ansible]]:
    clock = VendorClock(vendor)
    with a_client(clock) as client:
        yield World(vendor, client, clock, PAYLOAD)
