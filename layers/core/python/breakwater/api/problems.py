"""Errors as answers: application/problem+json (RFC 9457), from one table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from breakwater.domain.errors import (
    BreakwaterError,
    IdempotencyConflictError,
    StorageUnavailableError,
    TaskStateError,
    TooManyUnfinishedError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
ROOM_AFTER_SECONDS = 60
"""When it makes sense to look whether unfinished tasks have ended."""
MAX_FAULTS = 100
"""How many faults an answer lists: a body has room for tens of thousands."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request: where (a JSON pointer or a header), and what."""

    pointer: str
    detail: str


@dataclass
class ApiProblem(Exception):  # noqa: N818 - RFC 9457 calls such an answer a problem
    """An answer that is an error."""

    status: HTTPStatus
    detail: str
    faults: list[Fault] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)
    """Members of its own (RFC 9457, section 3.2)."""

    def body(self, *, instance: str, correlation_id: str) -> str:
        """Return the problem document."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "instance": instance,
            "correlation_id": correlation_id,
            **self.extensions,
        }
        if self.faults:
            document["errors"] = [
                {"pointer": fault.pointer, "detail": fault.detail}
                for fault in self.faults[:MAX_FAULTS]
            ]
        if len(self.faults) > MAX_FAULTS:
            document["detail"] += (
                f" The first {MAX_FAULTS} of {len(self.faults)} faults are listed."
            )
        return json.dumps(document)


_STATUSES: dict[type[BreakwaterError], HTTPStatus] = {
    IdempotencyConflictError: HTTPStatus.UNPROCESSABLE_ENTITY,
    StorageUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    TaskStateError: HTTPStatus.CONFLICT,
    TooManyUnfinishedError: HTTPStatus.TOO_MANY_REQUESTS,
}


def problem_of(error: BreakwaterError) -> ApiProblem:
    """Return the answer to an error of ours; what the table does not name is our own fault."""
    status = _STATUSES.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return ApiProblem(status, "The request could not be processed.")
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        return ApiProblem(
            status,
            "The service cannot reach its storage right now. Ask again.",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        return ApiProblem(status, str(error), headers={"Retry-After": str(ROOM_AFTER_SECONDS)})
    return ApiProblem(status, str(error))
