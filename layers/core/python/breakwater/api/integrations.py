"""Integrations over HTTP: a sync is asked for, and what it has brought is read back."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from breakwater.api.bodies import invalid
from breakwater.api.callers import SUBMIT
from breakwater.api.calls import Answer, Call, Route, answer
from breakwater.api.cursors import Cursors
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.paging import read_limit
from breakwater.api.problems import ApiProblem, Fault
from breakwater.api.tasks import accepted, running_already
from breakwater.domain.errors import AlreadyRunningError
from breakwater.domain.records import Record
from breakwater.domain.requests import Request
from breakwater.domain.tasks import Kind
from breakwater.ports import RecordStore
from breakwater.services.accept import Accept

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
PARAMETERS = frozenset({"limit", "cursor"})


class IntegrationRoutes:
    """What may be asked of the `systems` that this deployment is configured for."""

    def __init__(
        self,
        *,
        accept: Accept,
        systems: Collection[str],
        deadlines: DeadlineBounds,
        records: RecordStore,
        cursors: Cursors,
    ) -> None:
        self._accept = accept
        self._systems = systems
        self._deadlines = deadlines
        self._records = records
        self._cursors = cursors

    def __iter__(self) -> Iterator[Route]:
        yield Route("POST", "/api/v1/integrations/<system>/sync", self._post_sync)
        yield Route("GET", "/api/v1/integrations/<system>/records", self._get_records)

    def _post_sync(self, call: Call, system: str) -> Answer:
        caller = call.caller_with(SUBMIT)
        self._require_known(system)
        seconds = self._deadlines.read_alone(call.json_if_any())
        request = Request(
            kind=Kind.SYNC,
            service=system,
            owner=caller.subject,
            operation=f"POST /api/v1/integrations/{system}/sync",
            command={"system": system, "deadline_seconds": seconds},
            deadline=timedelta(seconds=seconds),
            correlation_id=call.correlation_id,
            idempotency_key=call.idempotency_key,
        )
        try:
            return accepted(call, self._accept(request))
        except AlreadyRunningError as error:
            raise running_already(error, f"A sync of {system} is running already.") from error

    def _get_records(self, call: Call, system: str) -> Answer:
        caller = call.caller_with(SUBMIT).subject
        self._require_known(system)
        faults = [Fault(name, "unknown parameter") for name in sorted(set(call.query) - PARAMETERS)]
        limit = read_limit(call.query.get("limit"), faults, most=MAX_LIMIT, default=DEFAULT_LIMIT)
        if faults:
            raise invalid(faults)
        query, cursor = f"GET /api/v1/integrations/{system}/records", call.query.get("cursor")
        after = self._cursors.open(cursor, caller=caller, query=query) if cursor else None
        part = self._records.read(system, after=after, limit=limit)
        following = None
        if part.position is not None:
            following = self._cursors.seal(part.position, caller=caller, query=query)
        body = {"records": [_view(record) for record in part.records], "cursor": following}
        return answer(HTTPStatus.OK, body, {"Cache-Control": "private, no-store"})

    def _require_known(self, system: str) -> None:
        if system not in self._systems:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such integration.")


def _view(record: Record) -> dict[str, Any]:
    return {
        "key": record.key,
        "updated_at": record.updated_at.isoformat(),
        "data": dict(record.data),
    }
