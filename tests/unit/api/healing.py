"""Tasks in every state, as the routes that heal meet them."""

from typing import Any

from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from tests.fakes.front import Front

PROBLEM = Problem(type="PermanentError", message="no")


def accepted(front: Front) -> str:
    """Return the id of a deployment that has just been accepted."""
    return str(front.post().json["task_id"])


def url(task_id: str, action: str) -> str:
    return f"/api/v1/tasks/{task_id}/{action}"


def status(front: Front, task_id: str) -> Any:
    return front.get(url(task_id, "status")).json


def running(front: Front, **known: Any) -> str:
    """Return the id of a deployment that a step works on, with what is known of it."""
    task_id = accepted(front)
    task = front.claim(task_id)
    if "intent" in known:
        task = front.store.intend(task, known["intent"], now=front.clock.now())
    if "handle" in known:
        front.store.advance(
            Task(**{**_fields(task), "handle": known["handle"]}), now=front.clock.now()
        )
    return task_id


def ended(front: Front, end: Status = Status.FAILED) -> str:
    """Return the id of a deployment that a step has ended."""
    task_id = accepted(front)
    now = front.clock.now()
    outcome = Outcome(status=end, problem=PROBLEM)
    expires_at = now.replace(year=now.year + 1)
    front.store.settle(front.claim(task_id), outcome, now=now, expires_at=expires_at)
    return task_id


def _fields(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in task.__dataclass_fields__}
