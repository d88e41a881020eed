"""Tasks over HTTP: how one is accepted, and how its status is read."""

import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus

from breakwater.api import views
from breakwater.api.callers import SUBMIT, Caller
from breakwater.api.calls import Answer, Call, Route, answer, unchanged
from breakwater.api.problems import ApiProblem
from breakwater.domain.errors import AlreadyRunningError
from breakwater.domain.tasks import Task
from breakwater.services.status import ReadTask


def accepted(call: Call, task: Task, *, status_url: str | None = None) -> Answer:
    """Return the 202 for a task; a replay carries the correlation id of what was accepted."""
    call.correlation_id = task.correlation_id
    url = status_url or views.status_url(task.task_id)
    headers = {"Location": url, "Retry-After": str(views.RETRY_AFTER_SECONDS)}
    return answer(HTTPStatus.ACCEPTED, {**views.accepted(task), "status_url": url}, headers)


def visible(read_task: ReadTask, caller: Caller, task_id: str) -> Task:
    """Return a task that the caller may see. Raises ApiProblem 404."""
    task = None
    if is_uuid(task_id):
        task = read_task(task_id, caller=caller.subject, operator=caller.is_operator)
    if task is None:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such task.")
    return task


def running_already(
    error: AlreadyRunningError,
    detail: str,
    status_url: Callable[[str], str] = views.status_url,
) -> ApiProblem:
    """Return the 409 for what one task at a time may do: it names the one that does."""
    running = {"task_id": error.task_id, "status_url": status_url(error.task_id)}
    return ApiProblem(HTTPStatus.CONFLICT, detail, extensions=running)


class TaskRoutes:
    """What is asked of a task that was accepted."""

    def __init__(self, *, read_task: ReadTask, execution_arn: Callable[[Task], str]) -> None:
        self._read_task = read_task
        self._execution_arn = execution_arn

    def __iter__(self) -> Iterator[Route]:
        yield Route("GET", "/api/v1/tasks/<task_id>/status", self._get_status)

    def _get_status(self, call: Call, task_id: str) -> Answer:
        caller = call.caller_with(SUBMIT)
        task = visible(self._read_task, caller, task_id)
        headers = {"ETag": views.etag(task, operator=caller.is_operator)}
        headers["Cache-Control"] = "private, no-cache"
        if not task.status.is_terminal:
            headers["Retry-After"] = str(views.RETRY_AFTER_SECONDS)
        if call.holds(headers["ETag"]):
            return unchanged(headers)
        arn = self._execution_arn(task) if caller.is_operator else None
        return answer(HTTPStatus.OK, views.status(task, execution_arn=arn), headers)


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as we write one."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
