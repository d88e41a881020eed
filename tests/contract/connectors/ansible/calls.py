"""The calls of a deployment, as faults are aimed at them, and what is true when all is well."""

from typing import Any

from infra.local.standins.ansible import (
    OTHER_CREDENTIAL,
    OTHER_INVENTORY,
    TEMPLATE,
    VAULT_CREDENTIAL,
)
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import Machine, World

TERMS = f"GET /job_templates/{TEMPLATE}/launch/"
LABEL = "POST /labels/"
LAUNCH = f"POST /job_templates/{TEMPLATE}/launch/"
READ = "GET /jobs/1"
"""Jobs have numbers from 1000 on; a list of them has none."""
LOOK = "GET /jobs/?"
CANCEL = "POST /cancel/"


def in_doubt(world: World[Ansible], when: str = "after", **payload: Any) -> Machine:
    """Return a deployment whose launch got no answer; it has arrived, or it has not."""
    template = payload.get("job_template_id", TEMPLATE)
    world.vendor.fault("reset", f"POST /job_templates/{template}/launch/", when=when)
    machine = world.accept(**payload)
    machine.step()
    assert machine.now().intent is not None
    return machine


def assert_launched_once(world: World[Ansible]) -> None:
    """One job has succeeded, and it carries the only label that was made."""
    assert world.vendor.launches() == 1
    (job,) = world.vendor.jobs()
    assert (job["status"], len(job["labels"])) == ("successful", 1)
    assert world.vendor.effects("labels", "made") == {job["labels"][0]: 1}


def assert_nothing_launched(world: World[Ansible]) -> None:
    assert (world.vendor.launches(), world.vendor.jobs()) == (0, [])


SUBJECT = Subject[Ansible](
    vendor=Ansible,
    payload={
        "job_template_id": TEMPLATE,
        "extra_vars": {"package": "nginx", "pin": "hush-hush"},
        "limit": "web:&production",
        "inventory_id": OTHER_INVENTORY,
        "credential_ids": [OTHER_CREDENTIAL, VAULT_CREDENTIAL],
        "job_tags": "install",
    },
    other={},
    secret="token",
    login=None,
    before=[TERMS, LABEL],
    effect=LAUNCH,
    intent="launch",
    after=[READ],
    probe="GET /ping/",
    probe_logs_in=False,
    refusals=(400, 403, 404, 405, 409, 422),
    marked=True,
    transient=(408, 429, 500, 502, 503, 504, 301, 302, 303, 307, 308),
    count=lambda world: world.vendor.launches(),
    assert_once=assert_launched_once,
    assert_never=assert_nothing_launched,
)
