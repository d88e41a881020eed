"""From a payload to a job's end, while the controller is well."""

from typing import Any

import pytest

from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from infra.local.standins.ansible import (
    FAILING_TEMPLATE,
    OTHER_CREDENTIAL,
    OTHER_INVENTORY,
    SILENT_TEMPLATE,
    SURVEY_TEMPLATE,
    TEMPLATE,
    VAULT_CREDENTIAL,
)
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.world import Machine, World, a_client

RUNNING, SUCCESS, FAILED = Status.RUNNING, Status.SUCCESS, Status.FAILED
PROMPTS = ["extra_vars", "limit", "inventory_id", "credential_ids", "job_tags"]


def bare(world: World[Ansible], template_id: int = TEMPLATE, **payload: Any) -> Machine:
    """Accept a deployment that says nothing but which template, unless `payload` does."""
    world.payload = {}
    return world.accept(job_template_id=template_id, **payload)


def test__job_succeeds__followed_to_its_end(world: World[Ansible]) -> None:
    machine = world.accept()
    machine.step()
    assert (machine.state, machine.now().status) == (Next.POLL, RUNNING)
    task = machine.run()
    assert machine.statuses == [RUNNING, SUCCESS]
    (job,) = world.vendor.jobs()
    assert task.result == {
        "job_id": job["id"],
        "status": "successful",
        "url": f"{world.vendor.url}/api/v2/jobs/{job['id']}/",
        "failed": False,
        "elapsed": 3.0,
    }
    assert (task.intent, task.problem, task.retries) == (None, None, 0)


def test__everything_asked_for__is_what_the_job_was_launched_with(world: World[Ansible]) -> None:
    task = world.accept().run()
    (job,) = world.vendor.jobs()
    assert job["labels"] == [f"breakwater-{task.mark}"]
    assert job["extra_vars"] == {"package": "nginx", "pin": "hush-hush"}
    assert job["credentials"] == [OTHER_CREDENTIAL, VAULT_CREDENTIAL]
    assert (job["limit"], job["job_tags"]) == ("web:&production", "install")
    assert job["inventory"] == OTHER_INVENTORY


def test__nothing_asked_for__nothing_but_the_label_is_sent(world: World[Ansible]) -> None:
    machine = bare(world, SILENT_TEMPLATE)
    assert machine.run().status is SUCCESS
    assert world.vendor.launches(SILENT_TEMPLATE) == 1


def test__two_tasks_with_one_correlation_id__two_labels_and_two_jobs(
    world: World[Ansible],
) -> None:
    first, second = world.accept(), world.accept()
    assert first.task.correlation_id == second.task.correlation_id
    assert first.run().status is second.run().status is SUCCESS
    labels = [job["labels"] for job in world.vendor.jobs()]
    assert labels == [[f"breakwater-{one.task.mark}"] for one in (first, second)]


@pytest.mark.parametrize("end", ["failed", "error", "canceled"])
def test__job_ends_otherwise__failed_with_what_the_controller_says(
    world: World[Ansible], end: str
) -> None:
    world.vendor.template(FAILING_TEMPLATE, course=["running", end], explanation="No space left.")
    machine = bare(world, FAILING_TEMPLATE)
    task = machine.run()
    assert machine.statuses == [RUNNING, FAILED]
    assert task.problem is not None
    assert task.problem.type == "PartialFailureError"
    assert task.problem.message.endswith(f"has ended: {end}")
    assert task.result is not None
    assert (task.result["status"], task.result["failed"]) == (end, True)
    assert task.result["explanation"] == "No space left."
    assert world.vendor.launches(FAILING_TEMPLATE) == 1


def test__every_state_on_the_way__waited_on(world: World[Ansible]) -> None:
    course = ["new", "pending", "waiting", "running", "running", "successful"]
    world.vendor.template(course=course)
    machine = world.accept()
    assert machine.run().status is SUCCESS
    assert len(world.vendor.requests("GET", "/jobs/")) == len(course)


def test__job_never_ends__failed_at_the_deadline(world: World[Ansible]) -> None:
    world.vendor.template(course=["running"])
    machine = world.accept()
    assert machine.run().status is FAILED
    assert machine.error_type == "DeadlineExceededError"


@pytest.mark.parametrize("prefix", ["/api/v2/", "/api/controller/v2/", "api/v2"])
def test__prefix__is_a_setting(world: World[Ansible], prefix: str) -> None:
    world.vendor.settings["api_prefix"] = prefix
    with a_client(world.clock) as http:
        world.deployment = world.with_http(http)
        task = world.accept().run()
    assert task.status is SUCCESS
    assert task.result is not None
    place = f"/{prefix.strip('/')}/"
    assert place in task.result["url"]
    assert {place in one["path"] for one in world.vendor.requests("GET", "/v2/")} == {True}


def test__template_asks_for_nothing__refused_before_the_launch_naming_everything(
    world: World[Ansible],
) -> None:
    world.vendor.template(SILENT_TEMPLATE, ask_labels_on_launch=False)
    machine = world.accept(job_template_id=SILENT_TEMPLATE)
    task = machine.run()
    assert (machine.statuses, machine.error_type) == ([FAILED], "PermanentError")
    assert task.problem is not None
    assert (
        "would ignore extra_vars, limit, inventory, credentials, job_tags, labels: "
        in task.problem.message
    )
    assert world.vendor.jobs() == []
    assert world.vendor.effects("labels") == 0


@pytest.mark.parametrize("asked", [False, None])
def test__labels_are_not_asked_for__refused_and_told_what_to_enable(
    world: World[Ansible], asked: bool | None
) -> None:
    world.vendor.template(ask_labels_on_launch=asked)
    task = world.accept().run()
    assert task.status is FAILED
    assert task.problem is not None
    assert "would ignore labels: enable 'Prompt on launch'" in task.problem.message
    assert world.vendor.jobs() == []


def test__sliced_template__refused(world: World[Ansible]) -> None:
    world.vendor.template(slices=2)
    machine = world.accept()
    assert machine.run().status is FAILED
    assert machine.error_type == "PermanentError"
    assert world.vendor.jobs() == []


def test__variables_of_the_survey__pass_without_a_prompt(world: World[Ansible]) -> None:
    variables = {"package": "nginx", "state": "latest"}
    task = bare(world, SURVEY_TEMPLATE, extra_vars=variables).run()
    assert task.status is SUCCESS
    (job,) = world.vendor.jobs()
    assert job["extra_vars"] == variables


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({"inventory_id": 999}, "inventory"),
        ({"credential_ids": [999]}, "credentials"),
        ({"credential_ids": [VAULT_CREDENTIAL]}, "Removing Machine credential"),
    ],
)
def test__launch_is_refused__failed_with_the_controllers_reason(
    world: World[Ansible], payload: dict[str, Any], named: str
) -> None:
    machine = world.accept(**payload)
    task = machine.run()
    assert (machine.statuses, machine.error_type) == ([FAILED], "PermanentError")
    assert task.problem is not None
    # A credential's name is a sensitive one, and what it says is taken out.
    assert named in str(task.problem.response_body) or "redacted" in str(task.problem.response_body)
    assert (task.intent, world.vendor.jobs()) == (None, [])


@pytest.mark.parametrize(
    ("script", "status"),
    [({"launchable": False}, 405), ({"permitted": False}, 403)],
)
def test__template_cannot_be_launched__failed_at_once(
    world: World[Ansible], script: dict[str, Any], status: int
) -> None:
    world.vendor.template(**script)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", status)


def test__no_such_template__failed_at_once(world: World[Ansible]) -> None:
    task = world.accept(job_template_id=999).run()
    assert task.problem is not None
    assert (task.status, task.problem.status_code) == (FAILED, 404)


@pytest.mark.parametrize("prompt", PROMPTS)
def test__one_prompt_is_off__that_one_is_named(world: World[Ansible], prompt: str) -> None:
    flags = {
        "extra_vars": "ask_variables_on_launch",
        "limit": "ask_limit_on_launch",
        "inventory_id": "ask_inventory_on_launch",
        "credential_ids": "ask_credential_on_launch",
        "job_tags": "ask_tags_on_launch",
    }
    world.vendor.template(**{flags[prompt]: False})
    task = world.accept().run()
    assert task.problem is not None
    assert f"ignore {prompt.removesuffix('_id').replace('_ids', 's')}: " in task.problem.message
    assert world.vendor.jobs() == []
