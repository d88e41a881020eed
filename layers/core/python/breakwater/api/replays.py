"""Runs that retry many failed tasks, over HTTP: looked at first, then begun, watched, ended."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from breakwater.api import views
from breakwater.api.callers import OPERATE, Caller
from breakwater.api.calls import Answer, Call, Route, answer
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.healing import cancelled, require_nothing
from breakwater.api.problems import ApiProblem
from breakwater.api.selections import Asked, read_selection, too_many, too_slow
from breakwater.api.tasks import accepted, running_already, visible
from breakwater.domain.errors import AlreadyRunningError
from breakwater.domain.replays import MOST_TASKS, Replaying, Selection, pause, time_for
from breakwater.domain.requests import Request
from breakwater.domain.tasks import Kind, Task
from breakwater.ports import Clock, Count, FailureIndex
from breakwater.resilience.deadline import Deadline
from breakwater.services.accept import Accept
from breakwater.services.cancel import Cancel
from breakwater.services.status import ReadTask

COUNTING_SECONDS = 1.5
"""For how long a client waits for a count; what was counted by then is a minimum."""
RATE = "rate_per_minute"
EVERY_SERVICE = "all"
"""What a run is for that does not choose one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the routes work with."""

    accept: Accept
    cancel: Cancel
    read_task: ReadTask
    failures: FailureIndex
    deadlines: DeadlineBounds
    clock: Clock


class ReplayRoutes:
    """What operators heal with what an outage has left behind."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def __iter__(self) -> Iterator[Route]:
        yield Route("POST", "/api/v1/task-retries", self._post_run)
        yield Route("GET", "/api/v1/task-retries/<task_id>", self._get_run)
        yield Route("POST", "/api/v1/task-retries/<task_id>/cancel", self._post_cancel)

    def _post_run(self, call: Call) -> Answer:
        caller = call.caller_with(OPERATE)
        asked, key = read_selection(call.json()), call.idempotency_key
        count = self._count(asked)
        if asked.dry_run:
            body = {"count": count.number, "exact": count.exact}
            return answer(HTTPStatus.OK, body, {"Cache-Control": "private, no-store"})
        try:
            task = self._tools.accept(self._request(call, caller, asked, count, key))
        except AlreadyRunningError as error:
            what = "Another run is at work; the rate holds for all of them together."
            raise running_already(error, what, run_url) from error
        return accepted(call, task, status_url=run_url(task.task_id))

    def _get_run(self, call: Call, task_id: str) -> Answer:
        task = self._run(call.caller_with(OPERATE), task_id)
        headers = {"Cache-Control": "private, no-store"}
        if not task.status.is_terminal:
            headers["Retry-After"] = str(views.RETRY_AFTER_SECONDS)
        return answer(HTTPStatus.OK, _view(task), headers)

    def _post_cancel(self, call: Call, task_id: str) -> Answer:
        caller = call.caller_with(OPERATE)
        self._run(caller, task_id)
        require_nothing(call)
        task = self._tools.cancel(task_id, by=caller.subject)
        return cancelled(call, task, status_url=run_url(task_id))

    def _run(self, caller: Caller, task_id: str) -> Task:
        task = visible(self._tools.read_task, caller, task_id)
        if task.kind is not Kind.REPLAY:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such run.")
        return task

    def _count(self, asked: Asked) -> Count:
        clock = self._tools.clock
        selection = Selection.of(asked.command, asked_at=clock.now())
        deadline = Deadline.after(COUNTING_SECONDS, clock.monotonic)
        return self._tools.failures.count(selection, deadline=deadline)

    def _request(
        self, call: Call, caller: Caller, asked: Asked, count: Count, key: str | None
    ) -> Request:
        return Request(
            kind=Kind.REPLAY,
            service=asked.command.get("service", EVERY_SERVICE),
            owner=caller.subject,
            operation="POST /api/v1/task-retries",
            command=asked.command,
            deadline=self._time_for(asked.rate, count),
            correlation_id=call.correlation_id,
            idempotency_key=key,
        )

    def _time_for(self, rate: int, count: Count) -> timedelta:
        """Return how long the run may take. Raises ApiProblem 400 where none is enough."""
        bounds = self._tools.deadlines
        most, least = timedelta(seconds=bounds.most), timedelta(seconds=bounds.least)
        if count.number > MOST_TASKS:
            raise too_many(count.number, MOST_TASKS)
        if pause(rate, count.number) > most:
            raise too_slow(count.number, most)
        if not count.exact:
            return most
        return max(least, min(most, time_for(rate, count.number)))


def run_url(task_id: str) -> str:
    """Return the path under which a run's progress is read."""
    return f"/api/v1/task-retries/{task_id}/"


def _view(task: Task) -> dict[str, Any]:
    command: Mapping[str, Any] = json.loads(task.input)["command"]
    return {
        "task_id": task.task_id,
        "status": task.status.value,
        "correlation_id": task.correlation_id,
        "selection": {name: value for name, value in command.items() if name != RATE},
        RATE: command[RATE],
        "progress": _progress(task),
        "error": views.error(task),
        "created_at": task.created_at.isoformat(),
        "updated_at": task.updated_at.isoformat(),
        "deadline": task.deadline.isoformat(),
    }


def _progress(task: Task) -> dict[str, Any] | None:
    """Return how far a run is; None before it has counted what it has to do."""
    if task.result is not None:
        return dict(task.result)
    return Replaying.of(task.handle).progress() if task.handle is not None else None
