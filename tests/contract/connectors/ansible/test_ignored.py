"""A job that runs without a part of what was asked for: stopped, and never taken for a success."""

from contextlib import suppress
from typing import Any

import pytest

from breakwater.domain.errors import TransientError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from infra.local.standins.ansible import SURVEY_TEMPLATE, TEMPLATE
from tests.contract.connectors.ansible.calls import (
    CANCEL,
    LAUNCH,
    READ,
    in_doubt,
)
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.crashes import invoke_with, killed
from tests.contract.connectors.world import Machine, World

FLAGS = {
    "extra_vars": "ask_variables_on_launch",
    "limit": "ask_limit_on_launch",
    "inventory": "ask_inventory_on_launch",
    "credentials": "ask_credential_on_launch",
    "job_tags": "ask_tags_on_launch",
}
NAMED = [[name] for name in FLAGS if name != "extra_vars"]
NAMED.append(["extra_vars.package", "extra_vars.pin"])


@pytest.fixture
def surveyed(world: World[Ansible]) -> World[Ansible]:
    """Ask for two variables, of which the survey knows one."""
    variables = {"package": "nginx", "unknown": "hush-hush"}
    world.payload = {"job_template_id": SURVEY_TEMPLATE, "extra_vars": variables}
    return world


def result_of(task: Task) -> dict[str, Any]:
    """Return the result of a task that failed with one."""
    assert (task.status, task.intent) == (Status.FAILED, None)
    assert task.problem is not None
    assert task.problem.type == "PartialFailureError"
    assert task.result is not None
    return dict(task.result)


def test__survey_lacks_a_variable__job_is_canceled_and_both_are_told(
    surveyed: World[Ansible],
) -> None:
    machine = surveyed.accept()
    task = machine.run()
    (job,) = surveyed.vendor.jobs()
    assert machine.statuses == [Status.FAILED]
    assert result_of(task) == {
        "job_id": job["id"],
        "status": "canceled",
        "url": f"{surveyed.vendor.url}/api/v2/jobs/{job['id']}/",
        "failed": True,
        "elapsed": 1.0,
        "ignored_fields": ["extra_vars.unknown"],
        "cancel": "accepted",
    }
    assert task.problem is not None
    assert task.problem.message == (
        f"job {job['id']} was started without extra_vars.unknown; canceling it: accepted"
    )
    assert surveyed.vendor.effects("cancel", "accepted", str(job["id"])) == 1
    assert "hush-hush" not in repr(task) + repr(surveyed.executions.events)


def test__job_had_ended__told_that_it_could_not_be_canceled(surveyed: World[Ansible]) -> None:
    surveyed.vendor.template(SURVEY_TEMPLATE, course=["successful"])
    result = result_of(surveyed.accept().run())
    assert (result["cancel"], result["status"]) == ("refused", "successful")


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "status", "status": 403}, {"kind": "reset"}],
    ids=lambda fault: str(fault.get("status", fault["kind"])),
)
def test__cancel_fails__told_and_not_waited_for(
    surveyed: World[Ansible], fault: dict[str, Any]
) -> None:
    surveyed.vendor.fault(call=CANCEL, count=None, **fault)
    machine = surveyed.accept()
    result = result_of(machine.run())
    assert machine.statuses == [Status.FAILED]
    assert (result["cancel"], result["status"]) == ("failed", "pending")
    assert surveyed.vendor.hits() == (1 if fault.get("status") == 403 else 3)


def test__job_cannot_be_read_any_more__told_without_its_status(surveyed: World[Ansible]) -> None:
    surveyed.vendor.fault("status", READ, count=None, status=503)
    result = result_of(surveyed.accept().run())
    assert (result["cancel"], result["status"], result["failed"]) == ("accepted", None, None)
    assert result["ignored_fields"] == ["extra_vars.unknown"]


def test__answer_to_the_cancel_is_lost__told_what_has_become_of_the_job(
    surveyed: World[Ansible],
) -> None:
    surveyed.vendor.fault("reset", CANCEL, when="after")
    result = result_of(surveyed.accept().run())
    # The second try is refused: the first one had been heard.
    assert (result["cancel"], result["status"]) == ("refused", "canceled")


@pytest.mark.parametrize("names", NAMED, ids=lambda names: names[0])
def test__prompt_is_turned_off_just_before_the_launch__job_is_canceled(
    world: World[Ansible], names: list[str]
) -> None:
    machine = world.accept()
    turn_off(world, machine, names)
    result = result_of(machine.now())
    assert result["ignored_fields"] == names
    assert (result["status"], world.vendor.launches()) == ("canceled", 1)


def test__labels_are_turned_off_just_before_the_launch__job_is_canceled(
    world: World[Ansible],
) -> None:
    machine = world.accept()
    off = {"ask_labels_on_launch": False}
    invoke_with(world, machine, LAUNCH, before=lambda: world.vendor.template(TEMPLATE, **off))
    result = result_of(machine.now())
    assert (result["ignored_fields"], result["status"]) == (["labels"], "canceled")


@pytest.mark.parametrize("names", NAMED, ids=lambda names: names[0])
def test__and_the_answer_is_lost__the_job_itself_shows_it(
    world: World[Ansible], names: list[str]
) -> None:
    world.vendor.fault("hang", LAUNCH, when="after")
    machine = world.accept()
    turn_off(world, machine, names)
    assert machine.now().intent is not None
    machine.retry()
    result = result_of(machine.run())
    assert result["ignored_fields"] == names
    assert (result["status"], world.vendor.launches()) == ("canceled", 1)


def test__survey_lacks_a_variable_and_the_answer_is_lost__canceled(
    surveyed: World[Ansible],
) -> None:
    result = result_of(in_doubt(surveyed, **surveyed.payload).run())
    assert (result["ignored_fields"], result["cancel"]) == (["extra_vars.unknown"], "accepted")
    assert surveyed.vendor.launches(SURVEY_TEMPLATE) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", [CANCEL, READ])
def test__killed_while_it_is_stopped__stopped_by_the_next_attempt(
    surveyed: World[Ansible], call: str, moment: str
) -> None:
    machine = surveyed.accept()
    killed(surveyed, machine, moment, call)
    machine.retry()
    result = result_of(machine.run())
    assert (result["ignored_fields"], result["status"]) == (["extra_vars.unknown"], "canceled")
    assert surveyed.vendor.launches(SURVEY_TEMPLATE) == 1


def turn_off(world: World[Ansible], machine: Machine, names: list[str]) -> None:
    """Run an attempt, and turn a prompt off between its look at the template and its launch."""
    off = {FLAGS[names[0].partition(".")[0]]: False}
    with suppress(TransientError):
        invoke_with(world, machine, LAUNCH, before=lambda: world.vendor.template(TEMPLATE, **off))
