"""What is asked of a task that does not go as it should: to end, to be done anew, to be explained.

Each is safe to send again, and answers as it did: whoever got no answer just asks once more.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from breakwater.api import views
from breakwater.api.bodies import invalid, strangers
from breakwater.api.callers import OPERATE, SUBMIT, Caller
from breakwater.api.calls import Answer, Call, Route, answer
from breakwater.api.problems import Fault
from breakwater.api.reasons import read_reason
from breakwater.api.tasks import accepted, running_already, visible
from breakwater.domain.errors import AlreadyRunningError
from breakwater.domain.resolutions import Verdict
from breakwater.domain.tasks import Kind, Task
from breakwater.services.cancel import Cancel
from breakwater.services.resolve import Resolve
from breakwater.services.retry import Retry
from breakwater.services.status import ReadTask

FIELDS = frozenset({"outcome", "reason"})


class HealingRoutes:
    """Cancels, retries and resolves tasks for those who may see them."""

    def __init__(
        self,
        *,
        read_task: ReadTask,
        cancel: Cancel,
        retry: Retry,
        resolve: Resolve,
        execution_arn: Callable[[Task], str],
    ) -> None:
        self._read_task = read_task
        self._cancel = cancel
        self._retry = retry
        self._resolve = resolve
        self._execution_arn = execution_arn

    def __iter__(self) -> Iterator[Route]:
        yield Route("POST", "/api/v1/tasks/<task_id>/cancel", self._post_cancel)
        yield Route("POST", "/api/v1/tasks/<task_id>/retry", self._post_retry)
        yield Route("POST", "/api/v1/tasks/<task_id>/resolve", self._post_resolve)

    def _post_cancel(self, call: Call, task_id: str) -> Answer:
        caller = self._allowed(call, SUBMIT, task_id)
        require_nothing(call)
        return cancelled(call, self._cancel(task_id, by=caller.subject))

    def _post_retry(self, call: Call, task_id: str) -> Answer:
        caller = self._allowed(call, SUBMIT, task_id)
        require_nothing(call)
        try:
            return accepted(call, self._retry(task_id, by=caller.subject).task)
        except AlreadyRunningError as error:
            raise running_already(
                error, "Another task does this, and one may at a time."
            ) from error

    def _post_resolve(self, call: Call, task_id: str) -> Answer:
        caller = self._allowed(call, OPERATE, task_id)
        outcome, reason = read_resolution(call.json())
        task = self._resolve(task_id, outcome, reason, by=caller.subject)
        view = views.status(task, execution_arn=self._execution_arn(task))
        return answer(HTTPStatus.OK, view, {"Cache-Control": "private, no-store"})

    def _allowed(self, call: Call, right: str, task_id: str) -> Caller:
        """Return who asks, if they have the right and may see the task. Raises ApiProblem.

        A run of retries does what only operators may: owning one is not enough, for who was one.
        """
        caller = call.caller_with(right)
        if visible(self._read_task, caller, task_id).kind is Kind.REPLAY:
            caller.require(OPERATE)
        return caller


def cancelled(call: Call, task: Task, *, status_url: str | None = None) -> Answer:
    """Return the 202 for a task that was ended, with what may already have taken effect."""
    call.correlation_id = task.correlation_id
    url = status_url or views.status_url(task.task_id)
    body = {
        "task_id": task.task_id,
        "correlation_id": task.correlation_id,
        "status": task.status.value,
        "status_url": url,
        "cancellation": views.cancellation(task.cancellation) if task.cancellation else None,
    }
    headers = {"Location": url, "Retry-After": str(views.RETRY_AFTER_SECONDS)}
    return answer(HTTPStatus.ACCEPTED, body, headers)


def require_nothing(call: Call) -> None:
    """Return if the body is missing or an empty object. Raises ApiProblem 400."""
    if faults := strangers(call.json_if_any(), ()):
        raise invalid(faults)


def read_resolution(body: Any) -> tuple[Verdict, str]:
    """Return what a body says was found out. Raises ApiProblem 400 with every fault."""
    faults = strangers(body, FIELDS)
    outcome = _outcome(body, faults)
    reason = read_reason(body, faults)
    if faults or outcome is None:
        raise invalid(faults)
    return outcome, reason


def _outcome(body: Mapping[str, Any], faults: list[Fault]) -> Verdict | None:
    given = body.get("outcome")
    if isinstance(given, str) and given in set(Verdict):
        return Verdict(given)
    what = "required" if "outcome" not in body else "unknown"
    faults.append(Fault("/outcome", f"{what}; known: {', '.join(Verdict)}"))
    return None
