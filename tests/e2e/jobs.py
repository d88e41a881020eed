"""Jobs that run until somebody stops them, and what shows how their tasks are doing."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from infra.local.client import Client

SECONDS = 30.0
ENDLESS = 900
"""A template whose jobs run until somebody stops them."""


def eventually(
    ask: Callable[[], Any], enough: Callable[[Any], bool] = bool, seconds: float = SECONDS
) -> Any:
    """Ask until it is enough, and return the answer."""
    give_up = time.monotonic() + seconds
    while not enough(found := ask()):
        assert time.monotonic() < give_up, found
        time.sleep(0.1)
    return found


def trail(client: Client, correlation_id: str) -> list[tuple[str, str]]:
    """Return what is written of a correlation's tasks: (task, type)."""
    query = {"correlation_id": correlation_id}
    events = client.request("GET", "events", params=query).raise_for_status().json()["events"]
    return [(event["subject"], event["type"]) for event in events]


class Jobs:
    """Jobs at the controller that run until somebody stops them."""

    def __init__(self, client: Client, control: httpx.Client) -> None:
        self._client, self._control = client, control
        template = {"id": ENDLESS, "course": ["pending", "running"]}
        control.post("/ansible/templates", json=template).raise_for_status()

    def begun(self) -> tuple[str, int]:
        """Return a task and its job, once the task waits for the job to end."""
        payload = {"job_template_id": ENDLESS, "extra_vars": {"run": str(uuid.uuid4())}}
        answer = self._client.deploy(payload, connector_type="ansible").raise_for_status()
        mine = payload["extra_vars"]
        job = eventually(lambda: [j for j in self._jobs() if j["extra_vars"] == mine])[0]["id"]
        # It has been read since it was launched: what is known of it is in the task.
        eventually(lambda: self.status(job), lambda status: status == "running")
        return str(answer.json()["task_id"]), job

    def status(self, job: int) -> str:
        return str(next(one["status"] for one in self._jobs() if one["id"] == job))

    def _jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._control.get("/ansible/jobs").json()["jobs"]
        return found
