"""Random faults and crashes on deployments at once: nothing is launched twice or told wrongly."""

import random
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from infra.local.standins.ansible import FAILING_TEMPLATE, SURVEY_TEMPLATE, TEMPLATE
from tests.contract.connectors.ansible.calls import SUBJECT
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.crashes import KilledError, killed
from tests.contract.connectors.world import Machine, World

KINDS = ["reset", "truncated", "html", "malformed", "status"]
STATUSES = [302, 408, 500, 502, 503, 504]
CALLS = ["GET /launch/", "POST /launch/", "POST /labels/", "GET /jobs", "POST /cancel/"]
STEPS = 400

SUCCEEDS = {"job_template_id": TEMPLATE}
PAYLOADS: list[Mapping[str, Any]] = [
    SUBJECT.payload,
    SUCCEEDS,
    {"job_template_id": FAILING_TEMPLATE},
    {"job_template_id": SURVEY_TEMPLATE, "extra_vars": {"package": "nginx", "unknown": 1}},
]


def misbehave(world: World[Ansible], dice: random.Random) -> None:
    """Arm one fault for some call to come."""
    kind, call = dice.choice(KINDS), dice.choice(CALLS)
    status = {"status": dice.choice(STATUSES)} if kind in {"status", "html"} else {}
    world.vendor.fault(kind, call, when=dice.choice(["before", "after"]), **status)


def go_on(world: World[Ansible], machine: Machine, dice: random.Random) -> None:
    """Run an attempt, which is killed now and then."""
    if dice.random() < 0.1:
        with suppress(Exception, KilledError, pytest.fail.Exception):
            killed(world, machine, dice.choice(["before", "after"]), dice.choice(CALLS))
        machine.retry()
    machine.step()


@pytest.mark.parametrize("seed", range(30))
def test__random_history__each_is_launched_once_and_told_its_own_end(
    world: World[Ansible], seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a history that can be told again
    lag = dice.choice([0, 5, 290])
    for template_id in (TEMPLATE, FAILING_TEMPLATE, SURVEY_TEMPLATE):
        world.vendor.template(template_id, visibility_lag_seconds=lag)
    world.payload = {}
    machines = [world.accept(**payload) for payload in PAYLOADS]
    for _ in range(STEPS):
        running = [one for one in machines if one.state in {Next.SUBMIT, Next.POLL}]
        if not running:
            break
        if dice.random() < 0.8:
            misbehave(world, dice)
        go_on(world, dice.choice(running), dice)

    jobs = world.vendor.jobs()
    for payload, machine in zip(PAYLOADS, machines, strict=True):
        task = machine.now()
        ours = [one for one in jobs if one["labels"] == [f"breakwater-{task.mark}"]]
        assert task.status.is_terminal
        assert len(ours) <= 1
        if task.status is Status.SUCCESS:
            assert payload in (SUBJECT.payload, SUCCEEDS)
            assert task.result is not None
            assert [one["id"] for one in ours] == [task.result["job_id"]]
            assert ours[0]["status"] == "successful"
        elif task.result is not None:
            assert [one["id"] for one in ours] == [task.result["job_id"]]
    assert len(jobs) <= len(machines)
