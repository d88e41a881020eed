"""Tasks and the audit trail over HTTP, a page at a time: one's own; for operators everybody's."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar

from breakwater.api import views
from breakwater.api.bodies import invalid
from breakwater.api.callers import SUBMIT, Caller
from breakwater.api.calls import Answer, Call, Route, answer
from breakwater.api.cursors import Cursors
from breakwater.api.paging import read_limit
from breakwater.api.problems import Fault
from breakwater.domain.requests import canonical
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Task
from breakwater.ports import Clock, Entry, TaskLists, TaskQuery, Trails

MAX_LIMIT = 100
DEFAULT_LIMIT = 50
CIRCUIT = "circuit/[a-z]{1,20}"
"""The correlation ids of circuits, which are for operators."""
PAGING = frozenset({"limit", "cursor"})
HEADERS = {"Cache-Control": "private, no-store"}

W = TypeVar("W", bound=StrEnum)


class ListingRoutes:
    """What has been accepted, and what has become of it."""

    def __init__(
        self,
        *,
        tasks: TaskLists,
        trails: Trails,
        cursors: Cursors,
        execution_arn: Callable[[Task], str],
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._trails = trails
        self._cursors = cursors
        self._execution_arn = execution_arn
        self._clock = clock

    def __iter__(self) -> Iterator[Route]:
        yield Route("GET", "/api/v1/tasks", self._get_tasks)
        yield Route("GET", "/api/v1/events", self._get_events)

    def _get_tasks(self, call: Call) -> Answer:
        caller = call.caller_with(SUBMIT)
        faults = _unknown(call.query, {"correlation_id", "status", "kind"} | PAGING)
        query = TaskQuery(
            owner=None if caller.is_operator else caller.subject,
            correlation_id=_uuid(call.query.get("correlation_id"), faults),
            status=_word(Status, "status", call.query, faults),
            kind=_word(Kind, "kind", call.query, faults),
        )
        limit, after = self._paging(call, caller, faults)
        page = self._tasks.read(query, after=after, limit=limit, now=self._clock.now())

        def view(task: Task) -> dict[str, Any]:
            arn = self._execution_arn(task) if caller.is_operator else None
            return views.summary(task, execution_arn=arn)

        following = self._following(call, caller, page.position)
        body = {"tasks": [view(task) for task in page.tasks], "cursor": following}
        return answer(HTTPStatus.OK, body, HEADERS)

    def _get_events(self, call: Call) -> Answer:
        caller = call.caller_with(SUBMIT)
        faults = _unknown(call.query, {"correlation_id"} | PAGING)
        given = call.query.get("correlation_id")
        correlation_id = given or ""
        if given is None:
            faults.append(Fault("correlation_id", "required"))
        elif not (caller.is_operator and re.fullmatch(CIRCUIT, given)):
            correlation_id = _uuid(given, faults) or ""
        limit, after = self._paging(call, caller, faults)
        trail = self._trails.read(
            correlation_id,
            owner=None if caller.is_operator else caller.subject,
            after=after,
            limit=limit,
        )
        body = {
            "events": [_view(entry) for entry in trail.entries],
            "cursor": self._following(call, caller, trail.position),
        }
        return answer(HTTPStatus.OK, body, HEADERS)

    def _paging(self, call: Call, caller: Caller, faults: list[Fault]) -> tuple[int, str | None]:
        """Return how many are wanted, and from where. Raises ApiProblem 400 with every fault."""
        limit = read_limit(call.query.get("limit"), faults, most=MAX_LIMIT, default=DEFAULT_LIMIT)
        if faults:
            raise invalid(faults)
        cursor = call.query.get("cursor")
        if cursor is None:
            return limit, None
        return limit, self._cursors.open(cursor, caller=_who(caller), query=_what(call))

    def _following(self, call: Call, caller: Caller, position: str | None) -> str | None:
        if position is None:
            return None
        return self._cursors.seal(position, caller=_who(caller), query=_what(call))


def _who(caller: Caller) -> str:
    """Return whose cursor it is: one of an operator's does not outlive the right."""
    return f"{caller.subject}#{'all' if caller.is_operator else 'own'}"


def _what(call: Call) -> str:
    """Return what a cursor goes on with: the list and its filters, however long its pages."""
    filters = {name: value for name, value in call.query.items() if name not in PAGING}
    return canonical([call.event.get("rawPath", "").rstrip("/"), filters]).decode()


def _unknown(query: Mapping[str, str], known: frozenset[str] | set[str]) -> list[Fault]:
    return [Fault(name, "unknown parameter") for name in sorted(set(query) - known)]


def _uuid(text: str | None, faults: list[Fault]) -> str | None:
    if text is None:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        faults.append(Fault("correlation_id", "expected a UUID"))
        return None


def _word(kind: type[W], name: str, query: Mapping[str, str], faults: list[Fault]) -> W | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        faults.append(Fault(name, f"expected one of {', '.join(kind)}"))
        return None


def _view(entry: Entry) -> dict[str, Any]:
    return {
        "type": entry.type,
        "subject": entry.stream,
        "position": entry.position,
        "correlation_id": entry.correlation_id,
        "occurred_at": entry.occurred_at.isoformat(),
        "data": dict(entry.data),
    }
